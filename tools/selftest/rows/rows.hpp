// SPDX-License-Identifier: Apache-2.0
// The themes: one file, one list of rows each.
#pragma once

#include "connection.hpp"
#include "craft.hpp"
#include "row.hpp"

namespace cgn::selftest {

using Rows = std::vector<Row>;

[[nodiscard]] Rows mapping_rows();
[[nodiscard]] Rows filtering_rows();
[[nodiscard]] Rows hairpin_rows();
[[nodiscard]] Rows pooling_rows();

}  // namespace cgn::selftest
