// SPDX-License-Identifier: Apache-2.0
// TCP: the maximum segment size of a SYN, lowered where the operator wants it and else left alone. RFC 9293 section 3.2.
#include "packets/row.hpp"

namespace cgn::test {
namespace {

const Mapping kAliceTcp = mapped(Proto::tcp, at_port(kAlice, 5000), at_port(kPoolAddress, 41000), at_port(kWeb, 80));
constexpr std::uint16_t kClamp = 1452;

Bytes bytes(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const auto v : values) out.push_back(static_cast<std::byte>(v));
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes mss(unsigned value) { return bytes({2, 4, value >> 8, value & 0xff}); }
Bytes nops(unsigned count) { return Bytes(count, std::byte{1}); }

// What Linux sends: MSS, SACK permitted, timestamps, NOP, window scale.
const Bytes kLinuxTail = bytes({4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7});

Row outbound(std::string_view says, const Bytes& before, const Bytes& after, std::uint8_t flags = kSyn) {
  return {.says = says,
          .given = {kAliceTcp},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, flags).tcp_options(before),
          .out = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).tcp(41000, 80, flags).tcp_options(after),
          .seen = static_cast<std::uint8_t>((flags & kSyn ? CGN_SEEN_SYN : 0) | (flags & kAck ? CGN_SEEN_ACK : 0)),
          .mss_clamp = kClamp};
}

Row untouched(std::string_view says, const Bytes& options, std::uint8_t flags = kSyn) {
  return outbound(says, options, options, flags);
}

Row inbound(std::string_view says, const Bytes& before, const Bytes& after) {
  constexpr std::uint8_t kFlags = kSyn | kAck;
  return {.says = says,
          .given = {kAliceTcp},
          .link = Link::external,
          .in = received_by(Link::external).ipv4(kWeb, kPoolAddress).tcp(80, 41000, kFlags).tcp_options(before),
          .egress = Link::internal,
          .out = sent_by(Link::internal).ipv4(kWeb, kAlice).ttl(63).tcp(80, 5000, kFlags).tcp_options(after),
          .seen = CGN_SEEN_SYN | CGN_SEEN_ACK,
          .mss_clamp = kClamp};
}

Row without_clamp(Row row) {
  row.mss_clamp = 0;
  return row;
}

// The whole of a header's options before it: the last place where the option has room, which is even; 35 is odd.
Row behind(std::string_view says, unsigned count) {
  return outbound(says, nops(count) + mss(1460), nops(count) + mss(kClamp));
}

Row first_syn() {
  return {.says = "the MSS of a first SYN is lowered by the slow path",
          .granted = {kAliceTcp},
          .in = received_by(Link::internal).ipv4(kAlice, kWeb).tcp(5000, 80, kSyn).tcp_options(mss(1460) + kLinuxTail),
          .verdict = CGN_VERDICT_PUNTED,
          .out = sent_by(Link::external)
                     .ipv4(kPoolAddress, kWeb)
                     .ttl(63)
                     .tcp(41000, 80, kSyn)
                     .tcp_options(mss(kClamp) + kLinuxTail),
          .punt = Punt{},
          .mss_clamp = kClamp};
}

Row hairpinned() {
  const auto bob = mapped(Proto::tcp, at_port(kBob, 8080), at_port(kOtherPoolAddress, 51000), kAliceTcp.external);
  auto alice = kAliceTcp;
  alice.remote = bob.external;
  return {.says = "the MSS of a hairpinned SYN-ACK is lowered too",
          .given = {alice, bob},
          .in = received_by(Link::internal)
                    .ipv4(kAlice, kOtherPoolAddress)
                    .tcp(5000, 51000, kSyn | kAck)
                    .tcp_options(mss(9000)),
          .verdict = CGN_VERDICT_HAIRPINNED,
          .egress = Link::internal,
          .out = sent_by(Link::internal)
                     .ipv4(kPoolAddress, kBob)
                     .ttl(63)
                     .tcp(41000, 8080, kSyn | kAck)
                     .tcp_options(mss(kClamp)),
          .seen = CGN_SEEN_SYN | CGN_SEEN_ACK,
          .mss_clamp = kClamp};
}

}  // namespace

std::vector<Row> tcp_mss_rows() {
  return {
      first_syn(),
      hairpinned(),
      outbound("the MSS of a repeated SYN is lowered", mss(1460) + kLinuxTail, mss(kClamp) + kLinuxTail),
      inbound("the MSS of a SYN-ACK is lowered", mss(1460) + kLinuxTail, mss(kClamp) + kLinuxTail),
      inbound("the largest MSS is lowered", mss(65535), mss(kClamp)),
      without_clamp(untouched("without a clamp every MSS stays", mss(65535) + kLinuxTail)),
      untouched("an MSS as large as the clamp stays", mss(kClamp)),
      untouched("a smaller MSS is not raised", mss(536) + kLinuxTail),
      untouched("an MSS of nothing is not raised", mss(0)),
      untouched("no MSS is added where none is", kLinuxTail),
      untouched("a SYN without options is left alone", {}),
      untouched("the same bytes in a segment without SYN are no MSS", mss(1460), kAck),
      behind("an MSS one byte further on is lowered, across two words of the sum", 1),
      behind("two bytes further on", 2),
      behind("three bytes further on", 3),
      behind("behind thirty-five bytes of padding", 35),
      behind("in the last place that there is", 36),
      outbound("the last of two counts, as with those who read it", mss(1460) + mss(1460), mss(1460) + mss(kClamp)),
      untouched("what stands behind the end of the options is none", bytes({0}) + mss(1460)),
      untouched("an option of length zero ends the reading", bytes({8, 0}) + mss(1460)),
      untouched("so does one of length one", bytes({8, 1}) + mss(1460)),
      untouched("so does one that is longer than what is left", bytes({8, 11}) + mss(1460)),
      untouched("an MSS option with a third byte is none", bytes({2, 5, 5, 180, 0})),
      untouched("an MSS option of three bytes is none", bytes({2, 3, 5}) + nops(1)),
      untouched("an MSS option that the header cuts off is none", nops(1) + bytes({2, 4, 5})),
      untouched("an option without its length byte is none", nops(3) + bytes({2})),
      outbound("what was read before a fault counts", mss(1460) + bytes({8, 0}), mss(kClamp) + bytes({8, 0})),
      outbound("unknown options are passed over", bytes({254, 6, 2, 4, 5, 180}) + mss(1460),
               bytes({254, 6, 2, 4, 5, 180}) + mss(kClamp)),
  };
}

}  // namespace cgn::test
