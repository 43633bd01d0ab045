// SPDX-License-Identifier: Apache-2.0
// The identification of packets that somebody downstream may cut (RFC 6864): the rows, and the formula of
// docs/packet-flow.md computed once more, in the builder's own way.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

constexpr std::size_t kIdentification = 4, kFragment = 6, kProtocol = 9, kCheck = 10, kSource = 12;

std::size_t ipv4_at(const Bytes& frame) {
  std::size_t at = 12;
  while (frame[at] == std::byte{0x81} || frame[at] == std::byte{0x88}) at += 4;
  return at + 2;
}

unsigned word(const Bytes& frame, std::size_t at) {
  return std::to_integer<unsigned>(frame[at]) << 8 | std::to_integer<unsigned>(frame[at + 1]);
}

void set_word(Bytes& frame, std::size_t at, unsigned value) {
  frame[at] = static_cast<std::byte>(value >> 8 & 0xff);
  frame[at + 1] = static_cast<std::byte>(value & 0xff);
}

// h ^= h >> 33, written as a loop over bits.
std::uint64_t crossed(std::uint64_t h) {
  std::uint64_t out = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    const auto above = bit + 33 < 64 ? h >> (bit + 33) & 1 : 0;
    out |= ((h >> bit & 1) ^ above) << bit;
  }
  return out;
}

// The mapping by which the row's packet leaves.
const Mapping* sender_of(const Row& row) {
  const auto l3 = ipv4_at(row.in);
  const auto l4 = l3 + (std::to_integer<std::size_t>(row.in[l3]) & 15u) * 4;
  const auto proto = std::to_integer<unsigned>(row.in[l3 + kProtocol]);
  const auto source = Ipv4::from_host(word(row.in, l3 + kSource) << 16 | word(row.in, l3 + kSource + 2));
  const bool ported = proto != IPPROTO_ESP && proto != IPPROTO_GRE;
  const auto port = ported ? word(row.in, l4 + (proto == IPPROTO_ICMP ? 4 : 0)) : 0;
  const auto remote = at_port(Ipv4::from_host(word(row.in, l3 + kSource + 4) << 16 | word(row.in, l3 + kSource + 6)),
                              word(row.in, l4 + 2));
  const Mapping* found = nullptr;
  for (const auto* list : {&row.given, &row.granted}) {
    for (const auto& m : *list) {
      if (m.realm != realm_of(row.link) || (m.session && m.remote != remote)) continue;
      if (static_cast<unsigned>(m.proto) == proto && m.internal == at_port(source, port)) found = &m;
    }
  }
  return found;
}

const Mapping kAliceUdp = mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000));
const Mapping kBobUdp = mapped(Proto::udp, at_port(kBob, 5000), at_port(kPoolAddress, 40001));
const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));
const Mapping kAlicePing = mapped(Proto::icmp, at_port(kAlice, 77), at_port(kPoolAddress, 42000), at_port(kWeb, 77));
const Mapping kBobPing = mapped(Proto::icmp, at_port(kBob, 78), at_port(kPoolAddress, 42000), at_port(kWeb, 78));

Frame in_of_alice() { return received_by(Link::internal).ipv4(kAlice, kWeb); }
Frame out_of_alice() { return sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63); }

}  // namespace

std::uint16_t identification_offset(Endpoint external, Proto proto, std::uint64_t seed) {
  const auto who =
      external.address.host() * 16777216ull + external.port.value() * 256ull + static_cast<unsigned>(proto);
  auto h = crossed(who ^ (seed / 4294967296ull * 4294967296ull)) * 18397679294719823053ull;
  h = crossed(h) * 14181476777654086739ull;
  return static_cast<std::uint16_t>(h / 281474976710656ull);
}

Bytes identified(const Row& row, Bytes out) {
  const bool translated = row.verdict == CGN_VERDICT_TRANSLATED || row.verdict == CGN_VERDICT_HAIRPINNED ||
                          row.verdict == CGN_VERDICT_PUNTED;
  if (out.empty() || !translated || !is_internal(row.link)) return out;
  const bool fragment_or_df = (word(row.in, ipv4_at(row.in) + kFragment) & 0x7fff) != 0;
  const auto* sender = sender_of(row);
  if (fragment_or_df || sender == nullptr) return out;
  const auto l3 = ipv4_at(out);
  const auto offset = identification_offset(sender->external, sender->proto);
  set_word(out, l3 + kIdentification, word(out, l3 + kIdentification) + offset);
  set_word(out, l3 + kCheck, 0);
  std::uint64_t total = 0;
  const auto size = (std::to_integer<std::size_t>(out[l3]) & 15u) * 4;
  for (std::size_t at = 0; at < size; at += 2) total += word(out, l3 + at);
  set_word(out, l3 + kCheck, static_cast<unsigned>(65535 - total % 65535) % 65535);
  return out;
}

// Every other row of the table has identification 0x4321 and DF clear.
std::vector<Row> identification_rows() {
  const auto offset = identification_offset(kAliceUdp.external, Proto::udp);
  const auto wraps = static_cast<std::uint16_t>(0 - offset);
  return {
      {.says = "with DF set the identification is nobody's business",
       .given = {kAliceUdp},
       .in = in_of_alice().dont_fragment().identification(7).udp(5000, 443).payload_of(32),
       .out = out_of_alice().dont_fragment().identification(7).udp(40000, 443).payload_of(32)},
      {.says = "with DF set an identification of 0 stays 0",
       .given = {kAliceTcp},
       .in = in_of_alice().dont_fragment().identification(0).tcp(5000, 80, kAck).payload_of(32),
       .out = out_of_alice().dont_fragment().identification(0).tcp(41000, 80, kAck).payload_of(32),
       .seen = CGN_SEEN_ACK},
      {.says = "with DF clear an identification of 0 is moved like any other",
       .given = {kAliceUdp},
       .in = in_of_alice().identification(0).udp(5000, 443).payload_of(32),
       .out = out_of_alice().identification(0).udp(40000, 443).payload_of(32)},
      {.says = "an identification that comes out as 0 leaves as 0",
       .given = {kAliceUdp},
       .in = in_of_alice().identification(wraps).udp(5000, 443).payload_of(32),
       .out = out_of_alice().identification(wraps).udp(40000, 443).payload_of(32)},
      {.says = "the last identification wraps around",
       .given = {kAliceUdp},
       .in = in_of_alice().identification(0xffff).udp(5000, 443).payload_of(32),
       .out = out_of_alice().identification(0xffff).udp(40000, 443).payload_of(32)},
      {.says = "a neighbour with the same identification gets another",
       .given = {kAliceUdp, kBobUdp},
       .in = received_by(Link::internal).ipv4(kBob, kWeb).identification(1).udp(5000, 443).payload_of(32),
       .out =
           sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).identification(1).udp(40001, 443).payload_of(32)},
      {.says = "TCP that may be cut is moved by its own mapping's offset",
       .given = {kAliceUdp, kAliceTcp},
       .in = in_of_alice().identification(9).options(1).tcp(5000, 80, kAck).payload_of(32),
       .out = out_of_alice().identification(9).options(1).tcp(41000, 80, kAck).payload_of(32),
       .seen = CGN_SEEN_ACK},
      {.says = "an echo is moved by the offset of its identifier",
       .given = {kAlicePing},
       .in = in_of_alice().identification(9).echo_request(77).payload_of(32),
       .out = out_of_alice().identification(9).echo_request(42000).payload_of(32)},
      {.says = "the first packet of a flow is moved by the slow path as the second is by the kernel",
       .granted = {kAliceUdp},
       .in = in_of_alice().identification(11).udp(5000, 443).payload_of(32),
       .verdict = CGN_VERDICT_PUNTED,
       .out = out_of_alice().identification(11).udp(40000, 443).payload_of(32),
       .punt = Punt{}},
      {.says = "inbound the remote's identification is left alone",
       .given = {kAliceUdp},
       .link = Link::external,
       .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).identification(5).udp(443, 40000).payload_of(32),
       .egress = Link::internal,
       .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).identification(5).udp(443, 5000).payload_of(32)},
      {.says = "a hairpinned packet has its sender's offset",
       .given = {kAliceUdp, kBobUdp},
       .in = received_by(Link::internal).ipv4(kBob, kPoolAddress).identification(5).udp(5000, 40000).payload_of(32),
       .verdict = CGN_VERDICT_HAIRPINNED,
       .egress = Link::internal,
       .out = sent_by(Link::internal)
                  .ipv4(kPoolAddress, kAlice)
                  .ttl(63)
                  .identification(5)
                  .udp(40001, 5000)
                  .payload_of(32)},
  };
}

}  // namespace cgn::test
