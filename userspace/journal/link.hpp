// SPDX-License-Identifier: Apache-2.0
// A SHA-256: what ties a row, a file or an audit entry to the one before.
#pragma once

#include <array>
#include <cstddef>

namespace cgn::journal {

using Link = std::array<std::byte, 32>;

}  // namespace cgn::journal
