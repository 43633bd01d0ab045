// SPDX-License-Identifier: Apache-2.0
// Whom a mapping hears: address-dependent and address- and port-dependent filtering (RFC 4787 REQ-8, 5382 REQ-3). That
// everybody is heard elsewhere is what the rows of inbound packets say.
#include "packets/icmp_errors.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Endpoint kInside = at_port(kAlice, 5000), kOutside = at_port(kPoolAddress, 40000);
const Endpoint kDns = at_port(kResolver, 53);

Mapping with(std::uint8_t features, Proto proto = Proto::udp) {
  auto m = mapped(proto, kInside, kOutside, kDns);
  m.features = features;
  return m;
}
const Mapping kAdf = with(CGN_FEATURE_ADF), kApdf = with(CGN_FEATURE_APDF);

const Heard kAddress{Proto::udp, kOutside, at_port(kResolver, 0)};
const Heard kEndpoint{Proto::udp, kOutside, kDns};

Row comes_in(std::string_view says, Mapping m, std::vector<Heard> heard, Endpoint from) {
  return {
      .says = says,
      .given = {m},
      .heard = std::move(heard),
      .link = Link::external,
      .in = received_by(Link::external).ipv4(from.address, kPoolAddress).udp(from.port.value(), 40000).payload_of(80),
      .egress = Link::internal,
      .out = sent_by(Link::internal).ipv4(from.address, kAlice).ttl(63).udp(from.port.value(), 5000).payload_of(80)};
}

Row filtered(std::string_view says, Mapping m, std::vector<Heard> heard, Endpoint from) {
  auto row = comes_in(says, m, std::move(heard), from);
  row.verdict = CGN_VERDICT_FILTERED;
  row.out = {};
  return row;
}

Row goes_out(std::string_view says, Mapping m, std::vector<Heard> heard, Endpoint to) {
  return {
      .says = says,
      .given = {m},
      .heard = std::move(heard),
      .in = received_by(Link::internal).ipv4(kAlice, to.address).udp(5000, to.port.value()).payload_of(40),
      .out = sent_by(Link::external).ipv4(kPoolAddress, to.address).ttl(63).udp(40000, to.port.value()).payload_of(40)};
}

Row learned(std::string_view says, Mapping m, std::vector<Heard> heard, Endpoint to) {
  auto row = goes_out(says, m, std::move(heard), to);
  row.verdict = CGN_VERDICT_PUNTED;
  row.punt = Punt{.reason = CGN_PUNT_PERMISSION};
  return row;
}

Row syn_out(std::string_view says, std::vector<Heard> heard, Endpoint to) {
  return {.says = says,
          .given = {with(CGN_FEATURE_APDF, Proto::tcp)},
          .heard = std::move(heard),
          .in = received_by(Link::internal).ipv4(kAlice, to.address).tcp(5000, to.port.value(), kSyn).payload_of(6),
          .verdict = CGN_VERDICT_PUNTED,
          .out = sent_by(Link::external)
                     .ipv4(kPoolAddress, to.address)
                     .ttl(63)
                     .tcp(40000, to.port.value(), kSyn)
                     .payload_of(6),
          .punt = Punt{.reason = CGN_PUNT_TCP_CONTROL},
          .seen = CGN_SEEN_SYN,
          .becomes_shared = true};
}

std::vector<Row> of_tcp() {
  const auto m = with(CGN_FEATURE_APDF, Proto::tcp);
  const Heard server{Proto::tcp, kOutside, kDns};
  const auto segment = received_by(Link::external).ipv4(kResolver, kPoolAddress).tcp(53, 40000, kSyn | kAck);
  return {
      {.says = "a server that was called answers through port-dependent filtering (RFC 5382 REQ-3)",
       .given = {m},
       .heard = {server},
       .link = Link::external,
       .in = Frame{segment}.payload_of(6),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kResolver, kAlice).ttl(63).tcp(53, 5000, kSyn | kAck).payload_of(6),
       .seen = CGN_SEEN_SYN | CGN_SEEN_ACK},
      {.says = "a SYN of a stranger is filtered, and makes nothing shared",
       .given = {m},
       .heard = {server},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(80, 40000, kSyn).payload_of(6),
       .verdict = CGN_VERDICT_FILTERED},
      syn_out("a SYN to a new remote goes to the slow path as control, which learns the remote too", {server},
              at_port(kWeb, 80)),
      syn_out("so does one to a remote that was heard before", {server, {Proto::tcp, kOutside, at_port(kWeb, 80)}},
              at_port(kWeb, 80)),
      {.says = "data to a new remote is punted for the permission alone",
       .given = {m},
       .heard = {server},
       .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kAck).payload_of(6),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(40000, 80, kAck).payload_of(6),
       .punt = Punt{.reason = CGN_PUNT_PERMISSION},
       .seen = CGN_SEEN_ACK},
  };
}

std::vector<Row> of_icmp() {
  auto m = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));
  m.features = CGN_FEATURE_ADF;
  const Heard web{Proto::icmp, at_port(kPoolAddress, 42000), at_port(kWeb, 0)};
  return {
      {.says = "who was pinged answers through address-dependent filtering",
       .given = {m},
       .heard = {web},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).echo_reply(42000).payload_of(56),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).echo_reply(77).payload_of(56)},
      {.says = "the reply of another is filtered",
       .given = {m},
       .heard = {web},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).echo_reply(42000).payload_of(56),
       .verdict = CGN_VERDICT_FILTERED},
      {.says = "a ping of another host by the same identifier is punted to learn it",
       .given = {m},
       .heard = {web},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).echo_request(77).payload_of(56),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).echo_request(42000).payload_of(56),
       .punt = Punt{.reason = CGN_PUNT_PERMISSION}},
  };
}

// A router that nobody spoke to tells of a packet to `remote`.
Row error_about(std::string_view says, Ipv4 remote) {
  return {.says = says,
          .given = {kAdf},
          .heard = {kAddress},
          .link = Link::external,
          .in = received_by(Link::external)
                    .ipv4(kFarRouter, kPoolAddress)
                    .icmp(11, 0)
                    .payload(first_of(atomic(kPoolAddress, remote).udp(40000, 53).payload_of(30))),
          .egress = Link::internal,
          .out = sent_by(Link::internal)
                     .ipv4(kFarRouter, kAlice)
                     .ttl(63)
                     .icmp(11, 0)
                     .payload(first_of(atomic(kAlice, remote).udp(5000, 53).payload_of(30)))};
}

}  // namespace

std::vector<Row> filtering_rows() {
  auto still = comes_in("what was learned is heard while the daemon is away", kAdf, {kAddress}, kDns);
  still.daemon_away = true;
  auto dying = filtered("a stranger's last hop is filtered, not told", kAdf, {kAddress}, at_port(kWeb, 53));
  dying.in = received_by(Link::external).ipv4(kWeb, kPoolAddress).ttl(1).udp(53, 40000).payload_of(80);
  std::vector<Row> rows{
      comes_in("address-dependent filtering lets in an address that was spoken to, from any port", kAdf, {kAddress},
               at_port(kResolver, 6000)),
      filtered("address-dependent filtering keeps an address out that was not", kAdf, {kAddress}, at_port(kWeb, 53)),
      filtered("a mapping that has spoken to nobody hears nobody", kAdf, {}, kDns),
      comes_in("port-dependent filtering lets in an endpoint that was spoken to", kApdf, {kEndpoint}, kDns),
      filtered("port-dependent filtering keeps another port of it out", kApdf, {kEndpoint}, at_port(kResolver, 54)),
      filtered("port-dependent filtering keeps another address out", kApdf, {kEndpoint}, at_port(kWeb, 53)),
      filtered("an address is no endpoint: what one kind of filtering learned is nothing to the other", kApdf,
               {kAddress}, kDns),
      filtered("another mapping's remote is not this one's", kAdf,
               {{Proto::udp, at_port(kPoolAddress, 40001), at_port(kResolver, 0)}}, kDns),
      filtered("nor is that of another protocol", kAdf, {{Proto::tcp, kOutside, at_port(kResolver, 0)}}, kDns),
      goes_out("a remote that was spoken to is spoken to by the kernel alone", kApdf, {kEndpoint}, kDns),
      goes_out("another port of it too, where addresses count", kAdf, {kAddress}, at_port(kResolver, 5353)),
      learned("another port is punted to be learned where ports count", kApdf, {kEndpoint}, at_port(kResolver, 5353)),
      learned("a new address is punted to be learned", kAdf, {kAddress}, at_port(kWeb, 53)),
      still,
      dying,
      error_about("an ICMP error about what was sent is heard, by whatever router", kResolver),
  };
  auto invented = error_about("an ICMP error about what was never sent is not", kWeb);
  invented.verdict = CGN_VERDICT_ICMP_UNMATCHED;
  invented.out = {};
  rows.push_back(std::move(invented));
  for (auto& row : of_tcp()) rows.push_back(std::move(row));
  for (auto& row : of_icmp()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace cgn::test
