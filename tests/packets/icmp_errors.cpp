// SPDX-License-Identifier: Apache-2.0
// ICMP errors from outside about what a subscriber sent: the quoted packet is restored to what the subscriber knows, and
// any router may tell (RFC 5508 REQ-3 to REQ-6). Those that are refused stand in icmp_errors_refused.cpp.
#include "packets/icmp_errors.hpp"

#include <array>

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5001), at_port(kPoolAddress, 41000), at_port(kWeb, 443));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));

// A packet of alice on its way to the web: as the routers outside saw it, and as she sent it.
struct Sent {
  Frame outside = atomic(kPoolAddress, kWeb).ttl(3);
  Frame inside = atomic(kAlice, kWeb).ttl(3);
  template <class Edit>
  Sent with(Edit edit) const {
    Sent sent = *this;
    edit(sent.outside);
    edit(sent.inside);
    return sent;
  }
};

Sent udp(std::size_t payload = 64) {
  Sent sent;
  sent.outside.udp(40000, 443).payload_of(payload);
  sent.inside.udp(5000, 443).payload_of(payload);
  return sent;
}
Sent tcp(std::size_t payload = 64) {
  Sent sent;
  sent.outside.tcp(41000, 443, kAck | kPsh).payload_of(payload);
  sent.inside.tcp(5001, 443, kAck | kPsh).payload_of(payload);
  return sent;
}
Sent ping() {
  Sent sent;
  sent.outside.echo_request(42000, 9).payload_of(56);
  sent.inside.echo_request(77, 9).payload_of(56);
  return sent;
}

// The same with DF clear: its identification was moved on the way out, and the subscriber knows the one it chose.
Sent numbered(Sent sent, const Mapping& m) {
  const auto edit = [](Frame& f, unsigned id) { f.fragment(0, false).identification(static_cast<std::uint16_t>(id)); };
  edit(sent.outside, 0x4321u + identification_offset(m.external, m.proto));
  edit(sent.inside, 0x4321);
  return sent;
}

struct Quotes {
  Bytes outside, inside;
};
Quotes quotes(const Sent& sent, std::size_t size = 28) {
  return {first_of(sent.outside, size), first_of(sent.inside, size)};
}
Quotes extended(const Sent& sent, const Bytes& extension) {
  const auto q = quotes(sent, 128);
  return {joined(filled_to(q.outside, 128), extension), joined(filled_to(q.inside, 128), extension)};
}

Row told(std::string_view says, const Error& error, const Quotes& quote, Ipv4 from = kFarRouter) {
  return {.says = says,
          .given = {kAliceUdp, kAliceTcp, kAlicePing},
          .link = Link::external,
          .in = error.on(received_by(Link::external).ipv4(from, kPoolAddress), quote.outside),
          .egress = Link::internal,
          .out = error.on(sent_by(Link::internal).ipv4(from, kAlice).ttl(63), quote.inside)};
}

// RFC 792, 1122 and 1812 name them; a code that nobody has named yet must come through as well.
constexpr std::array<std::string_view, 17> kUnreachableCodes{
    "network unreachable reaches the subscriber",
    "host unreachable reaches the subscriber",
    "protocol unreachable reaches the subscriber",
    "port unreachable reaches the subscriber",
    "fragmentation needed reaches the subscriber, by an old router that names no MTU",
    "source route failed reaches the subscriber",
    "destination network unknown reaches the subscriber",
    "destination host unknown reaches the subscriber",
    "source host isolated reaches the subscriber",
    "network administratively prohibited reaches the subscriber",
    "host administratively prohibited reaches the subscriber",
    "network unreachable for this type of service reaches the subscriber",
    "host unreachable for this type of service reaches the subscriber",
    "communication administratively prohibited reaches the subscriber",
    "host precedence violation reaches the subscriber",
    "precedence cutoff reaches the subscriber",
    "an unreachable with a code that nobody has named yet reaches the subscriber",
};

std::vector<Row> every_type() {
  std::vector<Row> rows;
  for (std::uint8_t code = 0; code < kUnreachableCodes.size(); ++code) {
    rows.push_back(told(kUnreachableCodes[code], {.type = 3, .code = code}, quotes(udp())));
  }
  rows.push_back(told("time exceeded on the way reaches the subscriber", {.type = 11, .code = 0}, quotes(udp())));
  rows.push_back(told("time exceeded in reassembly reaches the subscriber", {.type = 11, .code = 1},
                      quotes(udp().with([](Frame& f) { f.fragment(0, true); }))));
  rows.push_back(told("a parameter problem reaches the subscriber with its pointer",
                      {.type = 12, .code = 0, .pointer = 20}, quotes(udp())));
  rows.push_back(
      told("a parameter problem's pointer is no length", {.type = 12, .code = 0, .pointer = 255}, quotes(udp())));
  rows.push_back(told("the path MTU reaches the subscriber", {.type = 3, .code = 4, .mtu = 1280},
                      quotes(tcp(1400).with([](Frame& f) { f.dont_fragment(); }))));
  rows.push_back(told("a path MTU of 576 is believed", {.type = 3, .code = 4, .mtu = 576}, quotes(tcp())));
  rows.push_back(
      told("a small second word of another code is no path MTU", {.type = 3, .code = 1, .mtu = 68}, quotes(udp())));
  rows.push_back(told("the host that was spoken to may tell as well", {.type = 3, .code = 3}, quotes(udp()), kWeb));
  return rows;
}

std::vector<Row> every_quote() {
  const Error late{.type = 11, .code = 0};
  auto half_a_checksum = quotes(tcp(), 37);
  half_a_checksum.inside.back() = half_a_checksum.outside.back();  // what cannot be put right is left alone
  return {
      told("eight bytes of TCP are enough: its checksum lies beyond the quote", late, quotes(tcp())),
      told("TCP quoted to the middle of its checksum keeps the half that is there", late, half_a_checksum),
      told("TCP quoted to the end of its checksum has it put right", late, quotes(tcp(), 38)),
      told("a quote of 128 bytes is restored", late, quotes(tcp(600), 128)),
      told("an odd quote is restored", late, quotes(udp(600), 129)),
      told("a quote up to 576 bytes in all is restored", late, quotes(udp(1200), 548)),
      told("the whole packet, quoted, is restored", late, quotes(tcp(1400), 1500 - 28)),
      told("a whole small packet is restored", late, quotes(udp(1), 29)),
      told("an echo request is restored to its identifier", late, quotes(ping())),
      told("a whole echo request is restored", late, quotes(ping(), 84)),
      told("UDP sent without checksum is restored without one", late,
           [] {
             Sent sent;
             sent.outside.udp_without_checksum(40000, 443).payload_of(64);
             sent.inside.udp_without_checksum(5000, 443).payload_of(64);
             return quotes(sent, 128);
           }()),
      told("a quoted packet with a wrong transport checksum is restored with as wrong a one (RFC 5508 REQ-3c)", late,
           quotes(tcp().with([](Frame& f) { f.wrong_transport_checksum(0x1234); }), 104)),
      told("so is quoted UDP", late, quotes(udp().with([](Frame& f) { f.wrong_transport_checksum(0xbeef); }))),
      told("so is a quoted echo", late, quotes(ping().with([](Frame& f) { f.wrong_transport_checksum(1); }))),
      told("a quoted first fragment names its ports", late, quotes(udp().with([](Frame& f) { f.fragment(0, true); }))),
      told("what pads a short frame is not part of the message", late, quotes(udp(0))),
      told("a quoted identification that was moved is moved back (RFC 6864)", late, quotes(numbered(udp(), kAliceUdp))),
      told("so is that of quoted TCP, checksum and all", late, quotes(numbered(tcp(), kAliceTcp), 104)),
      told("so is that of a quoted echo", late, quotes(numbered(ping(), kAlicePing))),
  };
}

std::vector<Row> options_and_extensions() {
  const Error late{.type = 11, .code = 0};
  // Record route, room for nine addresses, two of them filled in on the way; and the most options a header can have.
  const auto record_route = [](Frame& f) {
    Bytes option{std::byte{7}, std::byte{39}, std::byte{12}};
    option.resize(40);
    for (std::size_t i = 3; i < 11; ++i) option[i] = static_cast<std::byte>(i * 29);
    f.option(option);
  };
  auto extended_tcp = extended(tcp(600), mpls_extension());
  Row tagged = told("an error crosses to a subscriber behind two tags", late, {});
  const auto dave = mapped(Proto::udp, at_port(kDave, 7000), at_port(kOtherPoolAddress, 52000));
  tagged.given = {dave};
  tagged.in = late.on(received_by(Link::external).ipv4(kFarRouter, kOtherPoolAddress),
                      first_of(atomic(kOtherPoolAddress, kWeb).ttl(3).udp(52000, 443).payload_of(64)));
  tagged.egress = Link::internal_qinq;
  tagged.out = late.on(sent_by(Link::internal_qinq).ipv4(kFarRouter, kDave).ttl(63),
                       first_of(atomic(kDave, kWeb).ttl(3).udp(7000, 443).payload_of(64)));
  Row optioned = told("options of the error's own header are carried along", late, {});
  optioned.in = late.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress).options(2), quotes(udp()).outside);
  optioned.out = late.on(sent_by(Link::internal).ipv4(kFarRouter, kAlice).ttl(63).options(2), quotes(udp()).inside);
  return {
      told("a quoted packet with record route is found behind it (RFC 5508 REQ-3b)", late,
           quotes(udp().with(record_route), 68)),
      told("quoted TCP with options has its checksum behind them", late, quotes(tcp().with(record_route), 100)),
      told("one word of quoted options is skipped", late, quotes(udp().with([](Frame& f) { f.options(1); }), 32)),
      told("an MPLS extension behind 128 bytes arrives as it was sent (RFC 5508 REQ-3d)",
           {.type = 11, .code = 0, .words = 32}, extended_tcp),
      told("a short packet is filled up to 128 bytes in front of an extension", {.type = 11, .code = 0, .words = 32},
           extended(udp(4), mpls_extension())),
      told("an unreachable may carry an extension", {.type = 3, .code = 1, .words = 32}, extended_tcp),
      told("a parameter problem may carry an extension", {.type = 12, .code = 0, .words = 32, .pointer = 1},
           extended_tcp),
      told("an extension that the length does not tell of arrives as it was sent", late, extended_tcp),
      told("a checksum behind the end of the quote is the extension's", {.type = 11, .code = 0, .words = 7},
           {joined(quotes(tcp()).outside, mpls_extension()), joined(quotes(tcp()).inside, mpls_extension())}),
      tagged,
      optioned,
  };
}

std::vector<Row> where_it_goes() {
  const Error late{.type = 11, .code = 0};
  Row tired = told("an error with TTL 1 ends here", late, quotes(udp()));
  tired.in = late.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress).ttl(1), quotes(udp()).outside);
  tired.verdict = CGN_VERDICT_TTL_EXCEEDED;
  tired.out = {};
  Row away = told("errors need no daemon", late, quotes(udp(), 60));
  away.daemon_away = true;
  Row padded_row = told("the zero bytes of a padded frame stay where they are", late, quotes(udp()));
  padded_row.in =
      late.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress), quotes(udp()).outside).padding(18, 0xa5);
  return {tired, away, padded_row};
}

}  // namespace

std::vector<Row> icmp_error_rows() {
  auto rows = every_type();
  for (auto part : {every_quote, options_and_extensions, where_it_goes}) {
    auto more = part();
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

}  // namespace cgn::test
