// SPDX-License-Identifier: Apache-2.0
// Packets larger than their next hop's MTU: told where they may not be fragmented, cut where they may (RFC 4787 REQ-13).
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr unsigned kMtu = facts(Link::external_vlan).mtu;
constexpr unsigned kUdpHeader = 8;
// Of UDP payload, so that the whole packet has this many bytes.
constexpr std::size_t payload_of_length(std::size_t length) { return length - 20 - kUdpHeader; }

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kAliceTcp =
    mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kVlanWeb, 443));

Frame to_web(std::size_t length) {
  return received_by(Link::internal).ipv4(kAlice, kVlanWeb).udp(5000, 443).payload_of(payload_of_length(length));
}

Bytes fragmentation_needed(Link link, Ipv4 to, const Frame& about) {
  auto quote = about.packet();
  quote.resize(std::min<std::size_t>(quote.size(), 576 - 28));
  return sent_by(link)
      .ipv4(facts(link).own, to)
      .tos(0xc0)
      .identification(0)
      .dont_fragment()
      .icmp(3, 4)
      .next_hop_mtu(kMtu)
      .payload(quote);
}

// `whole`, translated and cut: the first `size` bytes of its data, then the rest.
std::vector<Bytes> two_pieces(Frame header, const Frame& whole, unsigned size) {
  const auto packet = whole.packet();
  const auto data = packet.begin() + 20;
  const auto piece = [&](unsigned from, std::size_t to, bool more) -> Bytes {
    return Frame{header}
        .protocol(17)
        .payload(Bytes{data + from, data + static_cast<std::ptrdiff_t>(to)})
        .fragment(from, more);
  };
  return {piece(0, size, true), piece(size, packet.size() - 20, false)};
}

Punt too_big(cgn_direction direction = CGN_OUTBOUND) {
  return {.reason = CGN_PUNT_TOO_BIG, .direction = direction, .egress = Link::external_vlan, .mtu = kMtu};
}

}  // namespace

std::vector<Row> too_big_rows() {
  const auto header = sent_by(Link::external_vlan).ipv4(kPoolAddress, kVlanWeb).ttl(63);
  const auto sent = [&](std::size_t length) {
    return Frame{header}.udp(40000, 443).payload_of(payload_of_length(length));
  };
  const auto business =
      received_by(Link::internal).ipv4(kBusiness, kVlanWeb).udp(5000, 443).payload_of(payload_of_length(1500));
  const auto whole = Frame{to_web(1500)}.dont_fragment();
  const auto segment =
      received_by(Link::internal).ipv4(kAlice, kVlanWeb).dont_fragment().tcp(5000, 443, kAck).payload_of(1460);
  auto first = too_big();
  first.reason = CGN_PUNT_FIRST_PACKET;
  return {
      {.says = "a mapping's packet that may not be fragmented is answered with the next hop's MTU, and uses nothing",
       .given = {kAliceUdp},
       .in = whole,
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(),
       .answer = fragmentation_needed(Link::internal, kAlice, whole)},
      {.says = "a first packet that may not be fragmented is answered, and makes no mapping",
       .in = whole,
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(),
       .answer = fragmentation_needed(Link::internal, kAlice, whole)},
      {.says = "a TCP segment that may not be fragmented is answered",
       .given = {kAliceTcp},
       .in = segment,
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(),
       .answer = fragmentation_needed(Link::internal, kAlice, segment)},
      {.says = "one byte too much, and it leaves in two pieces",
       .given = {kAliceUdp},
       .in = to_web(kMtu + 1),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(),
       .pieces = two_pieces(header, sent(kMtu + 1), 1376)},
      {.says = "1500 bytes for an MTU of 1400 leave in two pieces",
       .given = {kAliceUdp},
       .in = to_web(1500),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(),
       .pieces = two_pieces(header, sent(1500), 1376)},
      {.says = "a first packet that may be fragmented is punted as such, and its MTU goes along",
       .granted = {kAliceUdp},
       .in = to_web(1500),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = first,
       .pieces = two_pieces(header, sent(1500), 1376)},
      {.says = "a bypassed packet that may not be fragmented is answered",
       .in = Frame{business}.dont_fragment(),
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(CGN_BYPASS),
       .answer = fragmentation_needed(Link::internal, kBusiness, Frame{business}.dont_fragment())},
      {.says = "a bypassed packet that may be fragmented leaves in two pieces",
       .in = business,
       .verdict = CGN_VERDICT_PUNTED,
       .egress = Link::external_vlan,
       .punt = too_big(CGN_BYPASS),
       .pieces = two_pieces(sent_by(Link::external_vlan).ipv4(kBusiness, kVlanWeb).ttl(63), business, 1376)},
      {.says = "with the daemon away a mapping's packet is too_big, untold",
       .given = {kAliceUdp},
       .in = Frame{whole}.tos(0x10),
       .verdict = CGN_VERDICT_TOO_BIG,
       .egress = Link::external_vlan,
       .daemon_away = true},
  };
}

}  // namespace cgn::test
