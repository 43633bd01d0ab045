// SPDX-License-Identifier: Apache-2.0
// The tables of a sealed log file.
//
// What        header; addresses, cuts (first and last port of blocks), subscribers, sorts (kind, pool, and how far the boot
//             clock is behind the wall clock): dictionaries whose numbers are in the order of what they stand for; blocks
//             (one row of numbers per event of a block), held (which blocks a subscriber had); others (rows that are about
//             no block, the last row, and what does not fit); links; widths and reach as in the live form; the views.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cgn::journal {

// As many rows as a header promises have their memory at once, up to these: it is believed so far only.
inline constexpr std::uint64_t kRowsBelieved = 16'000'000;

[[nodiscard]] std::string sealed_tables_sql();
// After the rows: indices of the small tables, and the views.
[[nodiscard]] std::string sealed_views_sql();

}  // namespace cgn::journal
