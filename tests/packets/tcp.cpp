// SPDX-License-Identifier: Apache-2.0
// TCP: what the entries learn from the flags, and which segments of a shared mapping the slow path must see.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));

Mapping shared() {
  auto m = kAliceTcp;
  m.seen_outbound = CGN_SEEN_SYN | CGN_SEEN_ACK | CGN_SEEN_SHARED;
  m.seen_inbound = CGN_SEEN_SYN | CGN_SEEN_ACK | CGN_SEEN_SHARED;
  return m;
}

Mapping closing() {
  auto m = kAliceTcp;
  m.seen_outbound = CGN_SEEN_SYN | CGN_SEEN_ACK | CGN_SEEN_FIN;
  m.seen_inbound = CGN_SEEN_SYN | CGN_SEEN_ACK | CGN_SEEN_FIN;
  return m;
}

Row outbound_segment(std::string_view says, std::uint8_t flags, std::uint8_t seen, std::size_t payload = 0) {
  return {.says = says,
          .given = {kAliceTcp},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, flags).tcp_options(3).payload_of(payload),
          .out = sent_by(Link::external)
                     .ipv4(kPoolAddress, kWeb)
                     .ttl(63)
                     .tcp(41000, 80, flags)
                     .tcp_options(3)
                     .payload_of(payload),
          .seen = seen,
          .refreshes = (flags & kRst) == 0};
}

Row inbound_segment(std::string_view says, std::uint8_t flags, std::uint8_t seen, std::size_t payload = 0) {
  return {
      .says = says,
      .given = {kAliceTcp},
      .link = Link::external,
      .in =
          received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(80, 41000, flags).tcp_options(3).payload_of(payload),
      .egress = Link::internal,
      .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(80, 5000, flags).tcp_options(3).payload_of(payload),
      .seen = seen,
      .refreshes = (flags & kRst) == 0};
}

Row shared_control(std::string_view says, std::uint8_t flags) {
  return {.says = says,
          .given = {shared()},
          .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, flags).payload_of(6),
          .verdict = CGN_VERDICT_PUNTED,
          .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, flags).payload_of(6),
          .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL},
          .refreshes = (flags & kRst) == 0};
}

// From the first remote's address, but another port.
Row stray(std::string_view says, std::uint8_t flags) {
  return {.says = says,
          .given = {kAliceTcp},
          .link = Link::external,
          .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(81, 41000, flags).payload_of(6),
          .egress = Link::internal,
          .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(81, 5000, flags).payload_of(6),
          .refreshes = false};
}

}  // namespace

std::vector<Row> tcp_rows() {
  return {
      {.says = "the first SYN of a subscriber is punted",
       .granted = {kAliceTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).tcp_options(5),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, kSyn).tcp_options(5),
       .punt = Punt{}},
      outbound_segment("a repeated SYN to the same remote is translated", kSyn, CGN_SEEN_SYN),
      inbound_segment("the SYN-ACK comes back", kSyn | kAck, CGN_SEEN_SYN | CGN_SEEN_ACK),
      outbound_segment("a SYN-ACK goes out, as in a simultaneous open", kSyn | kAck, CGN_SEEN_SYN | CGN_SEEN_ACK),
      outbound_segment("the ACK that ends the handshake is noted", kAck, CGN_SEEN_ACK),
      outbound_segment("data goes out", kPsh | kAck, CGN_SEEN_ACK, 1460 - 12),
      inbound_segment("data comes in", kPsh | kAck, CGN_SEEN_ACK, 701),
      outbound_segment("a FIN goes out and is noted", kFin | kAck, CGN_SEEN_FIN | CGN_SEEN_ACK),
      inbound_segment("a FIN comes in and is noted", kFin | kAck, CGN_SEEN_FIN | CGN_SEEN_ACK),
      outbound_segment("a RST goes out and is noted", kRst, CGN_SEEN_RST),
      inbound_segment("a RST comes in and is noted", kRst, CGN_SEEN_RST),
      stray("a RST of another remote is translated, ends nothing and keeps nothing alive", kRst),
      stray("so is a RST with an acknowledgement", kRst | kAck),
      stray("so is a FIN of another remote", kFin | kAck),
      {.says = "so is a RST to another remote",
       .given = {kAliceTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, kRst).payload_of(6),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, kRst).payload_of(6),
       .refreshes = false},
      {.says = "a SYN to another remote makes the mapping shared and is punted",
       .given = {kAliceTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, kSyn).payload_of(6),
       .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL},
       .seen = CGN_SEEN_SYN,
       .becomes_shared = true},
      {.says = "so does the same remote address with another port, inbound",
       .given = {kAliceTcp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(81, 41000, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(81, 5000, kSyn).payload_of(6),
       .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL, .direction = CGN_INBOUND, .egress = Link::internal},
       .seen = CGN_SEEN_SYN,
       .becomes_shared = true},
      {.says = "an outbound SYN on a mapping that has begun to end is punted: it begins anew",
       .given = {closing()},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, kSyn).payload_of(6),
       .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL},
       .seen = CGN_SEEN_SYN},
      {.says = "an inbound SYN on a closing mapping is translated: the SYN-ACK from inside would revive it",
       .given = {closing()},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).tcp(853, 41000, kSyn).payload_of(6),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).tcp(853, 5000, kSyn).payload_of(6),
       .seen = CGN_SEEN_SYN},
      {.says = "a SYN to another remote is translated while no daemon takes packets",
       .given = {kAliceTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, kSyn).payload_of(6),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, kSyn).payload_of(6),
       .seen = CGN_SEEN_SYN,
       .becomes_shared = true,
       .daemon_away = true},
      {.says = "a segment with the longest header is translated",
       .given = {kAliceTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kAck).tcp_options(10),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, kAck).tcp_options(10),
       .seen = CGN_SEEN_ACK},
      shared_control("a SYN of a shared mapping is punted", kSyn),
      shared_control("a FIN of a shared mapping is punted", kFin | kAck),
      shared_control("a RST of a shared mapping is punted", kRst),
      {.says = "a FIN to a shared mapping is punted inbound",
       .given = {shared()},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(80, 41000, kFin | kAck).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(80, 5000, kFin | kAck).payload_of(6),
       .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL, .direction = CGN_INBOUND, .egress = Link::internal}},
      {.says = "data of a shared mapping stays fast",
       .given = {shared()},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, kPsh | kAck).payload_of(99),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, kPsh | kAck).payload_of(99),
       .seen = CGN_SEEN_ACK},
      {.says =
           "a FIN of a shared mapping is translated in the kernel while no daemon takes packets, and closes nothing",
       .given = {shared()},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).tcp(5000, 853, kFin | kAck).payload_of(6),
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).tcp(41000, 853, kFin | kAck).payload_of(6),
       .seen = CGN_SEEN_ACK,
       .daemon_away = true},
  };
}

}  // namespace cgn::test
