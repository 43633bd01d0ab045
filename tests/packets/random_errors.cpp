// SPDX-License-Identifier: Apache-2.0
#include "packets/random_errors.hpp"

#include <array>

namespace cgn::test {
namespace {

constexpr std::size_t kMessage = 34, kQuoted = kMessage + 8, kQuotedCheck = 10, kMessageCheck = 2;

std::size_t quoted_header_size(const Bytes& frame) {
  return frame.size() <= kQuoted ? 0 : std::to_integer<std::size_t>(frame[kQuoted] & std::byte{0x0f}) * 4;
}

// Ones' complement is arithmetic modulo 65535, as in builder.cpp.
void sum_again(Bytes& frame, std::size_t at, std::size_t size, std::size_t check) {
  if (size < check + 2 || at + size > frame.size()) return;
  frame[at + check] = frame[at + check + 1] = std::byte{0};
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < size; ++i) {
    total += std::to_integer<std::uint64_t>(frame[at + i]) << (i % 2 == 0 ? 8 : 0);
  }
  const auto sum = 65535 - total % 65535;
  frame[at + check] = static_cast<std::byte>(sum >> 8);
  frame[at + check + 1] = static_cast<std::byte>(sum & 0xff);
}

}  // namespace

// UDP once with a checksum and once without, a timestamp and an echo.
constexpr std::array kTransports{Proto::tcp,  Proto::udp,     Proto::udp,  Proto::icmp,
                                 Proto::icmp, Proto::udplite, Proto::dccp, Proto::sctp};

struct RandomErrors::Recipe {
  Error error{};
  unsigned transport = 0, options = 0;
  std::uint8_t ttl = 1;
  std::uint16_t wrong = 0;
  std::size_t payload = 0, quoted = 28;
  bool first_fragment = false, extended = false, atomic = false;

  [[nodiscard]] Proto proto() const { return kTransports[transport]; }
  // What the translation added to the identification of the packet that is quoted, if it did.
  [[nodiscard]] std::uint16_t moved_by() const {
    return first_fragment || atomic ? std::uint16_t{0} : identification_offset(kErrorSource, proto());
  }
  [[nodiscard]] Bytes quote_of(Endpoint source, std::uint16_t moved = 0) const {
    auto f = Frame{}.ipv4(source.address, kWeb).ttl(ttl).options(options);
    f.identification(static_cast<std::uint16_t>(0x4321 + moved));
    if (atomic) f.dont_fragment();
    if (first_fragment) f.fragment(0, true);
    switch (transport) {
      case 0: f.tcp(source.port.value(), 443, kAck); break;
      case 1: f.udp(source.port.value(), 443); break;
      case 2: f.udp_without_checksum(source.port.value(), 443); break;
      case 3: f.timestamp_request(source.port.value()); break;
      case 4: f.echo_request(source.port.value()); break;
      case 5: f.udplite(source.port.value(), 443); break;
      case 6: f.dccp(source.port.value(), 443); break;
      default: f.sctp(source.port.value(), 443); break;
    }
    const auto quote = first_of(f.wrong_transport_checksum(wrong).payload_of(payload), quoted);
    return extended ? joined(filled_to(quote, 128), mpls_extension()) : quote;
  }
};

RandomErrors::Recipe RandomErrors::recipe() {
  constexpr std::uint8_t kTypes[] = {3, 11, 12};
  Recipe r;
  r.error = {.type = kTypes[below(3)], .code = static_cast<std::uint8_t>(below(6))};
  if (below(8) == 0) r.error.mtu = static_cast<unsigned>(576 + below(1500));
  r.transport = static_cast<unsigned>(below(kTransports.size()));
  r.options = below(3) == 0 ? static_cast<unsigned>(below(11)) : 0;
  r.ttl = static_cast<std::uint8_t>(1 + below(255));
  if (below(4) == 0) r.wrong = static_cast<std::uint16_t>(below(0x10000));
  r.payload = below(1200);
  r.first_fragment = below(16) == 0;
  r.atomic = below(2) == 0;
  r.extended = below(6) == 0;
  if (r.extended) r.error.words = below(4) == 0 ? 0 : 32;
  // A cut through a transport checksum is a row of its own: half a sum cannot be put right. TCP's ends at 18.
  const std::size_t headers = 20 + r.options * 4;
  r.quoted = headers + (below(3) == 0 ? 8 + below(9) : 18 + below(1300));
  if (r.extended) r.quoted = 128;  // RFC 4884: zeros follow a packet that ends sooner, not one that was cut
  return r;
}

RandomErrors::Pair RandomErrors::whole(Endpoint restored) {
  auto r = recipe();
  if (r.proto() == Proto::sctp) r.transport = 1;  // its sum would cover another port than it came with
  return {.told = r.error.on(received_by(Link::external).ipv4(kFarRouter, kErrorSource.address),
                             r.quote_of(kErrorSource, r.moved_by())),
          .restored =
              r.error.on(received_by(Link::external).ipv4(kFarRouter, restored.address).ttl(63), r.quote_of(restored))};
}

// One byte of the message's or the quote's headers.
void RandomErrors::damage(Bytes& frame) {
  const auto end = std::min<std::size_t>(frame.size(), kQuoted + 80);
  auto& byte = frame[kMessage + below(end - kMessage)];
  byte = below(2) == 0 ? byte ^ static_cast<std::byte>(1u << below(8)) : static_cast<std::byte>(below(256));
}

Bytes RandomErrors::damaged() {
  auto r = recipe();
  if (below(4) == 0) r.quoted = below(120);
  if (below(8) == 0) r.error.words = static_cast<unsigned>(below(256));
  if (below(8) == 0) r.error.mtu = static_cast<unsigned>(below(1500));
  Bytes frame =
      r.error.on(received_by(Link::external).ipv4(kFarRouter, kErrorSource.address), r.quote_of(kErrorSource));
  for (auto n = below(3); n > 0; --n) damage(frame);
  if (below(8) != 0) sum_again(frame, kQuoted, quoted_header_size(frame), kQuotedCheck);
  if (below(16) != 0) sum_again(frame, kMessage, frame.size() - kMessage, kMessageCheck);
  return frame;
}

}  // namespace cgn::test
