// SPDX-License-Identifier: Apache-2.0
// Whole addresses: every transport and every port passes, both ways; what comes with ports keeps them.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr std::uint8_t kSixInFour = 41, kGre = 47, kEsp = 50, kSctp = 132, kUdpLite = 136;

const Mapping kErinWhole = mapped_whole(kErin, kErinOutside);
const Mapping kFrankWhole = mapped_whole(kFrank, kFrankOutside);
const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000));

Frame in_of_erin(Ipv4 to = kWeb) { return received_by(Link::internal).ipv4(kErin, to); }
Frame out_of_erin(Ipv4 to = kWeb) { return sent_by(Link::external).ipv4(kErinOutside, to).ttl(63); }
Frame to_erin() { return received_by(Link::external).ipv4(kWeb, kErinOutside); }
Frame at_erin() { return sent_by(Link::internal).ipv4(kWeb, kErin).ttl(63); }

using Transport = void (*)(Frame&);

Row outbound(std::string_view says, Transport transport) {
  auto in = in_of_erin(), out = out_of_erin();
  transport(in);
  transport(out);
  return {.says = says, .given = {kErinWhole}, .in = in, .out = out};
}
Row inbound(std::string_view says, Transport transport) {
  auto in = to_erin(), out = at_erin();
  transport(in);
  transport(out);
  return {.says = says, .given = {kErinWhole}, .link = Link::external, .in = in, .egress = Link::internal, .out = out};
}
Row refused(std::string_view says, Verdict verdict, Link link, const Bytes& in) {
  return {.says = says, .given = {kErinWhole, kAliceUdp}, .link = link, .in = in, .verdict = verdict};
}

std::vector<Row> with_ports() {
  return {
      outbound("a 1:1 host's UDP keeps its port", [](Frame& f) { f.udp(5000, 53).payload_of(30); }),
      outbound("a 1:1 host's UDP without a checksum stays without",
               [](Frame& f) { f.udp_without_checksum(5000, 53).payload_of(31); }),
      outbound("a 1:1 host's connection keeps its port", [](Frame& f) { f.tcp(5000, 443, kSyn); }),
      outbound("a 1:1 host's ping keeps its identifier", [](Frame& f) { f.echo_request(77).payload_of(56); }),
      inbound("a stranger's UDP reaches a 1:1 host on any port", [](Frame& f) { f.udp(53, 9).payload_of(30); }),
      inbound("a stranger's SYN reaches a 1:1 host on any port", [](Frame& f) { f.tcp(50000, 22, kSyn); }),
      inbound("a stranger's RST ends nothing of a 1:1 host", [](Frame& f) { f.tcp(50000, 22, kRst); }),
      inbound("a stranger's ping reaches a 1:1 host", [](Frame& f) { f.echo_request(4711).payload_of(56); }),
      inbound("port 0 is a port like any other of a 1:1 host", [](Frame& f) { f.udp(53, 0).payload_of(4); }),
  };
}

std::vector<Row> opaque() {
  return {
      outbound("a 1:1 host's ESP leaves", [](Frame& f) { f.protocol(kEsp).payload_of(84); }),
      inbound("a stranger's ESP reaches a 1:1 host", [](Frame& f) { f.protocol(kEsp).payload_of(84); }),
      outbound("a 1:1 host's GRE leaves", [](Frame& f) { f.protocol(kGre).payload_of(40); }),
      inbound("a stranger's SCTP reaches a 1:1 host", [](Frame& f) { f.protocol(kSctp).payload_of(40); }),
      outbound("a transport that nobody knows leaves a 1:1 host with nothing behind it",
               [](Frame& f) { f.protocol(253); }),
      outbound("UDP-Lite of a 1:1 host has its sum put right", [](Frame& f) { f.udplite(5000, 53).payload_of(30); }),
      inbound("DCCP has its sum put right where UDP has it", [](Frame& f) { f.dccp(53, 5000).payload_of(30); }),
      outbound("a wrong sum of UDP-Lite stays wrong by as much",
               [](Frame& f) { f.udplite(5000, 53).payload_of(30).wrong_transport_checksum(7); }),
  };
}

std::vector<Row> hairpin() {
  const auto turned = [](std::string_view says, const std::vector<Mapping>& given, const Bytes& in, const Bytes& out) {
    return Row{.says = says,
               .given = given,
               .in = in,
               .verdict = CGN_VERDICT_HAIRPINNED,
               .egress = Link::internal,
               .out = out};
  };
  const auto from_alice = [](Ipv4 to) { return received_by(Link::internal).ipv4(kAlice, to); };
  const auto arrives = [](Ipv4 from, Ipv4 to) { return sent_by(Link::internal).ipv4(from, to).ttl(63); };
  return {
      turned("a 1:1 host reaches another by its external address", {kErinWhole, kFrankWhole},
             in_of_erin(kFrankOutside).tcp(5000, 443, kSyn), arrives(kErinOutside, kFrank).tcp(5000, 443, kSyn)),
      turned("so does its ESP", {kErinWhole, kFrankWhole}, in_of_erin(kFrankOutside).protocol(kEsp).payload_of(20),
             arrives(kErinOutside, kFrank).protocol(kEsp).payload_of(20)),
      turned("a 1:1 host's ping reaches another with its identifier", {kErinWhole, kFrankWhole},
             in_of_erin(kFrankOutside).echo_request(77), arrives(kErinOutside, kFrank).echo_request(77)),
      turned("a subscriber of a pool reaches a 1:1 host", {kErinWhole, kAliceUdp},
             from_alice(kErinOutside).udp(5000, 53).payload_of(8),
             arrives(kPoolAddress, kErin).udp(40000, 53).payload_of(8)),
      turned("and pings it with the identifier that its pool gave", {kErinWhole, kAlicePing},
             from_alice(kErinOutside).echo_request(77), arrives(kPoolAddress, kErin).echo_request(42000)),
      turned("a 1:1 host reaches a subscriber of a pool", {kErinWhole, kAliceUdp},
             in_of_erin(kPoolAddress).udp(6000, 40000).payload_of(8),
             arrives(kErinOutside, kAlice).udp(6000, 5000).payload_of(8)),
      {.says = "a subscriber's first ping of a 1:1 host asks the slow path, too",
       .given = {kErinWhole},
       .granted = {kAlicePing},
       .in = from_alice(kErinOutside).echo_request(77),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = arrives(kPoolAddress, kErin).echo_request(42000),
       .punt = Punt{.direction = CGN_HAIRPIN, .egress = Link::internal}},
      {.says = "a subscriber's first packet to a 1:1 host asks the slow path",
       .given = {kErinWhole},
       .granted = {kAliceUdp},
       .in = from_alice(kErinOutside).udp(5000, 53).payload_of(8),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = arrives(kPoolAddress, kErin).udp(40000, 53).payload_of(8),
       .punt = Punt{.direction = CGN_HAIRPIN, .egress = Link::internal}},
  };
}

std::vector<Row> beyond() {
  const auto esp_to = [](Ipv4 to) { return in_of_erin(to).protocol(kEsp).payload_of(40); };
  return {
      {.says = "a transport that nobody reads reaches nobody at an address of a pool",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).protocol(kSixInFour).payload_of(40),
       .verdict = CGN_VERDICT_PROTOCOL},
      refused("UDP-Lite that ends before its sum is truncated", CGN_VERDICT_TRUNCATED, Link::internal,
              in_of_erin().protocol(kUdpLite).payload_of(7)),
      refused("a 1:1 host's ICMP of no translated type is refused", CGN_VERDICT_ICMP_TYPE, Link::internal,
              in_of_erin().icmp(17, 0).payload_of(4)),
      {.says = "a 1:1 address whose row is not in the log hears no ESP",
       .given = {kFrankWhole},
       .link = Link::external,
       .in = to_erin().protocol(kEsp).payload_of(40),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "a 1:1 host whose row is not in the log sends no ESP",
       .given = {kFrankWhole},
       .in = in_of_erin().protocol(kEsp).payload_of(40),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "a 1:1 host's ESP is held for its next hop",
       .given = {kErinWhole},
       .in = esp_to(kSilent),
       .verdict = CGN_VERDICT_PUNTED,
       .out = out_of_erin(kSilent).protocol(kEsp).payload_of(40),
       .punt =
           Punt{.reason = CGN_PUNT_NEXT_HOP, .next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop}},
      {.says = "a 1:1 host's ESP of TTL 1 is told",
       .given = {kErinWhole},
       .in = in_of_erin().ttl(1).protocol(kEsp).payload_of(40),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_TTL_EXCEEDED),
       .answer = sent_by(Link::internal)
                     .ipv4(facts(Link::internal).own, kErin)
                     .tos(0xc0)
                     .identification(0)
                     .dont_fragment()
                     .icmp(11, 0)
                     .payload(in_of_erin().ttl(1).protocol(kEsp).payload_of(40).packet())},
  };
}

}  // namespace

std::vector<Row> whole_rows() {
  std::vector<Row> all;
  for (const auto& rows : {with_ports(), opaque(), hairpin(), beyond()})
    all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace cgn::test
