// SPDX-License-Identifier: Apache-2.0
// What both judges need of a row beyond its fields.
#include "packets/row.hpp"

#include <algorithm>

namespace cgn::test {
namespace {

std::size_t link_header_size(const Bytes& frame) {
  std::size_t at = 12;
  const auto is_tag = [&frame](std::size_t i) {
    const auto type = std::to_integer<unsigned>(frame[i]) << 8 | std::to_integer<unsigned>(frame[i + 1]);
    return type == 0x8100 || type == 0x88a8;
  };
  while (at + 6 <= frame.size() && is_tag(at)) at += 4;
  return at + 2;
}

// Bytes of `in` behind the end that its IPv4 header tells.
Bytes trailer(const Bytes& in) {
  const auto l3 = link_header_size(in);
  if (in.size() < l3 + 4) return {};
  const auto length = std::to_integer<std::size_t>(in[l3 + 2]) << 8 | std::to_integer<std::size_t>(in[l3 + 3]);
  if (l3 + length >= in.size()) return {};
  return {in.begin() + static_cast<std::ptrdiff_t>(l3 + length), in.end()};
}

}  // namespace

Action action_of(Verdict verdict) {
  switch (kVerdicts[verdict].end) {
    case VerdictEnd::sent: return Action::redirect;
    case VerdictEnd::passed: return Action::pass;
    case VerdictEnd::waits: return Action::redirect;  // to the slow path
    case VerdictEnd::refused: return Action::drop;
  }
  return Action::drop;
}

Bytes kernel_out(const Row& row) {
  if (row.verdict == CGN_VERDICT_ARP_ANSWERED) return row.out;
  auto out = identified(row, row.out);
  const auto rest = trailer(row.in);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

Bytes slow_path_out(const Row& row) { return padded(identified(row, row.out)); }

Frame received_by(Link link) {
  const auto& f = facts(link);
  Frame frame;
  frame.eth(f.next_hop_mac, f.mac);
  if (f.tag_count >= 1) frame.vlan(f.outer_vid, f.outer_tpid);
  if (f.tag_count == 2) frame.vlan(f.inner_vid);
  return frame;
}

Frame sent_by(Link link) {
  auto frame = received_by(link);
  return frame.eth(facts(link).mac, facts(link).next_hop_mac);
}

std::vector<Row> all_rows() {
  std::vector<Row> all;
  for (const auto rows : {outbound_rows,
                          inbound_rows,
                          hairpin_rows,
                          filtering_rows,
                          filtering_hairpin_rows,
                          icmp_rows,
                          icmp_error_rows,
                          icmp_error_outbound_rows,
                          icmp_error_hairpin_rows,
                          icmp_error_refused_rows,
                          tcp_rows,
                          tcp_mss_rows,
                          transport_rows,
                          transport_error_rows,
                          vlan_rows,
                          checksum_rows,
                          malformed_rows,
                          hygiene_rows,
                          options_rows,
                          identification_rows,
                          fragment_rows,
                          classify_rows,
                          bypass_rows,
                          static_rows,
                          whole_rows,
                          whole_fragment_rows,
                          whole_error_rows,
                          overloading_rows,
                          tunnel_rows,
                          realm_rows,
                          next_hop_rows,
                          told_rows,
                          too_big_rows,
                          alg_rows,
                          call_rows}) {
    auto more = rows();
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace cgn::test
