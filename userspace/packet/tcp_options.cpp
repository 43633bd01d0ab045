// SPDX-License-Identifier: Apache-2.0
#include "packet/tcp_options.hpp"

#include <algorithm>

#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

constexpr std::uint8_t kEnd = 0, kNothing = 1, kMss = 2, kWindowScale = 3;
constexpr std::size_t kMssSize = 4, kWindowScaleSize = 3;
constexpr std::uint8_t kWidestScale = 14;

}  // namespace

TcpOptions tcp_options(std::span<const std::byte> frame, const View& view) {
  TcpOptions found;
  const auto end = view.end - view.payload;
  for (auto at = view.l4 + kTcpSize; at < end;) {
    const auto kind = load8(frame, at);
    if (kind == kEnd) break;
    if (kind == kNothing) {
      ++at;
      continue;
    }
    if (at + 2 > end) break;
    const std::size_t length = load8(frame, at + 1);
    if (length < 2 || at + length > end) break;
    if (kind == kWindowScale && length == kWindowScaleSize) {
      found.window_scale = static_cast<std::uint8_t>(1 + std::min(load8(frame, at + 2), kWidestScale));
    }
    if (kind == kMss && length == kMssSize) {
      found.mss_at = at + 2;
      found.mss = load16(frame, at + 2);
    }
    at += length;
  }
  return found;
}

}  // namespace cgn::packet
