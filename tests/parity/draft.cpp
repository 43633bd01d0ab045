// SPDX-License-Identifier: Apache-2.0
#include "parity/draft.hpp"

#include "parity/sums.hpp"

namespace cgn::parity {
namespace {

unsigned checksum_of(std::uint32_t remainder) { return 65535 - remainder; }

}  // namespace

void Draft::seal_transport(unsigned protocol) {
  const auto segment = frame().subspan(transport_);
  const auto size = static_cast<std::uint32_t>(segment.size());
  const auto pseudo = remainder_of(frame().subspan(ip_ + 12, 8), protocol + size);
  switch (protocol) {
    case 1:
      if (size >= 4) put16(transport_ + 2, checksum_of(remainder_of(segment)));
      return;
    case 6:
      if (size >= 18) put16(transport_ + 16, checksum_of(remainder_of(segment, pseudo)));
      return;
    case 17:
      if (size < 8) return;
      put16(transport_ + 4, size);
      put16(transport_ + 6, checksum_of(remainder_of(frame().subspan(transport_), pseudo)));
      return;
    case 136: {
      if (size < 8) return;
      const auto covered = word_at(frame(), transport_ + 4);
      const auto part = covered == 0 || covered > size ? size : covered;
      put16(transport_ + 6, checksum_of(remainder_of(frame().subspan(transport_, part), pseudo)));
      return;
    }
    case 33:
      if (size >= 8) put16(transport_ + 6, checksum_of(remainder_of(segment, pseudo)));
      return;
    default: return;
  }
}

void Draft::seal() {
  if (ip_ == 0) return;
  if (transport_ == 0) transport_ = bytes_.size();
  put8(ip_, 0x40 | static_cast<unsigned>((transport_ - ip_) / 4));
  put16(ip_ + 2, static_cast<unsigned>(bytes_.size() - ip_));
  seal_transport(byte_at(frame(), ip_ + 9));
  set_ipv4_check(bytes_, ip_);
}

}  // namespace cgn::parity
