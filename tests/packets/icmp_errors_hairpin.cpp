// SPDX-License-Identifier: Apache-2.0
// ICMP errors between subscribers (RFC 5508 REQ-7): both ends of the quoted packet are restored, for each side knows the
// other by its external endpoint only.
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

constexpr Ipv4 kAccessRouter = facts(Link::internal).next_hop;

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceOther = mapped(Proto::udp, at_port(kAlice, 5001), at_port(kPoolAddress, 40001));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));
const Mapping kBobTcp = mapped(Proto::tcp, at_port(kBob, 8080), at_port(kOtherPoolAddress, 51000));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000));
const Mapping kBobPing = mapped(Proto::icmp, at_port(kBob, 78), at_port(kOtherPoolAddress, 42000));
const Mapping kDaveUdp = mapped(Proto::udp, at_port(kDave, 7000), at_port(kOtherPoolAddress, 52000));

// A packet of alice to bob, as bob received it and as alice sent it.
Frame received() { return atomic(kPoolAddress, kBob).ttl(60); }
Frame sent() { return atomic(kAlice, kOtherPoolAddress).ttl(60); }

// DF clear, as the subscribers' stacks send most: what the other received has the number that the external end gave it.
Bytes numbered(Frame frame, const Mapping& m, bool received_so) {
  const auto moved = received_so ? identification_offset(m.external, m.proto) : 0;
  frame.fragment(0, false).identification(static_cast<std::uint16_t>(0x4321 + moved));
  return first_of(frame, 68);
}

Row between(std::string_view says, const Error& error, const Bytes& in, const Bytes& out, Ipv4 from = kBob) {
  return {.says = says,
          .given = {kAliceUdp, kAliceOther, kAliceTcp, kBobUdp, kBobTcp, kAlicePing, kBobPing},
          .in = error.on(received_by(Link::internal).ipv4(from, kPoolAddress), in),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = error.on(sent_by(Link::internal).ipv4(kOtherPoolAddress, kAlice).ttl(63), out)};
}
Row refused(std::string_view says, const Bytes& in, Ipv4 from = kBob) {
  auto row = between(says, {}, in, {}, from);
  row.verdict = CGN_VERDICT_ICMP_UNMATCHED;
  row.out = {};
  return row;
}

std::vector<Row> restored() {
  const auto in = first_of(received().udp(40000, 6000).payload_of(90));
  const auto out = first_of(sent().udp(5000, 50000).payload_of(90));
  Row self = between("a subscriber's error about its own other mapping comes back to it", {}, {}, {});
  self.in = Error{}.on(received_by(Link::internal).ipv4(kAlice, kPoolAddress),
                       first_of(atomic(kPoolAddress, kAlice).ttl(60).udp(40000, 5001).payload_of(90), 118));
  self.out = Error{}.on(sent_by(Link::internal).ipv4(kPoolAddress, kAlice).ttl(63),
                        first_of(atomic(kAlice, kPoolAddress).ttl(60).udp(5000, 40001).payload_of(90), 118));
  Row dave = between("a hairpinned error comes from behind two tags", {}, {}, {});
  dave.given = {kAliceUdp, kDaveUdp};
  dave.link = Link::internal_qinq;
  dave.in = Error{}.on(received_by(Link::internal_qinq).ipv4(kDave, kPoolAddress),
                       first_of(atomic(kPoolAddress, kDave).ttl(60).udp(40000, 7000).payload_of(90)));
  dave.out = Error{}.on(sent_by(Link::internal).ipv4(kOtherPoolAddress, kAlice).ttl(63),
                        first_of(atomic(kAlice, kOtherPoolAddress).ttl(60).udp(5000, 52000).payload_of(90)));
  return {
      between("a port unreachable of one subscriber reaches the other", {}, in, out),
      between("so does a path MTU about TCP", {.type = 3, .code = 4, .mtu = 1400},
              first_of(received().dont_fragment().tcp(41000, 8080, kAck).payload_of(700), 576 - 28),
              first_of(sent().dont_fragment().tcp(5000, 51000, kAck).payload_of(700), 576 - 28)),
      between("the identifier of a hairpinned echo is restored to its sender's", {.type = 3, .code = 2},
              first_of(received().echo_request(78).payload_of(40), 68),
              first_of(sent().echo_request(77).payload_of(40), 68)),
      between("an access router between two subscribers comes as the receiver's external address",
              {.type = 11, .code = 0}, in, out, kAccessRouter),
      between("a hairpinned error moves the quoted identification back", {},
              numbered(received().udp(40000, 6000).payload_of(90), kAliceUdp, true),
              numbered(sent().udp(5000, 50000).payload_of(90), kAliceUdp, false)),
      between("and so about a hairpinned echo, though the receiver sees another identifier", {},
              numbered(received().echo_request(78).payload_of(40), kAlicePing, true),
              numbered(sent().echo_request(77).payload_of(40), kAlicePing, false)),
      self,
      dave,
  };
}

std::vector<Row> about_others() {
  Row of_router = between("an access router's error about a packet to itself is inbound", {}, {}, {});
  of_router.in = Error{}.on(received_by(Link::internal).ipv4(kAccessRouter, kPoolAddress),
                            first_of(atomic(kPoolAddress, kAccessRouter).ttl(60).udp(40000, 9).payload_of(90)));
  of_router.verdict = CGN_VERDICT_TRANSLATED;
  of_router.out = Error{}.on(sent_by(Link::internal).ipv4(kAccessRouter, kAlice).ttl(63),
                             first_of(atomic(kAlice, kAccessRouter).ttl(60).udp(5000, 9).payload_of(90)));
  return {
      refused("a subscriber cannot tell another about a third one's packet",
              first_of(received().udp(40000, 6000).payload_of(90)), kCarol),
      refused("a subscriber cannot tell another about a packet to a port that it does not hold",
              first_of(received().udp(40000, 6001).payload_of(90))),
      refused("a subscriber cannot tell another about a packet from a port that nobody holds",
              first_of(received().udp(40009, 6000).payload_of(90))),
      refused("a hairpinned error must go to the sender of what it quotes",
              first_of(atomic(kOtherPoolAddress, kBob).ttl(60).udp(40000, 6000).payload_of(90))),
      of_router,
  };
}

}  // namespace

std::vector<Row> icmp_error_hairpin_rows() {
  auto rows = restored();
  auto more = about_others();
  rows.insert(rows.end(), more.begin(), more.end());
  return rows;
}

}  // namespace cgn::test
