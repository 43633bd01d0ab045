// SPDX-License-Identifier: Apache-2.0
// What of a file nobody is shown.
#include "config/secrets.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace cgn::config {

std::string without_secrets(std::string_view text) {
  std::string shown;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    // Any line with such a key, in whatever form TOML allows: what stands behind its "=" is not shown.
    auto key = line.find("secret");
    while (key != std::string_view::npos && line.substr(key).starts_with("secret_file"))
      key = line.find("secret", key + 1);
    const auto equals = key == std::string_view::npos ? key : line.find('=', key);
    if (equals == std::string_view::npos) {
      shown += line;
    } else {
      shown += fmt::format("{} \"(hidden)\"", line.substr(0, equals + 1));
    }
    if (end < text.size()) shown += '\n';
    begin = end + 1;
  }
  return shown;
}

}  // namespace cgn::config
