// SPDX-License-Identifier: Apache-2.0
// One row of the packet table: a story of one packet, told once and judged twice.
//
// What        `given` mappings, a frame that comes `in` by a `link`, and what must happen: `verdict`, and `out`, the
//             frame that leaves. Two judges read the same rows, so that the two parsers and the two rewriters cannot
//             drift apart:
//
//   the kernel's judge (tests/kernel), by BPF_PROG_TEST_RUN:
//     1. Build the world of cast.hpp once. For each row empty the entry maps and `permissions`, and install both entries of every mapping
//     in
//        `given` (inbound first), with the `seen_outbound` and `seen_inbound` bits and no stamps, counts zero.
//     2. Run the program on `in`, ingress = the physical port of `link` (the tags are in the frame). When
//     `daemon_away`,
//        no socket stands in the XSKMAP.
//     3. The verdict counters must have moved by exactly {verdict: 1} and nothing else.
//     4. action_of(verdict) must be the program's return value.
//     5. The frame afterwards:
//          TRANSLATED, HAIRPINNED, BYPASSED, ARP_ANSWERED   kernel_out(row), byte by byte
//          PUNTED                                 a cgn_punt that says what `punt` says, then `in`, byte by byte
//          everything else                        `in`, untouched (also when dropped)
//     6. Entries of TRANSLATED, HAIRPINNED and PUNTED rows, first packets and `answer`ed ones apart: the outbound entry of the sender's
//        mapping (outbound, hairpin) and the inbound entry of the receiver's (inbound, hairpin) show packets 1, bytes =
//        IPv4 total length, last_seen not 0 (0 unless `refreshes`), seen = what was given plus `seen`; with
//        `becomes_shared` both entries of the mapping also show CGN_SEEN_SHARED. Every other entry, and all of other
//        rows, is as installed: ICMP errors leave no trace in any. (Acknowledgements and windows: kernel_window_test.cpp.)
//
//        The addresses of all mappings in `given` are lent (live_subscribers, external realm).
//
//   the slow path's judge (tests/unit/packet_judge_test.cpp), by packet::read, translate and with_link_header:
//     1. Verdicts of parsing (TRUNCATED, NOT_IPV4, HEADER_CHECKSUM, IP_OPTIONS, SOURCE_ROUTE, PROTOCOL,
//        ICMP_CHECKSUM, ICMP_TYPE, FRAGMENT_TINY) must be read()'s own.
//        ICMP_UNMATCHED is either read()'s (the quote alone tells) or must follow from the row's mappings.
//     2. Rows with an `out` that is IPv4: translated by `given` plus `granted`, with the link header of `egress`, must
//        give slow_path_out(row), byte by byte. This includes PUNTED rows: there `out` is what the slow path sends.
//     3. With `pieces` that frame is larger than the MTU that the punt header tells, and its fragments are `pieces`.
//     4. packet::error_about() must give `answer`, with `link`'s own address as its source, and may_answer() allow it.
//     5. NO_MAPPING and TOO_BIG must follow from the row's mappings and the MTU of `egress`.
//     Everything else is the kernel's alone.
//
// Ownership   Values. `out` holds no padding: a short frame's padding is added by kernel_out() and slow_path_out(). It
//             holds the identification of `in`: what the sender's mapping adds to it (docs/packet-flow.md) is added by them
//             too, in identified(), so that every row judges it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "cgn/verdict.hpp"
#include "packets/builder.hpp"
#include "packets/cast.hpp"

namespace cgn::test {

// A mapping as the world has it before the packet. Ids are the index in `given` plus one.
struct Mapping {
  Proto proto = Proto::udp;
  Endpoint internal{};
  Endpoint external{};
  Endpoint remote{};  // the first one, in both entries
  std::uint8_t features = 0;
  std::uint8_t seen_outbound = 0;  // CGN_SEEN_* that the entries already show
  std::uint8_t seen_inbound = 0;
  bool session = false;  // of its remote alone: its entries stand in `sessions`
  bool alone = true;     // ESP: nobody else of the external address speaks to the remote
  RealmId realm = kDefaultRealm;
};

// A TCP connection that shares its external port.
[[nodiscard]] inline Mapping connected(Endpoint internal, Endpoint external, Endpoint remote) {
  return {.proto = Proto::tcp, .internal = internal, .external = external, .remote = remote, .session = true};
}

// By this an entry of the tests is known for one that stands in `sessions`; a tunnel's is by its protocol.
inline constexpr std::uint32_t kSessionId = 1U << 31;

// ESP and GRE. `spi` 0: of ESP, none is bound yet, and the mark of struct cgn_session_key stands for it; GRE has none.
[[nodiscard]] inline Mapping tunnelled(Proto proto, Ipv4 internal, Ipv4 external, Ipv4 remote, std::uint32_t spi = 0) {
  return {.proto = proto,
          .internal = at_port(internal, 0),
          .external = at_port(external, spi >> 16),
          .remote = at_port(remote, spi & 0xffff)};
}

// A call of PPTP: GRE with the call ids that its internal end chose, that the remote knows, and that the remote chose.
struct CallIds {
  unsigned own = 0, shown = 0, peer = 0;
};
[[nodiscard]] inline Mapping called(Ipv4 internal, Ipv4 external, Ipv4 remote, CallIds ids) {
  return {.proto = static_cast<Proto>(IPPROTO_GRE),
          .internal = at_port(internal, ids.own),
          .external = at_port(external, ids.shown),
          .remote = at_port(remote, ids.peer)};
}

[[nodiscard]] inline bool is_call(const Mapping& m) {
  return m.proto == static_cast<Proto>(IPPROTO_GRE) && m.external.port != Port{};
}

[[nodiscard]] inline Mapping mapped(Proto proto, Endpoint internal, Endpoint external,
                                    Endpoint remote = at_port(kResolver, 53)) {
  return {.proto = proto, .internal = internal, .external = external, .remote = remote};
}

[[nodiscard]] inline Mapping in_east(Mapping m) {
  m.realm = kEast;
  return m;
}

// A 1:1 mapping: neither protocol nor port.
[[nodiscard]] inline Mapping mapped_whole(Ipv4 internal, Ipv4 external) {
  return {.internal = {internal, {}}, .external = {external, {}}, .features = CGN_FEATURE_STATIC | CGN_FEATURE_WHOLE};
}
[[nodiscard]] inline bool is_whole(const Mapping& m) { return (m.features & CGN_FEATURE_WHOLE) != 0; }

// What cgn_punt must say. Fields without a value are not compared. `ingress` is the row's link; version and magic are
// abi.h's; MACs are compared when the state is KNOWN (those of `egress`); egress_ifindex and next_hop when it is KNOWN
// or UNRESOLVED.
struct Punt {
  cgn_punt_reason reason = CGN_PUNT_FIRST_PACKET;
  cgn_direction direction = CGN_OUTBOUND;
  std::optional<cgn_next_hop_state> next_hop_state = CGN_NEXT_HOP_KNOWN;
  std::optional<Link> egress = Link::external;
  std::optional<Ipv4> next_hop{};  // without value: the next hop of `egress` in cast.hpp
  unsigned l3_offset = 14;
  unsigned l4_offset = 34;
  unsigned mtu = 0;  // of the next hop, when the packet is larger
};

// A packet that the slow path only answers: its next hop was not asked for, or does not matter.
[[nodiscard]] inline Punt told_of(cgn_punt_reason reason, cgn_direction direction = CGN_OUTBOUND) {
  return {.reason = reason, .direction = direction, .next_hop_state = CGN_NEXT_HOP_NONE};
}

// A remote that a mapping with dependent filtering has spoken to.
struct Heard {
  Proto proto = Proto::udp;
  Endpoint external{};  // of the mapping
  Endpoint remote{};    // port 0 with CGN_FEATURE_ADF
  friend auto operator<=>(const Heard&, const Heard&) = default;
};

struct Row {
  std::string_view says;  // a sentence
  std::vector<Mapping> given{};
  std::vector<Heard> heard{};      // what stands in `permissions`
  std::vector<Mapping> granted{};  // what the slow path adds before it translates: PUNTED rows only
  Link link = Link::internal;      // by which the frame comes in
  Bytes in;
  Verdict verdict = CGN_VERDICT_TRANSLATED;
  Link egress = Link::external;  // by which `out` leaves
  Bytes out{};                   // the whole frame without padding; empty: nothing leaves
  std::optional<Punt> punt{};    // of PUNTED rows
  Bytes answer{};  // the ICMP error by which the slow path answers `in`: PUNTED rows only, no entry is used
  std::vector<Bytes> pieces{};  // the fragments that the slow path sends instead of `out`: PUNTED rows only
  std::uint8_t seen = 0;        // CGN_SEEN_* that this packet adds to the entries it uses
  bool refreshes = true;        // false: a RST, or a FIN that ends nothing, keeps nothing alive
  bool becomes_shared = false;  // a SYN with another remote than the mapping's first
  std::uint16_t mss_clamp = 0;  // [nat] tcp_mss_clamp
  bool daemon_away = false;
  bool alg_ftp = false;                               // [alg] ftp
  bool alg_pptp = false;                              // [alg] pptp
  std::optional<std::uint16_t> new_identification{};  // that `out` has: outbound and hairpinned fragments
};

enum class Action { pass, drop, redirect };
[[nodiscard]] Action action_of(Verdict);

// What is added to the identification of packets with this external end, where DF is clear and nothing is in fragments.
[[nodiscard]] std::uint16_t identification_offset(Endpoint external, Proto, std::uint64_t seed = kSeed);
// `out`, or a piece of it, with the identification that the row's sender gets outside.
[[nodiscard]] Bytes identified(const Row&, Bytes out);

// The kernel edits in place: whatever stood behind the IPv4 packet in `in` stands behind it in the output.
[[nodiscard]] Bytes kernel_out(const Row&);
// The slow path builds anew: zero bytes up to 60.
[[nodiscard]] Bytes slow_path_out(const Row&);

// --- link headers of the world, to begin a frame with
// -------------------------------------------------------------------
[[nodiscard]] Frame received_by(Link);  // from the next hop to us, with the link's tags
[[nodiscard]] Frame sent_by(Link);      // from us to the next hop

// --- the table
// ----------------------------------------------------------------------------------------------------------
[[nodiscard]] std::vector<Row> outbound_rows();
[[nodiscard]] std::vector<Row> inbound_rows();
[[nodiscard]] std::vector<Row> hairpin_rows();
[[nodiscard]] std::vector<Row> filtering_rows();
[[nodiscard]] std::vector<Row> filtering_hairpin_rows();
[[nodiscard]] std::vector<Row> icmp_rows();
[[nodiscard]] std::vector<Row> icmp_error_rows();
[[nodiscard]] std::vector<Row> icmp_error_outbound_rows();
[[nodiscard]] std::vector<Row> icmp_error_hairpin_rows();
[[nodiscard]] std::vector<Row> icmp_error_refused_rows();
[[nodiscard]] std::vector<Row> tcp_rows();
[[nodiscard]] std::vector<Row> tcp_mss_rows();
[[nodiscard]] std::vector<Row> transport_rows();
[[nodiscard]] std::vector<Row> transport_error_rows();
[[nodiscard]] std::vector<Row> vlan_rows();
[[nodiscard]] std::vector<Row> checksum_rows();
[[nodiscard]] std::vector<Row> malformed_rows();
[[nodiscard]] std::vector<Row> hygiene_rows();
[[nodiscard]] std::vector<Row> options_rows();
[[nodiscard]] std::vector<Row> identification_rows();
[[nodiscard]] std::vector<Row> fragment_rows();
[[nodiscard]] std::vector<Row> classify_rows();
[[nodiscard]] std::vector<Row> bypass_rows();
[[nodiscard]] std::vector<Row> static_rows();
[[nodiscard]] std::vector<Row> whole_rows();
[[nodiscard]] std::vector<Row> whole_fragment_rows();
[[nodiscard]] std::vector<Row> whole_error_rows();
[[nodiscard]] std::vector<Row> overloading_rows();
[[nodiscard]] std::vector<Row> tunnel_rows();
[[nodiscard]] std::vector<Row> realm_rows();
[[nodiscard]] std::vector<Row> next_hop_rows();
[[nodiscard]] std::vector<Row> told_rows();
[[nodiscard]] std::vector<Row> too_big_rows();
[[nodiscard]] std::vector<Row> alg_rows();
[[nodiscard]] std::vector<Row> call_rows();

[[nodiscard]] std::vector<Row> all_rows();

}  // namespace cgn::test
