// SPDX-License-Identifier: Apache-2.0
// Writing frames. Slow and plain: each layer makes its bytes, the layers are joined, the lies come last.
#include "packets/builder.hpp"

#include <fmt/format.h>

namespace cgn::test {
namespace {

void put8(Bytes& out, unsigned value) { out.push_back(static_cast<std::byte>(value & 0xff)); }
void put16(Bytes& out, unsigned value) {
  put8(out, value >> 8);
  put8(out, value);
}
void put32(Bytes& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
void put(Bytes& out, const Mac& mac) {
  for (const auto byte : mac.bytes) put8(out, byte);
}
void put(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

void set16(Bytes& out, std::size_t at, unsigned value) {
  out[at] = static_cast<std::byte>(value >> 8 & 0xff);
  out[at + 1] = static_cast<std::byte>(value & 0xff);
}

// Ones' complement arithmetic is arithmetic modulo 65535: the checksum is what is missing to a multiple of it. Of the
// two zeros the header shows 0, except over bytes that are all zero.
std::uint16_t internet_checksum(const Bytes& bytes, std::uint16_t error) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<std::uint64_t>(bytes[i]);
    total += i % 2 == 0 ? value * 256 : value;
  }
  if (total == 0 && error == 0) return 0xffff;
  return static_cast<std::uint16_t>((65535 - total % 65535 + error) % 65535);
}

}  // namespace

Frame& Frame::eth(const Mac& source, const Mac& destination) {
  source_mac_ = source;
  destination_mac_ = destination;
  return *this;
}
Frame& Frame::vlan(unsigned vid, std::uint16_t tpid) {
  tags_.push_back({tpid, static_cast<std::uint16_t>(vid)});
  return *this;
}
Frame& Frame::type(std::uint16_t ethertype) {
  type_ = ethertype;
  return *this;
}
Frame& Frame::ipv4(Ipv4 source, Ipv4 destination) {
  is_ipv4_ = true;
  source_ = source;
  destination_ = destination;
  return *this;
}
Frame& Frame::ttl(std::uint8_t value) {
  ttl_ = value;
  return *this;
}
Frame& Frame::tos(std::uint8_t value) {
  tos_ = value;
  return *this;
}
Frame& Frame::options(unsigned words) { return options(Bytes(std::size_t{words} * 4, std::byte{1})); }
Frame& Frame::options(const Bytes& bytes) {
  options_ = bytes;
  options_.resize((bytes.size() + 3) / 4 * 4);
  return *this;
}
Frame& Frame::option(const Bytes& bytes) {
  put(options_, bytes);
  options_.resize((options_.size() + 3) / 4 * 4);
  return *this;
}
Frame& Frame::identification(std::uint16_t value) {
  identification_ = value;
  return *this;
}
Frame& Frame::dont_fragment() {
  fragment_ |= 0x4000;
  return *this;
}
Frame& Frame::fragment(unsigned offset_in_bytes, bool more) {
  fragment_ = static_cast<std::uint16_t>(offset_in_bytes / 8 | (more ? 0x2000 : 0));
  return *this;
}
Frame& Frame::protocol(std::uint8_t number) {
  protocol_ = number;
  return *this;
}
Frame& Frame::udp(unsigned source_port, unsigned destination_port) {
  transport_ = Transport::udp;
  protocol_ = IPPROTO_UDP;
  first_ = source_port;
  second_ = destination_port;
  return *this;
}
Frame& Frame::udp_without_checksum(unsigned source_port, unsigned destination_port) {
  summed_ = false;
  return udp(source_port, destination_port);
}
Frame& Frame::tcp(unsigned source_port, unsigned destination_port, std::uint8_t flags) {
  transport_ = Transport::tcp;
  protocol_ = IPPROTO_TCP;
  first_ = source_port;
  second_ = destination_port;
  flags_ = flags;
  return *this;
}
Frame& Frame::tcp_options(unsigned words) { return tcp_options(Bytes(words * 4, std::byte{1})); }
Frame& Frame::tcp_options(const Bytes& options) {
  tcp_options_ = options;
  tcp_options_.resize((options.size() + 3) / 4 * 4);
  return *this;
}
Frame& Frame::sequence(std::uint32_t number) {
  sequence_ = number;
  return *this;
}
Frame& Frame::acknowledge(std::uint32_t number) {
  acknowledged_ = number;
  return *this;
}
Frame& Frame::window(std::uint16_t size) {
  window_ = size;
  return *this;
}
Frame& Frame::echo_request(unsigned identifier, unsigned sequence) {
  icmp(8, 0);
  first_ = identifier;
  second_ = sequence;
  return *this;
}
Frame& Frame::echo_reply(unsigned identifier, unsigned sequence) {
  icmp(0, 0);
  first_ = identifier;
  second_ = sequence;
  return *this;
}
Frame& Frame::timestamp_request(unsigned identifier, unsigned sequence) {
  echo_request(identifier, sequence);
  return icmp(13, 0);
}
Frame& Frame::timestamp_reply(unsigned identifier, unsigned sequence) {
  echo_reply(identifier, sequence);
  return icmp(14, 0);
}
Frame& Frame::pointer(unsigned octet) {
  first_ = octet << 8 | (first_ & 0xff);
  return *this;
}
Frame& Frame::quote_words(unsigned words) {
  first_ = (first_ & 0xff00) | words;
  return *this;
}
Frame& Frame::icmp(std::uint8_t type, std::uint8_t code) {
  transport_ = Transport::icmp;
  protocol_ = IPPROTO_ICMP;
  icmp_type_ = type;
  icmp_code_ = code;
  return *this;
}
Frame& Frame::next_hop_mtu(unsigned mtu) {
  second_ = mtu;
  return *this;
}

Frame& Frame::payload(std::string_view text) {
  for (const char c : text) payload_.push_back(static_cast<std::byte>(c));
  return *this;
}
Frame& Frame::payload(const Bytes& bytes) {
  put(payload_, bytes);
  return *this;
}
Frame& Frame::payload_of(std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) put8(payload_, static_cast<unsigned>(i * 7 + 3));
  return *this;
}
Frame& Frame::version(unsigned value) {
  version_ = value;
  return *this;
}
Frame& Frame::ihl(unsigned words) {
  ihl_ = words;
  return *this;
}
Frame& Frame::total_length(unsigned value) {
  total_length_ = value;
  return *this;
}
Frame& Frame::udp_length(unsigned value) {
  udp_length_ = value;
  return *this;
}
Frame& Frame::data_offset(unsigned words) {
  data_offset_ = words;
  return *this;
}
Frame& Frame::wrong_transport_checksum(std::uint16_t by) {
  transport_error_ = by;
  return *this;
}
Frame& Frame::wrong_header_checksum(std::uint16_t by) {
  header_error_ = by;
  return *this;
}
Frame& Frame::padding(std::size_t size, std::uint8_t fill) {
  padding_ = size;
  padding_fill_ = fill;
  return *this;
}
Frame& Frame::cut_to(std::size_t size) {
  cut_ = size;
  return *this;
}

Bytes Frame::link_header() const {
  Bytes out;
  put(out, destination_mac_);
  put(out, source_mac_);
  for (const auto& tag : tags_) {
    put16(out, tag.tpid);
    put16(out, tag.vid);
  }
  put16(out, type_);
  return out;
}

Bytes Frame::transport_header() const {
  Bytes out;
  switch (transport_) {
    case Transport::none: break;
    case Transport::udp:
      put16(out, first_);
      put16(out, second_);
      put16(out, udp_length_.value_or(static_cast<unsigned>(8 + payload_.size())));
      put16(out, 0);
      break;
    case Transport::udplite:
      put16(out, first_);
      put16(out, second_);
      put16(out, udp_length_.value_or(covered_));
      put16(out, 0);
      break;
    case Transport::dccp: return dccp_header();
    case Transport::sctp:
      put16(out, first_);
      put16(out, second_);
      put32(out, 0x5eed7a61);  // verification tag
      put32(out, 0);
      break;
    case Transport::tcp:
      put16(out, first_);
      put16(out, second_);
      put32(out, sequence_);
      put32(out, (flags_ & kAck) != 0 ? acknowledged_ : 0);
      put8(out, data_offset_.value_or(5 + static_cast<unsigned>(tcp_options_.size() / 4)) << 4);
      put8(out, flags_);
      put16(out, window_);
      put32(out, 0);  // checksum, urgent pointer
      put(out, tcp_options_);
      break;
    case Transport::icmp:
      put8(out, icmp_type_);
      put8(out, icmp_code_);
      put16(out, 0);
      put16(out, first_);
      put16(out, second_);
      break;
  }
  return out;
}

void Frame::sum_transport(Bytes& segment) const {
  if (transport_ == Transport::none || !summed_) return;
  if (transport_ == Transport::sctp) return set_sctp_checksum(segment);
  Bytes covered;
  if (transport_ != Transport::icmp) {
    put32(covered, source_.host());
    put32(covered, destination_.host());
    put16(covered, protocol_);
    put16(covered, static_cast<unsigned>(segment.size()));
  }
  const bool all = transport_ != Transport::udplite || covered_ == 0 || covered_ > segment.size();
  put(covered, all ? segment : Bytes{segment.begin(), segment.begin() + covered_});
  auto check = internet_checksum(covered, transport_error_);
  std::size_t at = 2;
  if (transport_ == Transport::tcp) at = 16;
  if (transport_ == Transport::dccp) at = 6;
  if (transport_ == Transport::udp || transport_ == Transport::udplite) {
    at = 6;
    if (check == 0) check = 0xffff;
  }
  set16(segment, at, check);
}

Bytes Frame::ipv4_header(std::size_t data_size) const {
  const auto words = static_cast<unsigned>(5 + options_.size() / 4);
  Bytes out;
  put8(out, version_.value_or(4) << 4 | ihl_.value_or(words));
  put8(out, tos_);
  put16(out, total_length_.value_or(static_cast<unsigned>(words * 4 + data_size)));
  put16(out, identification_);
  put16(out, fragment_);
  put8(out, ttl_);
  put8(out, protocol_);
  put16(out, 0);
  put32(out, source_.host());
  put32(out, destination_.host());
  put(out, options_);
  set16(out, 10, internet_checksum(out, header_error_));
  return out;
}

Bytes Frame::packet() const {
  if (!is_ipv4_) return payload_;
  auto segment = transport_header();
  put(segment, payload_);
  sum_transport(segment);
  auto out = ipv4_header(segment.size());
  put(out, segment);
  return out;
}

Bytes Frame::bytes() const {
  auto out = link_header();
  put(out, packet());
  out.insert(out.end(), padding_, static_cast<std::byte>(padding_fill_));
  if (cut_ && *cut_ < out.size()) out.resize(*cut_);
  return out;
}

Bytes Arp::bytes() const {
  Bytes out;
  put16(out, 1);       // Ethernet
  put16(out, 0x0800);  // IPv4
  put8(out, 6);
  put8(out, 4);
  put16(out, operation);
  put(out, sender_mac);
  put32(out, sender.host());
  put(out, target_mac);
  put32(out, target.host());
  return out;
}

Bytes padded(Bytes frame) {
  if (frame.size() < 60) frame.resize(60);
  return frame;
}

std::string hex(const Bytes& bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0) out += fmt::format("{}{:04x} ", i == 0 ? "" : "\n", i);
    out += fmt::format(" {:02x}", std::to_integer<unsigned>(bytes[i]));
  }
  return out;
}

}  // namespace cgn::test
