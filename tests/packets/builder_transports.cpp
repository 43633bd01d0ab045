// SPDX-License-Identifier: Apache-2.0
// Writing the rarer transports: UDP-Lite, DCCP, SCTP.
#include "packets/builder.hpp"

namespace cgn::test {
namespace {

void put(Bytes& out, std::uint64_t value, unsigned size) {
  while (size > 0) out.push_back(static_cast<std::byte>(value >> 8 * --size & 0xff));
}

}  // namespace

Frame& Frame::udplite(unsigned source_port, unsigned destination_port) {
  udp(source_port, destination_port);
  transport_ = Transport::udplite;
  protocol_ = IPPROTO_UDPLITE;
  return *this;
}
Frame& Frame::covered(unsigned bytes) {
  covered_ = bytes;
  return *this;
}
Frame& Frame::dccp(unsigned source_port, unsigned destination_port, std::uint8_t type) {
  udp(source_port, destination_port);
  transport_ = Transport::dccp;
  protocol_ = IPPROTO_DCCP;
  flags_ = type;
  return *this;
}
Frame& Frame::short_numbers() {
  short_numbers_ = true;
  return *this;
}
Frame& Frame::sctp(unsigned source_port, unsigned destination_port) {
  udp(source_port, destination_port);
  transport_ = Transport::sctp;
  protocol_ = IPPROTO_SCTP;
  return *this;
}
Bytes Frame::dccp_header() const {
  Bytes out;
  put(out, first_, 2);
  put(out, second_, 2);
  put(out, data_offset_.value_or(short_numbers_ ? 3 : 4), 1);
  put(out, 0, 1);  // the checksum covers all
  put(out, 0, 2);
  put(out, flags_ << 1U | (short_numbers_ ? 0U : 1U), 1);
  put(out, 0x00'1111, 3);  // sequence number
  if (!short_numbers_) put(out, 0x22223333, 4);
  return out;
}

// CRC32c over a packet whose checksum field is zero (RFC 9260 appendix A), little end first.
void Frame::set_sctp_checksum(Bytes& packet) {
  std::uint32_t crc = ~0U;
  for (const auto byte : packet) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  crc = ~crc;
  for (std::size_t i = 0; i < 4; ++i) packet[8 + i] = static_cast<std::byte>(crc >> 8 * i & 0xff);
}

}  // namespace cgn::test
