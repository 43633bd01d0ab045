// SPDX-License-Identifier: Apache-2.0
// A frame being written, layer by layer, in memory that is used again for the next one.
//
// What        append() writes bytes in network order; the layers remember where they began, so that seal() can fill in
//             lengths and checksums of what was written. What a mutation does afterwards, it does to the bytes.
// Ownership   Owns its bytes. (packets/builder.hpp makes a frame from scratch each time; ten million are too many for it.)
#pragma once

#include "packets/builder.hpp"
#include "parity/model/reading.hpp"

namespace cgn::parity {

class Draft {
 public:
  void begin() {
    bytes_.clear();
    ip_ = transport_ = 0;
  }
  Draft& u8(unsigned value) {
    bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  Draft& u16(unsigned value) { return u8(value >> 8 & 0xff).u8(value & 0xff); }
  Draft& u32(std::uint32_t value) { return u16(value >> 16).u16(value & 0xffff); }
  Draft& mac(const Mac& mac) {
    for (const auto b : mac.bytes) u8(b);
    return *this;
  }

  // The IPv4 header begins here (20 bytes are to follow), its transport here.
  void ipv4_here() { ip_ = bytes_.size(); }
  void transport_here() { transport_ = bytes_.size(); }

  // Total length, header length, UDP length; then the checksums. Once, when the packet is whole.
  void seal();

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::size_t ipv4() const { return ip_; }  // 0: there is none
  [[nodiscard]] std::size_t transport() const { return transport_; }
  [[nodiscard]] test::Bytes& bytes() { return bytes_; }
  [[nodiscard]] Frame frame() const { return bytes_; }

  void put8(std::size_t at, unsigned value) { bytes_[at] = static_cast<std::byte>(value); }
  void put16(std::size_t at, unsigned value) {
    put8(at, value >> 8 & 0xff);
    put8(at + 1, value & 0xff);
  }

 private:
  void seal_transport(unsigned protocol);

  test::Bytes bytes_;
  std::size_t ip_ = 0, transport_ = 0;
};

}  // namespace cgn::parity
