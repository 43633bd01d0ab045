// SPDX-License-Identifier: Apache-2.0
// What of a file nobody is shown.
#pragma once

#include <string>
#include <string_view>

namespace cgn::config {

// The text with every secret hidden, for whoever may see the rest.
[[nodiscard]] std::string without_secrets(std::string_view text);

}  // namespace cgn::config
