// SPDX-License-Identifier: Apache-2.0
// Fragments of whole addresses: no port is needed, so the kernel sends each as it comes, first or later, in any order. Their
// identification is the host's own business, which nobody else shares.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr std::uint8_t kEsp = 50;

const Mapping kErinWhole = mapped_whole(kErin, kErinOutside);
const Mapping kFrankWhole = mapped_whole(kFrank, kFrankOutside);
const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

Frame in_of_erin(Ipv4 to = kWeb) { return received_by(Link::internal).ipv4(kErin, to); }
Frame out_of_erin(Ipv4 to = kWeb) { return sent_by(Link::external).ipv4(kErinOutside, to).ttl(63); }
Frame to_erin() { return received_by(Link::external).ipv4(kWeb, kErinOutside); }
Frame at_erin() { return sent_by(Link::internal).ipv4(kWeb, kErin).ttl(63); }

Row outbound(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says, .given = {kErinWhole}, .in = in, .out = out};
}
Row inbound(std::string_view says, const Bytes& in, const Bytes& out) {
  return {.says = says, .given = {kErinWhole}, .link = Link::external, .in = in, .egress = Link::internal, .out = out};
}
Row refused(std::string_view says, Verdict verdict, const Bytes& in) {
  return {.says = says, .given = {kErinWhole}, .in = in, .verdict = verdict};
}

}  // namespace

std::vector<Row> whole_fragment_rows() {
  return {
      outbound("a 1:1 host's first fragment leaves alone, its UDP sum put right",
               in_of_erin().udp(5000, 53).payload_of(1024).fragment(0, true),
               out_of_erin().udp(5000, 53).payload_of(1024).fragment(0, true)),
      outbound("a 1:1 host's later fragment leaves alone",
               in_of_erin().protocol(17).payload_of(512).fragment(1032, false),
               out_of_erin().protocol(17).payload_of(512).fragment(1032, false)),
      inbound("a 1:1 host gets a first fragment of TCP",
              to_erin().tcp(443, 5000, kAck).payload_of(44).fragment(0, true),
              at_erin().tcp(443, 5000, kAck).payload_of(44).fragment(0, true)),
      inbound("a 1:1 host gets a later fragment of a ping", to_erin().protocol(1).payload_of(56).fragment(1480, false),
              at_erin().protocol(1).payload_of(56).fragment(1480, false)),
      inbound("a 1:1 host gets a first fragment of ESP", to_erin().protocol(kEsp).payload_of(64).fragment(0, true),
              at_erin().protocol(kEsp).payload_of(64).fragment(0, true)),
      inbound("a 1:1 host gets a later fragment of ESP", to_erin().protocol(kEsp).payload_of(64).fragment(64, false),
              at_erin().protocol(kEsp).payload_of(64).fragment(64, false)),
      refused("a cut through the TCP header of a 1:1 host is refused", CGN_VERDICT_FRAGMENT_TINY,
              in_of_erin().protocol(6).payload_of(16).fragment(0, true)),
      refused("so is a fragment that reaches it from behind", CGN_VERDICT_FRAGMENT_TINY,
              in_of_erin().protocol(6).payload_of(16).fragment(8, false)),
      refused("a fragment of ESP that is no multiple of eight bytes is refused", CGN_VERDICT_TRUNCATED,
              in_of_erin().protocol(kEsp).payload_of(63).fragment(0, true)),
      refused("an ICMP error in fragments is not a 1:1 host's either", CGN_VERDICT_ICMP_UNMATCHED,
              in_of_erin().icmp(3, 1).payload_of(64).fragment(0, true)),
      {.says = "a first fragment of a 1:1 host whose row is not in the log is not held",
       .in = in_of_erin().udp(5000, 53).payload_of(1024).fragment(0, true),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "a 1:1 host's fragments reach another by hairpin",
       .given = {kErinWhole, kFrankWhole},
       .in = in_of_erin(kFrankOutside).protocol(17).payload_of(512).fragment(1032, false),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal)
                  .ipv4(kErinOutside, kFrank)
                  .ttl(63)
                  .protocol(17)
                  .payload_of(512)
                  .fragment(1032, false)},
      {.says = "to a subscriber of a pool they need the slow path, which knows the ports",
       .given = {kErinWhole, kAliceUdp},
       .in = in_of_erin(kPoolAddress).protocol(17).payload_of(512).fragment(1032, false),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = sent_by(Link::internal)
                  .ipv4(kErinOutside, kAlice)
                  .ttl(63)
                  .identification(0x9b1d)
                  .protocol(17)
                  .payload_of(512)
                  .fragment(1032, false),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT,
                    .direction = CGN_HAIRPIN,
                    .next_hop_state = CGN_NEXT_HOP_NONE,
                    .egress = Link::internal},
       .new_identification = 0x9b1d},
      {.says = "a 1:1 host's fragment is held for its next hop like a packet",
       .given = {kErinWhole},
       .in = in_of_erin(kSilent).protocol(17).payload_of(512).fragment(1032, false),
       .verdict = CGN_VERDICT_PUNTED,
       .out = out_of_erin(kSilent).protocol(17).payload_of(512).fragment(1032, false),
       .punt =
           Punt{.reason = CGN_PUNT_NEXT_HOP, .next_hop_state = CGN_NEXT_HOP_UNRESOLVED, .next_hop = kSilentNextHop}},
  };
}

}  // namespace cgn::test
