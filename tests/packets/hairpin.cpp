// SPDX-License-Identifier: Apache-2.0
// From one subscriber to another's external endpoint, or to its own: both ends are translated (RFC 4787 REQ-9), and the
// receiver sees the sender's external endpoint.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceOther = mapped(Proto::udp, at_port(kAlice, 5001), at_port(kPoolAddress, 40001));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 6000), at_port(kOtherPoolAddress, 50000));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000));
const Mapping kAliceTcp =
    mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kOtherPoolAddress, 51000));
const Mapping kBobTcp =
    mapped(Proto::tcp, at_port(kBob, 8080), at_port(kOtherPoolAddress, 51000), at_port(kPoolAddress, 41000));

}  // namespace

std::vector<Row> hairpin_rows() {
  return {
      {.says = "alice reaches bob's external endpoint and is seen by her own external one",
       .given = {kAliceUdp, kBobUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload("hello, bob"),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).udp(40000, 6000).payload("hello, bob")},
      {.says = "a subscriber reaches its own other mapping",
       .given = {kAliceUdp, kAliceOther},
       .in = received_by(Link::internal).ipv4(kAlice, kPoolAddress).udp(5000, 40001).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kAlice).ttl(63).udp(40000, 5001).payload_of(21)},
      {.says = "a subscriber reaches the very mapping it sends from",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kPoolAddress).udp(5000, 40000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kAlice).ttl(63).udp(40000, 5000).payload_of(21)},
      {.says = "an external endpoint that nobody holds is no_mapping from inside too",
       .given = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload_of(21),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "a first packet to another subscriber is punted as hairpin",
       .given = {kBobUdp},
       .granted = {kAliceUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 50000).payload_of(21),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).udp(40000, 6000).payload_of(21),
       .punt = Punt{.direction = CGN_HAIRPIN, .egress = Link::internal}},
      {.says = "TCP data is hairpinned",
       .given = {kAliceTcp, kBobTcp},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).tcp(5000, 51000, kPsh | kAck).payload_of(51),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).tcp(41000, 8080, kPsh | kAck).payload_of(51),
       .seen = CGN_SEEN_ACK},
      {.says = "UDP without checksum is hairpinned without one",
       .given = {kAliceUdp, kBobUdp},
       .in =
           received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp_without_checksum(5000, 50000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out =
           sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).udp_without_checksum(40000, 6000).payload_of(21)},
      {.says = "a hairpinned packet loses one hop, not two",
       .given = {kAliceUdp, kBobUdp},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).ttl(2).udp(5000, 50000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(1).udp(40000, 6000).payload_of(21)},
      {.says = "an echo to the sender's own pool address arrives with the identifier that is its own there",
       .given = {kAlicePing},
       .in = received_by(Link::internal).ipv4(kAlice, kPoolAddress).echo_request(77).payload_of(56),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kAlice).ttl(63).echo_request(77).payload_of(56)},
      {.says = "an echo to another's pool address has only the sender's identifier, which nobody holds there",
       .given = {kAlicePing, mapped(Proto::icmp, at_port(kBob, 78), at_port(kOtherPoolAddress, 42001))},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).echo_request(77).payload_of(56),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "two subscribers with one external identifier on two addresses reach each other by echo",
       .given = {kAlicePing, mapped(Proto::icmp, at_port(kBob, 78), at_port(kOtherPoolAddress, 42000))},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).echo_request(77).payload_of(57),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kPoolAddress, kBob).ttl(63).echo_request(78).payload_of(57)},
      {.says = "an echo to the pool without a mapping of its own can reach nobody",
       .given = {mapped(Proto::icmp, at_port(kBob, 78), at_port(kOtherPoolAddress, 77))},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).echo_request(77).payload_of(56),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "hairpin crosses to a subscriber behind two tags",
       .given = {kAliceUdp, mapped(Proto::udp, at_port(kDave, 7000), at_port(kOtherPoolAddress, 52000))},
       .in = received_by(Link::internal).ipv4(kAlice, kOtherPoolAddress).udp(5000, 52000).payload_of(21),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal_qinq,
       .out = sent_by(Link::internal_qinq).ipv4(kPoolAddress, kDave).ttl(63).udp(40000, 7000).payload_of(21)},
  };
}

}  // namespace cgn::test
