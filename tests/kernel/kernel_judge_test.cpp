// SPDX-License-Identifier: Apache-2.0
// The kernel's judge of the packet table: every row of tests/packets through the program, as packets/row.hpp tells.
//
// What        Counters (all of them), action, the whole frame, and every entry. A punted frame must be the one that
//             came in, behind a header that says what the row says.
// Failure     TEST_RUN takes no frame shorter than an Ethernet header; there is no such row, and none is skipped.
#include <catch2/catch.hpp>
#include <linux/bpf.h>

#include <cstring>

#include "cgn/tunnel.hpp"
#include "packet/view.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

std::uint32_t xdp_of(Action action) {
  switch (action) {
    case Action::pass: return XDP_PASS;
    case Action::drop: return XDP_DROP;
    case Action::redirect: return XDP_REDIRECT;
  }
  return XDP_ABORTED;
}

Mac mac_of(const __u8 (&bytes)[6]) {
  Mac mac;
  std::memcpy(mac.bytes.data(), bytes, sizeof(bytes));
  return mac;
}

void judge_header(const World& world, const Row& row, const cgn_punt& header) {
  const auto& punt = row.punt.value();
  CHECK(header.magic == CGN_PUNT_MAGIC);
  CHECK(header.version == CGN_ABI_VERSION);
  CHECK(int{header.reason} == punt.reason);
  CHECK(int{header.direction} == punt.direction);
  CHECK(header.l3_offset == punt.l3_offset);
  CHECK(header.l4_offset == punt.l4_offset);
  CHECK(header.mtu == punt.mtu);
  CHECK(header.view == view_of(row.link));
  CHECK(header.ingress_ifindex == world.network().ifindex(facts(row.link).port));
  if (punt.next_hop_state) CHECK(int{header.next_hop_state} == *punt.next_hop_state);
  if (!punt.egress || header.next_hop_state == CGN_NEXT_HOP_NONE) return;
  const auto& egress = facts(*punt.egress);
  CHECK(header.egress_ifindex == world.network().ifindex(egress.name));
  CHECK(to_string(Ipv4::from_net(header.next_hop)) == to_string(punt.next_hop.value_or(egress.next_hop)));
  if (header.next_hop_state != CGN_NEXT_HOP_KNOWN) return;
  CHECK(to_string(mac_of(header.dmac)) == to_string(egress.next_hop_mac));
}

void judge_punt(const World& world, const Row& row, const Bytes& out) {
  cgn_punt header{};
  REQUIRE(out.size() >= sizeof(header));
  std::memcpy(&header, out.data(), sizeof(header));
  judge_header(world, row, header);
  CHECK(hex({out.begin() + sizeof(header), out.end()}) == hex(row.in));
}

void judge_frame(const World& world, const Row& row, const Bytes& out) {
  switch (row.verdict) {
    case CGN_VERDICT_TRANSLATED:
    case CGN_VERDICT_HAIRPINNED:
    case CGN_VERDICT_BYPASSED:
    case CGN_VERDICT_ARP_ANSWERED: CHECK(hex(out) == hex(kernel_out(row))); return;
    case CGN_VERDICT_PUNTED: judge_punt(world, row, out); return;
    default: CHECK(hex(out) == hex(row.in));
  }
}

// First packets leave entries alone, since the slow path may refuse them, and what is answered goes nowhere; what has a
// mapping and goes on uses it.
bool uses_entries(const Row& row) {
  if (!row.answer.empty()) return false;
  if (row.verdict == CGN_VERDICT_PUNTED) {
    return row.punt->reason != CGN_PUNT_FIRST_PACKET && row.punt->reason != CGN_PUNT_TUNNEL;
  }
  return row.verdict == CGN_VERDICT_TRANSLATED || row.verdict == CGN_VERDICT_HAIRPINNED;
}

void judge_entry(const World& world, const Row& row, const cgn_entry& installed, bool used) {
  auto now = world.now(installed);
  auto seen = installed.seen;
  if (row.becomes_shared) seen |= CGN_SEEN_SHARED;
  if (used) {
    if ((installed.features & CGN_FEATURE_STATIC) == 0) seen |= row.seen;
    CHECK(now.packets == 1);
    CHECK(now.bytes == packet::read_whole(row.in).value().length);
    CHECK((now.last_seen != 0) == row.refreshes);
    now.packets = now.bytes = 0;
    now.last_seen = now.last_data = now.closed_at = 0;
    now.highest_ack = now.window = now.window_scale = now.acked = 0;
  }
  CHECK(int{now.seen} == int{seen});
  now.seen = installed.seen;
  CHECK(std::memcmp(&now, &installed, sizeof(now)) == 0);
}

// Which of the given mappings the packet goes out by, and which it comes in by.
struct Users {
  const Mapping* sender = nullptr;
  const Mapping* receiver = nullptr;
};

// One that shares its port is its remote's alone.
bool has_remote(const Mapping& m, const Endpoint& remote) { return !m.session || m.remote == remote; }
// A tunnel's, which its remote names, too. One that came in by the mark used no entry.
Users users_of_tunnel(const Row& row, const packet::View& view) {
  Users users;
  const bool leaves = is_internal(row.link);
  const auto known = [&](const Mapping& m) {
    return is_call(m) && row.alg_pptp && Port{view.call} == (leaves ? m.remote.port : m.external.port);
  };
  const bool called = std::ranges::any_of(row.given, known);
  for (const auto& m : row.given) {
    const auto remote = leaves ? view.destination.address : view.source.address;
    if (leaves && m.realm != realm_of(row.link)) continue;
    const bool fits = called ? known(m) : !is_call(m);
    if (fits && m.proto == view.proto && m.remote.address == remote) (leaves ? users.sender : users.receiver) = &m;
  }
  return users;
}

Users users_of(const Row& row) {
  const bool whole = std::ranges::any_of(row.given, is_whole);
  const auto view = whole ? packet::read_whole(row.in) : packet::read(row.in);
  if (!view || view->quote || !uses_entries(row)) return {};  // RFC 5508 REQ-6: an error neither refreshes nor ends
  if (row.punt && row.punt->reason == CGN_PUNT_FRAGMENT && view->fragment.is_later()) return {};
  if (is_tunnel(view->proto) && !view->opaque) return users_of_tunnel(row, *view);
  const auto is_end = [&](const Mapping& m, const Endpoint& own, const Endpoint& shown) {
    return is_whole(m) ? own.address == shown.address : !view->opaque && m.proto == view->proto && own == shown;
  };
  Users users;
  auto destination = view->destination;
  for (const auto& m : row.given) {
    if (!is_internal(row.link) || m.realm != realm_of(row.link) || !is_end(m, m.internal, view->source) ||
        !has_remote(m, view->destination))
      continue;
    users.sender = &m;
    // The identifier of an echo is the sender's external one by the time it arrives at the pool.
    if (view->proto == Proto::icmp && !is_whole(m)) destination.port = m.external.port;
  }
  if (row.punt && row.punt->direction != CGN_INBOUND && users.sender == nullptr) return users;  // may yet be refused
  for (const auto& m : row.given) {
    const auto from = users.sender != nullptr ? users.sender->external : view->source;
    if (is_end(m, m.external, destination) && has_remote(m, from)) users.receiver = &m;
  }
  return users;
}

void judge_entries(const World& world, const Row& row) {
  const auto users = users_of(row);
  for (std::uint32_t i = 0; i < row.given.size(); ++i) {
    const auto& m = row.given[i];
    const auto entries = entries_of(m, i + 1);
    CAPTURE(i);
    judge_entry(world, row, entries.outbound, &m == users.sender);
    judge_entry(world, row, entries.inbound, &m == users.receiver);
  }
}

void judge(World& world, const Row& row) {
  world.clear_entries();
  auto settings = world.settings();
  settings.mss_clamp = row.mss_clamp;
  settings.switches = CGN_SWITCH_ESP | CGN_SWITCH_GRE | (row.alg_ftp ? CGN_SWITCH_ALG_FTP : 0) |
                      (row.alg_pptp ? CGN_SWITCH_ALG_PPTP : 0);
  world.set(settings);
  for (std::uint32_t i = 0; i < row.given.size(); ++i) world.install(row.given[i], i + 1);
  for (const auto& m : row.given) world.set_lent(m.external.address, true);
  for (const auto& heard : row.heard) world.permit(heard);
  world.listen(!row.daemon_away);
  const auto visit = world.visit(row.link, row.in);
  CHECK(to_string(visit.counters) == to_string(only(row.verdict)));
  CHECK(visit.action == xdp_of(action_of(row.verdict)));
  for (const auto& m : row.given) world.set_lent(m.external.address, false);
  if (visit.counters != only(row.verdict)) return;
  judge_frame(world, row, visit.out);
  judge_entries(world, row);
}

void judge_all(const std::vector<Row>& rows) {
  World world;
  REQUIRE_FALSE(rows.empty());
  for (const auto& row : rows) {
    INFO("row: " << row.says);
    judge(world, row);
  }
}

}  // namespace

#define CGN_JUDGE(sentence, rows, ...)             \
  TEST_CASE(sentence __VA_OPT__(, ) __VA_ARGS__) { \
    CGN_NEEDS_KERNEL();                            \
    judge_all(rows());                             \
  }

CGN_JUDGE("the kernel judges the rows of outbound packets", outbound_rows)
CGN_JUDGE("the kernel judges the rows of inbound packets", inbound_rows)
CGN_JUDGE("the kernel judges the rows of hairpinned packets", hairpin_rows)
CGN_JUDGE("the kernel judges the rows of filtering", filtering_rows)
CGN_JUDGE("the kernel judges the rows of filtering between subscribers", filtering_hairpin_rows)
CGN_JUDGE("the kernel judges the rows of ICMP", icmp_rows)
CGN_JUDGE("the kernel judges the rows of ICMP errors from outside", icmp_error_rows)
CGN_JUDGE("the kernel judges the rows of ICMP errors from inside", icmp_error_outbound_rows)
CGN_JUDGE("the kernel judges the rows of ICMP errors between subscribers", icmp_error_hairpin_rows)
CGN_JUDGE("the kernel judges the rows of ICMP messages that are refused", icmp_error_refused_rows)
CGN_JUDGE("the kernel judges the rows of TCP", tcp_rows)
CGN_JUDGE("the kernel judges the rows of the maximum segment size", tcp_mss_rows)
CGN_JUDGE("the kernel judges the rows of UDP-Lite, DCCP and SCTP", transport_rows,
          "[RFC6888-REQ-1][RFC5597-REQ-1][RFC5597-REQ-8]")
CGN_JUDGE("the kernel judges the rows of ICMP errors about UDP-Lite, DCCP and SCTP", transport_error_rows,
          "[RFC5597-REQ-9][RFC5508-REQ-4]")
CGN_JUDGE("the kernel judges the rows of VLAN tags", vlan_rows)
CGN_JUDGE("the kernel judges the rows of checksums", checksum_rows)
CGN_JUDGE("the kernel judges the rows of malformed packets", malformed_rows)
CGN_JUDGE("the kernel judges the rows of hygiene", hygiene_rows)
CGN_JUDGE("the kernel judges the rows of IPv4 options", options_rows)
CGN_JUDGE("the kernel judges the rows of identification", identification_rows)
CGN_JUDGE("the kernel judges the rows of fragments", fragment_rows)
CGN_JUDGE("the kernel judges the rows of classification", classify_rows)
CGN_JUDGE("the kernel judges the rows of bypass rules", bypass_rows)
CGN_JUDGE("the kernel judges the rows of static mappings", static_rows)
CGN_JUDGE("the kernel judges the rows of whole addresses", whole_rows)
CGN_JUDGE("the kernel judges the rows of fragments of whole addresses", whole_fragment_rows)
CGN_JUDGE("the kernel judges the rows of ICMP errors about whole addresses", whole_error_rows)
CGN_JUDGE("the kernel judges the rows of connections that share ports", overloading_rows)
CGN_JUDGE("the kernel judges the rows of tunnels", tunnel_rows)
CGN_JUDGE("the kernel judges the rows of two realms", realm_rows)
CGN_JUDGE("the kernel judges the rows of next hops", next_hop_rows)
CGN_JUDGE("the kernel judges the rows of packets whose senders are told", told_rows)
CGN_JUDGE("the kernel judges the rows of FTP's control connections", alg_rows)
CGN_JUDGE("the kernel judges the rows of PPTP's calls", call_rows)
CGN_JUDGE("the kernel judges the rows of packets too big for their next hop", too_big_rows)

}  // namespace cgn::test
