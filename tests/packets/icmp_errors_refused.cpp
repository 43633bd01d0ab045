// SPDX-License-Identifier: Apache-2.0
// ICMP messages from outside that are refused: damaged, about nobody's packet, or of a type that is never translated.
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));

Frame sent() { return atomic(kPoolAddress, kWeb).ttl(3); }
Bytes quote(std::size_t size = 28) { return first_of(sent().udp(40000, 443).payload_of(64), size); }

Row refused(std::string_view says, Verdict verdict, const Frame& in) {
  return {.says = says, .given = {kAliceUdp, kBobUdp}, .link = Link::external, .in = in, .verdict = verdict};
}
Frame from_far(const Error& error, const Bytes& quote, Ipv4 to = kPoolAddress) {
  return error.on(received_by(Link::external).ipv4(kFarRouter, to), quote);
}
Row unmatched(std::string_view says, const Error& error, const Bytes& quote) {
  return refused(says, CGN_VERDICT_ICMP_UNMATCHED, from_far(error, quote));
}
Row truncated(std::string_view says, const Error& error, const Bytes& quote) {
  return refused(says, CGN_VERDICT_TRUNCATED, from_far(error, quote));
}

std::vector<Row> damaged() {
  const auto wrong = [](const Bytes& q) { return from_far({}, q).wrong_transport_checksum(1); };
  const auto long_quote = first_of(sent().udp(40000, 443).payload_of(3000), 2040);
  Row too_long =
      refused("a longer one goes on as it is, for its receiver to verify, as far as the next hop's MTU",
              CGN_VERDICT_TOO_BIG, wrong(first_of(sent().udp(40000, 443).payload_of(3000), 2041)).dont_fragment());
  too_long.egress = Link::internal;
  return {
      refused("an error with a wrong checksum is refused (RFC 5508 REQ-3)", CGN_VERDICT_ICMP_CHECKSUM, wrong(quote())),
      refused("so is one with an odd quote", CGN_VERDICT_ICMP_CHECKSUM, wrong(quote(31))),
      refused("so is one with a long quote", CGN_VERDICT_ICMP_CHECKSUM, wrong(quote(92))),
      refused("so is the longest that is verified", CGN_VERDICT_ICMP_CHECKSUM, wrong(long_quote)),
      refused("a quoted header with a wrong checksum is refused (RFC 5508 REQ-3a)", CGN_VERDICT_ICMP_CHECKSUM,
              from_far({}, first_of(sent().wrong_header_checksum(1).udp(40000, 443).payload_of(64)))),
      refused("so is one with options", CGN_VERDICT_ICMP_CHECKSUM,
              from_far({}, first_of(sent().options(10).wrong_header_checksum(9).udp(40000, 443).payload_of(64), 128))),
      too_long,
      truncated("a quote that ends inside its IPv4 header", {}, quote(19)),
      truncated("an error that quotes nothing", {}, {}),
      truncated("a quote that ends inside its options", {},
                first_of(sent().options(3).udp(40000, 443).payload_of(64), 31)),
      truncated("a quote with seven bytes of its transport", {}, quote(27)),
      truncated("a quote with options and seven bytes of its transport", {},
                first_of(sent().options(3).udp(40000, 443).payload_of(64), 39)),
      truncated("a quote that is no IPv4", {}, first_of(sent().version(6).udp(40000, 443).payload_of(64))),
      truncated("a quoted header shorter than a header", {}, first_of(sent().ihl(4).udp(40000, 443).payload_of(64))),
      truncated("a quote that the length of RFC 4884 ends too soon", {.words = 6}, quote(92)),
      truncated("a length of RFC 4884 that reaches beyond the message", {.words = 24}, quote(92)),
      refused("an ICMP message without its second word", CGN_VERDICT_TRUNCATED,
              received_by(Link::external)
                  .ipv4(kFarRouter, kPoolAddress)
                  .protocol(1)
                  .payload(Bytes{std::byte{3}, std::byte{3}, std::byte{0xfc}, std::byte{0xfc}})),
  };
}

std::vector<Row> about_nobody() {
  const Bytes other_sender = first_of(atomic(kOtherPoolAddress, kWeb).ttl(3).udp(50000, 443).payload_of(64));
  const auto in_error = Error{}.on(sent(), quote());
  return {
      unmatched("an error about a port that nobody holds is unmatched", {},
                first_of(sent().udp(40001, 443).payload_of(64))),
      unmatched("an error about another protocol of the same port is unmatched", {},
                first_of(sent().tcp(40000, 443, kAck).payload_of(64))),
      unmatched("an error to one address about another's packet is unmatched", {}, other_sender),
      unmatched("an error that quotes the receiver as the receiver is unmatched", {},
                first_of(atomic(kWeb, kPoolAddress).ttl(3).udp(443, 40000).payload_of(64))),
      unmatched("an error that quotes an internal address is unmatched", {},
                first_of(atomic(kAlice, kWeb).ttl(3).udp(5000, 443).payload_of(64))),
      unmatched("a quoted later fragment names no port", {},
                first_of(sent().fragment(1480, false).udp(40000, 443).payload_of(64))),
      unmatched("a quoted later fragment may be shorter than a port", {},
                first_of(sent().fragment(1480, false).udp(40000, 443).payload_of(64), 21)),
      unmatched("an error about an error is unmatched", {}, first_of(in_error, 56)),
      unmatched("an error about GRE is unmatched", {}, first_of(sent().protocol(47).payload_of(64))),
      unmatched("a path MTU below 576 is an attack", {.type = 3, .code = 4, .mtu = 575}, quote()),
      unmatched("a path MTU of 68 is an attack", {.type = 3, .code = 4, .mtu = 68}, quote()),
      unmatched("a path MTU of 1 is an attack", {.type = 3, .code = 4, .mtu = 1}, quote()),
  };
}

std::vector<Row> never_translated() {
  const auto typed = [](std::string_view says, std::uint8_t type, const Bytes& data) {
    return refused(says, CGN_VERDICT_ICMP_TYPE, from_far({.type = type, .code = 0}, data));
  };
  auto inside = typed("a redirect from inside is never forwarded", 5, {});
  inside.link = Link::internal;
  inside.in = Error{.type = 5, .code = 1}.on(received_by(Link::internal).ipv4(kAlice, kWeb), quote());
  return {
      typed("a redirect is never forwarded", 5, quote()),
      typed("source quench is no error any more (RFC 6633)", 4, quote()),
      typed("a router advertisement is not translated", 9, Bytes(8)),
      typed("a router solicitation is not translated", 10, {}),
      typed("an information request is not translated", 15, {}),
      typed("an address mask request is not translated", 17, Bytes(4)),
      typed("an address mask reply is not translated", 18, Bytes(4)),
      typed("traceroute's own type is not translated", 30, Bytes(12)),
      typed("an ICMP type that nobody has named is not translated", 255, quote()),
      inside,
  };
}

}  // namespace

std::vector<Row> icmp_error_refused_rows() {
  auto rows = damaged();
  for (auto part : {about_nobody, never_translated}) {
    auto more = part();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace cgn::test
