// SPDX-License-Identifier: Apache-2.0
// PPTP with its gateway on: control connections go to the slow path, and the GRE of calls is told apart by call ids.
#include "cgn/tunnel.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

// Two subscribers of one external address chose the same id; the server knows the second by another.
const Mapping kOfAlice = called(kAlice, kPoolAddress, kWeb, {.own = 7, .shown = 7, .peer = 0x1001});
const Mapping kOfBob = called(kBob, kPoolAddress, kWeb, {.own = 7, .shown = 0x2002, .peer = 0x1002});

Bytes gre(unsigned call, std::size_t size = 48, unsigned type = 0x880b) {
  Bytes out;
  for (const auto v : {0x30U, 0x01U, type >> 8, type & 255, 0U, 40U, call >> 8, call & 255}) {
    out.push_back(static_cast<std::byte>(v));
  }
  for (auto i = out.size(); i < size; ++i) out.push_back(static_cast<std::byte>(i * 5));
  return out;
}

Frame from(Ipv4 subscriber) { return received_by(Link::internal).ipv4(subscriber, kWeb).dont_fragment().protocol(47); }
Frame leaves() { return sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).dont_fragment().protocol(47); }
Frame to_pool() { return received_by(Link::external).ipv4(kWeb, kPoolAddress).protocol(47); }
Frame to(Ipv4 subscriber) { return sent_by(Link::internal).ipv4(kWeb, subscriber).ttl(63).protocol(47); }

Row out(std::string_view says, Ipv4 subscriber, unsigned call) {
  return {.says = says,
          .given = {kOfAlice, kOfBob},
          .in = from(subscriber).payload(gre(call)),
          .out = leaves().payload(gre(call)),
          .alg_pptp = true};
}

Row in(std::string_view says, unsigned shown, Ipv4 subscriber, unsigned own) {
  return {.says = says,
          .given = {kOfAlice, kOfBob},
          .link = Link::external,
          .in = to_pool().payload(gre(shown)),
          .egress = Link::internal,
          .out = to(subscriber).payload(gre(own)),
          .alg_pptp = true};
}

Row nobodys(Row row) {
  row.verdict = CGN_VERDICT_NO_MAPPING;
  row.out = {};
  return row;
}

std::vector<Row> of_gre() {
  auto other_type = in("GRE of version 1 that is not PPP's bears no call", 7, kAlice, 7);
  other_type.in = to_pool().payload(gre(7, 48, 0x0800));
  auto plain = in("a call that nobody knows is GRE like any other", 0x3003, kBob, 0x3003);
  plain.given.push_back(tunnelled(kGre, kBob, kPoolAddress, kWeb));
  auto off = plain;
  off.says = "with the gateway off a call's id is not looked at";
  off.alg_pptp = false;
  off.in = to_pool().payload(gre(7));
  off.out = to(kBob).payload(gre(7));
  auto unknown = out("nor does one that leaves by a call that nobody knows", kBob, 0x4004);
  unknown.given = {tunnelled(kGre, kBob, kPoolAddress, kWeb), kOfAlice};
  auto short_one = in("a call's header alone is enough", 0x2002, kBob, 7);
  short_one.in = to_pool().payload(gre(0x2002, 8));
  short_one.out = to(kBob).payload(gre(7, 8));
  auto cut = in("the first fragment of a call's packet bears its id", 0x2002, kBob, 7);
  cut.in = to_pool().payload(gre(0x2002, 1480)).fragment(0, true);
  cut.verdict = CGN_VERDICT_PUNTED;
  cut.out = to(kBob).payload(gre(7, 1480)).fragment(0, true);
  cut.punt = Punt{.reason = CGN_PUNT_FRAGMENT, .direction = CGN_INBOUND, .egress = Link::internal};
  return {
      out("what a call sends leaves as it is but for its address", kAlice, 0x1001),
      out("so does that of another subscriber with the same external address and remote", kBob, 0x1002),
      in("what comes for a call reaches who it is for", 7, kAlice, 7),
      in("where ids collide inside, the one that the remote knows becomes the one that was chosen", 0x2002, kBob, 7),
      nobodys(in("a call id that nobody has from that remote is nobody's", 0x5005, kAlice, 7)),
      nobodys(other_type),
      plain,
      off,
      unknown,
      short_one,
      cut};
}

// --- control connections ---------------------------------------------------------------------------------------------

const Mapping kControl = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000), at_port(kWeb, 1723));

Row control(std::string_view says, bool on) {
  return {.says = says,
          .given = {kControl},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 1723, kAck).payload("as it is"),
          .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, 1723, kAck).payload("as it is"),
          .seen = CGN_SEEN_ACK,
          .alg_pptp = on};
}

std::vector<Row> of_control() {
  auto punted = control("PPTP's control connection goes to the slow path", true);
  punted.verdict = CGN_VERDICT_PUNTED;
  punted.punt = Punt{.reason = CGN_PUNT_ALG};
  auto ftp = control("FTP's gateway does not look at PPTP's port", false);
  ftp.alg_ftp = true;
  auto other = control("PPTP's gateway does not look at FTP's port", true);
  other.in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 21, kAck).payload("as it is");
  other.out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, 21, kAck).payload("as it is");
  return {punted, control("with the gateway off it stays in the kernel", false), ftp, other};
}

}  // namespace

std::vector<Row> call_rows() {
  auto rows = of_gre();
  for (auto& row : of_control()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace cgn::test
