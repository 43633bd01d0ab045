// SPDX-License-Identifier: Apache-2.0
// ICMP errors about packets of whole addresses: only addresses are restored, whatever was quoted (RFC 5508 REQ-4, REQ-5).
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

constexpr std::uint8_t kEsp = 50;
constexpr Ipv4 kAccessRouter = facts(Link::internal).next_hop;

const Mapping kErinWhole = mapped_whole(kErin, kErinOutside);
const Mapping kFrankWhole = mapped_whole(kFrank, kFrankOutside);
const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));

using Transport = void (*)(Frame&);

// Of a router far away, about what a 1:1 host sent.
Row inbound(std::string_view says, const Error& error, Transport transport, bool numbered = false) {
  Frame left = Frame{}.ipv4(kErinOutside, kWeb).ttl(60), sent = Frame{}.ipv4(kErin, kWeb).ttl(60);
  if (!numbered) left.dont_fragment(), sent.dont_fragment();
  transport(left);
  transport(sent);
  return {.says = says,
          .given = {kErinWhole, kAliceUdp},
          .link = Link::external,
          .in = error.on(received_by(Link::external).ipv4(kFarRouter, kErinOutside), first_of(left, 60)),
          .egress = Link::internal,
          .out = error.on(sent_by(Link::internal).ipv4(kFarRouter, kErin).ttl(63), first_of(sent, 60))};
}

// Of a 1:1 host, or of a router before it, about what was sent to it.
Row outbound(std::string_view says, Ipv4 teller, Transport transport) {
  Frame got = atomic(kWeb, kErin).ttl(60), sent = atomic(kWeb, kErinOutside).ttl(60);
  transport(got);
  transport(sent);
  return {.says = says,
          .given = {kErinWhole, kAliceUdp},
          .in = Error{}.on(received_by(Link::internal).ipv4(teller, kWeb), first_of(got, 60)),
          .out = Error{}.on(sent_by(Link::external).ipv4(kErinOutside, kWeb).ttl(63), first_of(sent, 60))};
}

Row between(std::string_view says, Transport transport) {
  Frame got = atomic(kErinOutside, kFrank).ttl(60), sent = atomic(kErin, kFrankOutside).ttl(60);
  transport(got);
  transport(sent);
  return {.says = says,
          .given = {kErinWhole, kFrankWhole},
          .in = Error{}.on(received_by(Link::internal).ipv4(kFrank, kErinOutside), first_of(got, 60)),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = Error{}.on(sent_by(Link::internal).ipv4(kFrankOutside, kErin).ttl(63), first_of(sent, 60))};
}

Row with_alice() {
  const auto got = first_of(atomic(kErinOutside, kAlice).ttl(60).udp(6000, 5000).payload_of(30), 60);
  const auto sent = first_of(atomic(kErin, kPoolAddress).ttl(60).udp(6000, 40000).payload_of(30), 60);
  return {.says = "a subscriber of a pool tells a 1:1 host that its port is closed",
          .given = {kErinWhole, kAliceUdp},
          .in = Error{}.on(received_by(Link::internal).ipv4(kAlice, kErinOutside), got),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = Error{}.on(sent_by(Link::internal).ipv4(kPoolAddress, kErin).ttl(63), sent)};
}

}  // namespace

std::vector<Row> whole_error_rows() {
  const Error too_big{.type = 3, .code = 4, .mtu = 1400};
  return {
      inbound("an error about a 1:1 host's UDP finds it", {}, [](Frame& f) { f.udp(5000, 53).payload_of(30); }),
      inbound(
          "and leaves the identification that the host gave", {}, [](Frame& f) { f.udp(5000, 53).payload_of(30); },
          true),
      inbound("an error about a 1:1 host's TCP finds it", too_big,
              [](Frame& f) { f.tcp(5000, 443, kAck).payload_of(30); }),
      inbound("an error about a 1:1 host's ping finds it", {.type = 11, .code = 0},
              [](Frame& f) { f.echo_request(77).payload_of(30); }),
      inbound("an error about a 1:1 host's ESP finds it", too_big, [](Frame& f) { f.protocol(kEsp).payload_of(40); }),
      inbound("an error about a 1:1 host's UDP-Lite has its sum restored", {},
              [](Frame& f) { f.udplite(5000, 53).payload_of(30); }),
      outbound("a 1:1 host says that a port is closed", kErin, [](Frame& f) { f.udp(53, 9).payload_of(30); }),
      outbound("a 1:1 host says that it speaks no ESP", kErin, [](Frame& f) { f.protocol(kEsp).payload_of(40); }),
      outbound("an access router says so for it", kAccessRouter, [](Frame& f) { f.tcp(443, 22, kSyn); }),
      between("a 1:1 host tells another by hairpin", [](Frame& f) { f.tcp(5000, 443, kSyn).payload_of(20); }),
      between("also of ESP", [](Frame& f) { f.protocol(kEsp).payload_of(40); }),
      with_alice(),
      {.says = "an error about ESP of a pool's address finds nobody",
       .given = {kErinWhole, kAliceUdp},
       .link = Link::external,
       .in = Error{}.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress),
                        first_of(atomic(kPoolAddress, kWeb).protocol(kEsp).payload_of(40))),
       .verdict = CGN_VERDICT_ICMP_UNMATCHED},
  };
}

}  // namespace cgn::test
