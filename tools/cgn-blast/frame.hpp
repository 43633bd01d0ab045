// SPDX-License-Identifier: Apache-2.0
// UDP in IPv4 in Ethernet: frames that cgn-blast sends, whole checksums included.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cgn/net.hpp"
#include "truth.hpp"

namespace cgn::blast {

inline constexpr std::size_t kHeadersSize = 14 + 20 + 8;

// Invariant: bytes() is a valid frame once write() was called.
class Frame {
 public:
  Frame(Mac source, Mac destination, std::size_t payload_size);

  // From truth.internal to `remote`, the payload full of the truth.
  void write(const Truth& truth, Endpoint remote);
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// True if IPv4 and UDP checksums of the datagram at `l3` are right (or the UDP one is absent, which is lawful).
[[nodiscard]] bool checksums_hold(std::span<const std::byte> frame, std::size_t l3, std::size_t l4);

}  // namespace cgn::blast
