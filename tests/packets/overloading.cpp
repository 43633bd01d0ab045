// SPDX-License-Identifier: Apache-2.0
// TCP connections that share external ports: who is meant is told by the remote, in every direction and in what errors
// quote; what serves all remotes is found after them.
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

// Two internal endpoints on one external port, and each on a second one.
const Mapping kGinaWeb = connected(at_port(kGina, 5000), at_port(kSharedAddress, 41000), at_port(kWeb, 443));
const Mapping kGinaResolver = connected(at_port(kGina, 5000), at_port(kSharedAddress, 41000), at_port(kResolver, 443));
const Mapping kHenriResolver =
    connected(at_port(kHenri, 6000), at_port(kSharedAddress, 41000), at_port(kResolver, 853));
const Mapping kHenriWeb = connected(at_port(kHenri, 6000), at_port(kSharedAddress, 41001), at_port(kWeb, 443));
const std::vector<Mapping> kAll{kGinaWeb, kGinaResolver, kHenriResolver, kHenriWeb};

Row leaves(std::string_view says, const Mapping& m, std::uint8_t flags, std::uint8_t seen) {
  const auto from = m.internal.port.value(), to = m.remote.port.value(), outside = m.external.port.value();
  return {
      .says = says,
      .given = kAll,
      .in = received_by(Link::internal).ipv4(m.internal.address, m.remote.address).tcp(from, to, flags).payload_of(9),
      .out = sent_by(Link::external)
                 .ipv4(m.external.address, m.remote.address)
                 .ttl(63)
                 .tcp(outside, to, flags)
                 .payload_of(9),
      .seen = seen};
}

Row arrives(std::string_view says, const Mapping& m, std::uint8_t flags, std::uint8_t seen) {
  const auto from = m.remote.port.value(), to = m.internal.port.value(), outside = m.external.port.value();
  return {
      .says = says,
      .given = kAll,
      .link = Link::external,
      .in = received_by(Link::external)
                .ipv4(m.remote.address, m.external.address)
                .tcp(from, outside, flags)
                .payload_of(9),
      .egress = Link::internal,
      .out =
          sent_by(Link::internal).ipv4(m.remote.address, m.internal.address).ttl(63).tcp(from, to, flags).payload_of(9),
      .seen = seen};
}

std::vector<Row> segments() {
  return {
      leaves("a connection leaves by the port that it shares", kGinaWeb, kAck, CGN_SEEN_ACK),
      leaves("so does the same endpoint's to another remote", kGinaResolver, kAck, CGN_SEEN_ACK),
      leaves("so does another endpoint's", kHenriResolver, kAck, CGN_SEEN_ACK),
      leaves("whose connection with a remote that the port serves already leaves by another", kHenriWeb, kAck,
             CGN_SEEN_ACK),
      leaves("a SYN of a connection is the kernel's own, and makes nothing shared", kGinaWeb, kSyn, CGN_SEEN_SYN),
      leaves("so is a FIN", kHenriResolver, kFin | kAck, CGN_SEEN_FIN | CGN_SEEN_ACK),
      arrives("what comes to a shared port is its remote's partner's", kGinaWeb, kAck, CGN_SEEN_ACK),
      arrives("also of two connections with one remote address", kGinaResolver, kAck, CGN_SEEN_ACK),
      arrives("which its port tells apart", kHenriResolver, kAck, CGN_SEEN_ACK),
      arrives("a SYN-ACK comes in by its connection", kHenriWeb, kSyn | kAck, CGN_SEEN_SYN | CGN_SEEN_ACK),
      arrives("a FIN of one connection marks no other", kGinaResolver, kFin | kAck, CGN_SEEN_FIN | CGN_SEEN_ACK),
  };
}

std::vector<Row> strangers() {
  const auto knock = [](std::string_view says, Ipv4 from, unsigned port) {
    return Row{.says = says,
               .given = kAll,
               .link = Link::external,
               .in = received_by(Link::external).ipv4(from, kSharedAddress).tcp(port, 41000, kAck).payload_of(6),
               .verdict = CGN_VERDICT_NO_MAPPING};
  };
  return {
      knock("another port of a connection's remote reaches nobody", kWeb, 444),
      knock("nor does another remote", kVlanWeb, 443),
      {.says = "a first packet to another remote is punted, whatever else its endpoint has",
       .given = kAll,
       .granted = {connected(at_port(kGina, 5000), at_port(kSharedAddress, 41000), at_port(kWeb, 80))},
       .in = received_by(Link::internal).ipv4(kGina, kWeb).tcp(5000, 80, kSyn).tcp_options(5),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kSharedAddress, kWeb).ttl(63).tcp(41000, 80, kSyn).tcp_options(5),
       .punt = Punt{}},
  };
}

Mapping closing() {
  auto m = kGinaWeb;
  m.seen_outbound = m.seen_inbound = CGN_SEEN_SYN | CGN_SEEN_ACK | CGN_SEEN_FIN;
  return m;
}

std::vector<Row> others() {
  const Mapping server{.proto = Proto::tcp,
                       .internal = at_port(kGina, 8443),
                       .external = at_port(kSharedAddress, 443),
                       .features = CGN_FEATURE_STATIC};
  const auto udp = mapped(Proto::udp, at_port(kGina, 5000), at_port(kSharedAddress, 41000), at_port(kWeb, 443));
  return {
      {.says = "a SYN on a connection that has ended is punted, so that it begins anew",
       .given = {closing()},
       .in = received_by(Link::internal).ipv4(kGina, kWeb).tcp(5000, 443, kSyn).tcp_options(5),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kSharedAddress, kWeb).ttl(63).tcp(41000, 443, kSyn).tcp_options(5),
       .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL},
       .seen = CGN_SEEN_SYN},
      {.says = "a port forward of the same subscriber hears everybody",
       .given = {kGinaWeb, server},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kVlanWeb, kSharedAddress).tcp(50000, 443, kSyn),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kVlanWeb, kGina).ttl(63).tcp(50000, 8443, kSyn)},
      {.says = "and its server answers",
       .given = {kGinaWeb, server},
       .in = received_by(Link::internal).ipv4(kGina, kWeb).tcp(8443, 50000, kSyn | kAck),
       .out = sent_by(Link::external).ipv4(kSharedAddress, kWeb).ttl(63).tcp(443, 50000, kSyn | kAck)},
      {.says = "UDP of the same endpoint and port hears everybody",
       .given = {kGinaWeb, udp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kSharedAddress).udp(53, 41000).payload_of(12),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kGina).ttl(63).udp(53, 5000).payload_of(12)},
  };
}

std::vector<Row> between_subscribers() {
  const auto erin =
      connected(at_port(kGina, 5000), at_port(kSharedAddress, 41000), at_port(kOtherSharedAddress, 42000));
  const auto frank =
      connected(at_port(kHenri, 6000), at_port(kOtherSharedAddress, 42000), at_port(kSharedAddress, 41000));
  const auto stranger = connected(at_port(kHenri, 6000), at_port(kOtherSharedAddress, 42000), at_port(kWeb, 443));
  const auto from_erin = [] { return received_by(Link::internal).ipv4(kGina, kOtherSharedAddress); };
  return {
      {.says = "two subscribers who have connected to each other meet",
       .given = {erin, frank, stranger},
       .in = from_erin().tcp(5000, 42000, kAck).payload_of(20),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kSharedAddress, kHenri).ttl(63).tcp(41000, 6000, kAck).payload_of(20),
       .seen = CGN_SEEN_ACK},
      {.says = "one who has not connected to the other does not hear it",
       .given = {erin, stranger},
       .in = from_erin().tcp(5000, 42000, kAck).payload_of(20),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says =
           "the SYN to one who shares ports makes its sender's connection, and reaches whoever has connected to that",
       .given = {frank},
       .in = from_erin().tcp(5000, 42000, kSyn).tcp_options(5),
       .verdict = CGN_VERDICT_PUNTED,
       .punt = told_of(CGN_PUNT_FIRST_PACKET, CGN_HAIRPIN)},
      {.says = "what does not open a connection to such a one is dropped",
       .given = {frank},
       .in = from_erin().tcp(5000, 42000, kAck).payload_of(20),
       .verdict = CGN_VERDICT_NO_MAPPING},
  };
}

std::vector<Row> errors() {
  const auto quote = [](Ipv4 from, unsigned port, Ipv4 to, unsigned to_port) {
    return first_of(atomic(from, to).ttl(3).tcp(port, to_port, kAck).payload_of(64));
  };
  const auto told = [&](std::string_view says, const Mapping& m) {
    const auto to_port = m.remote.port.value();
    return Row{.says = says,
               .given = kAll,
               .link = Link::external,
               .in = Error{}.on(received_by(Link::external).ipv4(kFarRouter, kSharedAddress),
                                quote(kSharedAddress, m.external.port.value(), m.remote.address, to_port)),
               .egress = Link::internal,
               .out = Error{}.on(sent_by(Link::internal).ipv4(kFarRouter, m.internal.address).ttl(63),
                                 quote(m.internal.address, m.internal.port.value(), m.remote.address, to_port))};
  };
  Row unknown = told("an error about a connection that nobody has reaches nobody", kGinaWeb);
  unknown.in = Error{}.on(received_by(Link::external).ipv4(kFarRouter, kSharedAddress),
                          quote(kSharedAddress, 41000, kVlanWeb, 443));
  unknown.verdict = CGN_VERDICT_ICMP_UNMATCHED;
  unknown.out = {};
  return {
      told("an error about a connection reaches the one that it quotes", kGinaWeb),
      told("and not another on the same port", kHenriResolver),
      unknown,
      {.says = "a subscriber's error about what came in by a shared port leaves from that port",
       .given = kAll,
       .in = Error{}.on(received_by(Link::internal).ipv4(kHenri, kResolver), quote(kResolver, 853, kHenri, 6000)),
       .out = Error{}.on(sent_by(Link::external).ipv4(kSharedAddress, kResolver).ttl(63),
                         quote(kResolver, 853, kSharedAddress, 41000))},
  };
}

}  // namespace

std::vector<Row> overloading_rows() {
  std::vector<Row> all;
  for (const auto& part : {segments(), strangers(), others(), between_subscribers(), errors()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace cgn::test
