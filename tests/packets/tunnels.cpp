// SPDX-License-Identifier: Apache-2.0
// ESP and GRE: mapped per (subscriber's address, remote), addresses alone rewritten.
#include "cgn/tunnel.hpp"
#include "packets/icmp_errors.hpp"

namespace cgn::test {
namespace {

constexpr std::uint32_t kSpi = 0xc0ffee01, kOtherSpi = 0x00010000;

const Mapping kEspAlice = tunnelled(kEsp, kAlice, kPoolAddress, kWeb);  // no SPI is bound yet
const Mapping kEspBound = tunnelled(kEsp, kAlice, kPoolAddress, kWeb, kSpi);
const Mapping kGreAlice = tunnelled(kGre, kAlice, kPoolAddress, kWeb);

Bytes bytes_of(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const auto v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

Bytes word(std::uint32_t value) { return bytes_of({value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255}); }

Bytes filled(Bytes head, std::size_t size) {
  const auto given = head.size();
  head.resize(size);
  for (auto i = given; i < size; ++i) head[i] = static_cast<std::byte>(i * 7);
  return head;
}

Bytes esp(std::uint32_t spi, std::size_t size = 64) { return filled(joined(word(spi), word(1)), size); }
Bytes gre(std::size_t size = 64) { return filled(bytes_of({0x00, 0x00, 0x08, 0x00}), size); }
Bytes pptp(std::size_t size = 64) { return filled(bytes_of({0x30, 0x01, 0x88, 0x0b, 0, 48, 0x12, 0x34}), size); }

Frame from_alice(std::uint8_t proto) { return received_by(Link::internal).ipv4(kAlice, kWeb).protocol(proto); }
Frame leaves(std::uint8_t proto) { return sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).protocol(proto); }
Frame to_pool(std::uint8_t proto) { return received_by(Link::external).ipv4(kWeb, kPoolAddress).protocol(proto); }
Frame to_alice(std::uint8_t proto) { return sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).protocol(proto); }

std::vector<Row> outbound_tunnels() {
  return {
      {.says = "ESP leaves with the external address, its bytes untouched",
       .given = {kEspAlice},
       .in = from_alice(50).payload(esp(kOtherSpi)),
       .out = leaves(50).payload(esp(kOtherSpi))},
      {.says = "outbound ESP needs no SPI that anybody knows",
       .given = {kEspAlice},
       .in = from_alice(50).payload(esp(1, 8)),
       .out = leaves(50).payload(esp(1, 8))},
      {.says = "the first ESP packet of a tunnel is handed up",
       .granted = {kEspAlice},
       .in = from_alice(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves(50).payload(esp(kSpi)),
       .punt = Punt{}},
      {.says = "a tunnel to one remote is none to another",
       .given = {kEspAlice},
       .granted = {tunnelled(kEsp, kAlice, kPoolAddress, kResolver)},
       .in = received_by(Link::internal).ipv4(kAlice, kResolver).protocol(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_PUNTED,
       .out = sent_by(Link::external).ipv4(kPoolAddress, kResolver).ttl(63).protocol(50).payload(esp(kSpi)),
       .punt = Punt{}},
      {.says = "GRE leaves with the external address, its bytes untouched",
       .given = {kGreAlice},
       .in = from_alice(47).payload(gre()),
       .out = leaves(47).payload(gre())},
      {.says = "so does a GRE header alone",
       .given = {kGreAlice},
       .in = from_alice(47).payload(gre(4)),
       .out = leaves(47).payload(gre(4))},
      {.says = "and PPTP's GRE",
       .given = {kGreAlice},
       .in = from_alice(47).payload(pptp()),
       .out = leaves(47).payload(pptp())},
      {.says = "an ESP tunnel carries no GRE",
       .given = {kEspAlice},
       .granted = {kGreAlice},
       .in = from_alice(47).payload(gre()),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves(47).payload(gre()),
       .punt = Punt{}},
      {.says = "ESP with DF set keeps its identification",
       .given = {kEspBound},
       .in = from_alice(50).dont_fragment().payload(esp(kSpi)),
       .out = leaves(50).dont_fragment().payload(esp(kSpi))},
      {.says = "a first fragment of ESP follows its tunnel",
       .given = {kEspAlice},
       .in = from_alice(50).payload(esp(kSpi, 1480)).fragment(0, true),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves(50).identification(0x9b1d).payload(esp(kSpi, 1480)).fragment(0, true),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT},
       .new_identification = 0x9b1d},
      {.says = "a later fragment of ESP follows its first",
       .given = {kEspAlice},
       .in = from_alice(50).payload_of(99).fragment(1480, false),
       .verdict = CGN_VERDICT_PUNTED,
       .out = leaves(50).identification(0x9b1d).payload_of(99).fragment(1480, false),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT},
       .new_identification = 0x9b1d},
  };
}

std::vector<Row> inbound_tunnels() {
  return {
      {.says = "ESP with a bound SPI comes in",
       .given = {kEspBound},
       .link = Link::external,
       .in = to_pool(50).payload(esp(kSpi)),
       .egress = Link::internal,
       .out = to_alice(50).payload(esp(kSpi))},
      {.says = "an SPI that nobody has yet is handed up where somebody may be waiting for it",
       .given = {kEspAlice},
       .link = Link::external,
       .in = to_pool(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = to_alice(50).payload(esp(kSpi)),
       .punt = Punt{.reason = CGN_PUNT_TUNNEL, .direction = CGN_INBOUND, .egress = Link::internal}},
      {.says = "ESP from a remote that nobody speaks to is nobody's",
       .given = {kEspAlice},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).protocol(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "ESP to another address of the pool is nobody's",
       .given = {kEspAlice},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kOtherPoolAddress).protocol(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "ESP with SPI 0, which stands for nothing on a wire, is refused though the mark has that key",
       .given = {kEspAlice},
       .link = Link::external,
       .in = to_pool(50).payload(esp(0)),
       .verdict = CGN_VERDICT_PROTOCOL},
      {.says = "ESP cut through its SPI and number is truncated",
       .given = {kEspAlice},
       .link = Link::external,
       .in = to_pool(50).payload(esp(kSpi, 7)).padding(19),
       .verdict = CGN_VERDICT_TRUNCATED},
      {.says = "GRE from the remote comes in",
       .given = {kGreAlice},
       .link = Link::external,
       .in = to_pool(47).payload(gre()),
       .egress = Link::internal,
       .out = to_alice(47).payload(gre())},
      {.says = "so does PPTP's",
       .given = {kGreAlice},
       .link = Link::external,
       .in = to_pool(47).payload(pptp(8)),
       .egress = Link::internal,
       .out = to_alice(47).payload(pptp(8))},
      {.says = "GRE from a remote that nobody speaks to is nobody's, and wakes nobody",
       .given = {kGreAlice},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kResolver, kPoolAddress).protocol(47).payload(gre()),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "PPTP's GRE without its call id is truncated",
       .given = {kGreAlice},
       .link = Link::external,
       .in = to_pool(47).payload(pptp(7)).padding(19),
       .verdict = CGN_VERDICT_TRUNCATED},
      {.says = "GRE of a version that nobody knows is refused",
       .given = {kGreAlice},
       .link = Link::external,
       .in = to_pool(47).payload(filled(bytes_of({0, 2, 8, 0}), 40)),
       .verdict = CGN_VERDICT_PROTOCOL},
      {.says = "a later fragment of GRE is handed up",
       .given = {kGreAlice},
       .link = Link::external,
       .in = to_pool(47).payload_of(99).fragment(1480, false),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::internal,
       .out = to_alice(47).payload_of(99).fragment(1480, false),
       .punt = Punt{.reason = CGN_PUNT_FRAGMENT,
                    .direction = CGN_INBOUND,
                    .next_hop_state = CGN_NEXT_HOP_NONE,
                    .egress = Link::internal}},
      {.says = "ESP from one subscriber to another's external address has nobody to reach",
       .given = {kEspAlice},
       .in = received_by(Link::internal).ipv4(kBob, kPoolAddress).protocol(50).payload(esp(kSpi)),
       .verdict = CGN_VERDICT_NO_MAPPING},
      {.says = "nor has GRE",
       .given = {kGreAlice},
       .in = received_by(Link::internal).ipv4(kBob, kPoolAddress).protocol(47).payload(gre()),
       .verdict = CGN_VERDICT_NO_MAPPING},
  };
}

// --- ICMP errors about them ------------------------------------------------------------------------------------------

Bytes quote(Ipv4 from, Ipv4 to, std::uint8_t proto, const Bytes& data, unsigned id = 0x4321) {
  auto frame =
      Frame{}.ipv4(from, to).ttl(9).protocol(proto).identification(static_cast<std::uint16_t>(id)).payload(data);
  return first_of(frame, 28);
}

Row told(std::string_view says, const Mapping& given, std::uint8_t proto, const Bytes& data) {
  const Error too_big{.type = 3, .code = 4, .mtu = 1400};
  const auto outside = 0x4321u + identification_offset(at_port(kPoolAddress, 0), static_cast<Proto>(proto));
  return {
      .says = says,
      .given = {given},
      .link = Link::external,
      .in = too_big.on(received_by(Link::external).ipv4(kFarRouter, kPoolAddress),
                       quote(kPoolAddress, kWeb, proto, data, outside)),
      .egress = Link::internal,
      .out = too_big.on(sent_by(Link::internal).ipv4(kFarRouter, kAlice).ttl(63), quote(kAlice, kWeb, proto, data))};
}

std::vector<Row> told_tunnels() {
  const Error refused{.type = 3, .code = 2};
  auto shared = kEspAlice;
  shared.alone = false;
  auto ambiguous =
      told("of several subscribers who speak ESP to one remote none is told of a path MTU", shared, 50, esp(kOtherSpi));
  ambiguous.verdict = CGN_VERDICT_ICMP_UNMATCHED;
  ambiguous.out.clear();
  auto strange = told("an ICMP error about GRE to a remote that nobody speaks to is about nothing",
                      tunnelled(kGre, kAlice, kPoolAddress, kResolver), 47, gre());
  strange.verdict = CGN_VERDICT_ICMP_UNMATCHED;
  strange.out.clear();
  return {
      told("a path MTU on the way of GRE reaches the subscriber", kGreAlice, 47, gre()),
      told("a path MTU on the way of ESP reaches the only subscriber who speaks to that remote", kEspAlice, 50,
           esp(kOtherSpi)),
      ambiguous,
      strange,
      {.says = "a subscriber's ICMP error about ESP that came in reaches the remote",
       .given = {kEspBound},
       .in = refused.on(received_by(Link::internal).ipv4(kAlice, kWeb), quote(kWeb, kAlice, 50, esp(kSpi))),
       .out = refused.on(sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63),
                         quote(kWeb, kPoolAddress, 50, esp(kSpi)))},
      {.says = "a subscriber's ICMP error about GRE from somebody it does not speak to goes nowhere",
       .given = {kGreAlice},
       .in = refused.on(received_by(Link::internal).ipv4(kAlice, kResolver), quote(kResolver, kAlice, 47, gre())),
       .verdict = CGN_VERDICT_ICMP_UNMATCHED},
  };
}

}  // namespace

std::vector<Row> tunnel_rows() {
  std::vector<Row> all;
  for (const auto rows : {outbound_tunnels, inbound_tunnels, told_tunnels}) {
    auto more = rows();
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace cgn::test
