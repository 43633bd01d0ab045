// SPDX-License-Identifier: Apache-2.0
#include "parity/model/model.hpp"

#include <algorithm>

namespace cgn::parity {
namespace {

packet::LinkHeader twin_header_of(const test::LinkFacts& egress) {
  return {.destination = egress.next_hop_mac,
          .source = egress.mac,
          .tag_count = egress.tag_count,
          .outer_tpid = egress.outer_tpid,
          .outer_vid = egress.outer_vid,
          .inner_vid = egress.inner_vid};
}

// The slow path pads anew; the kernel edits in place and keeps what stood behind the packet.
Bytes forwarded(const Visit& v) {
  Bytes frame{v.in.frame.begin(), v.in.frame.end()};
  if (v.direction == CGN_BYPASS) {
    v.twin.pass(frame, v.view);
  } else {
    auto to = v.to;
    to.mss_clamp = static_cast<std::uint16_t>(v.state.scene.settings.mss_clamp);
    v.twin.translate(frame, v.view, to);
  }
  const auto& egress = test::facts(v.next_hop->egress);
  auto out = v.twin.with_link_header(frame, v.view, twin_header_of(egress));
  out.resize(14 + 4 * egress.tag_count + v.ip.length);
  out.insert(out.end(), v.in.frame.begin() + static_cast<std::ptrdiff_t>(v.ip.end()), v.in.frame.end());
  return out;
}

PuntHeader header_of(const Visit& v) {
  const auto hop = v.next_hop.value_or(NextHop{});
  return {.reason = *v.reason,
          .direction = v.direction,
          .routed = v.next_hop.has_value(),
          .resolved = hop.resolved,
          .egress = hop.egress,
          .next_hop = hop.address,
          .l3 = v.view.l3,
          .l4 = v.view.l4,
          .mtu = v.mtu,
          .view = v.looks()};
}

Bytes frame_of(const Visit& v, Verdict verdict) {
  switch (verdict) {
    case CGN_VERDICT_TRANSLATED:
    case CGN_VERDICT_HAIRPINNED:
    case CGN_VERDICT_BYPASSED: return forwarded(v);
    case CGN_VERDICT_ECHO_ANSWERED: return echo_reply(v);
    case CGN_VERDICT_ARP_ANSWERED: return arp_reply(v);
    default: return {v.in.frame.begin(), v.in.frame.end()};  // handed on or dropped as it came
  }
}

bool same_header(const packet::View& view, const LinkHeader& link, const Ipv4Header& ip) {
  return view.l3 == ip.at && view.l4 == ip.transport() && view.end == ip.end() && view.tag_count == link.tag_count &&
         view.length == ip.length && view.ttl == ip.ttl && view.source.address == ip.source &&
         view.destination.address == ip.destination;
}

// Two readers of one frame, written apart: what both must see. Empty: they agree.
std::string_view quarrel_of(Frame frame, const Twin& twin) {
  const auto header = twin.read_header(frame), view = twin.read(frame);
  const auto verdict = header ? CGN_VERDICT_CONTINUE : header.error();
  const auto link = read_link_header(frame);
  if (!link) return verdict == CGN_VERDICT_TRUNCATED ? "" : "the link header is cut, and the twin does not say so";
  if (link->type != 0x0800) return verdict == CGN_VERDICT_NOT_IPV4 ? "" : "the twin takes a foreign type for IPv4";
  const auto ip = read_ipv4_header(frame, link->size);
  if (!ip) return verdict == CGN_VERDICT_TRUNCATED ? "" : "the IPv4 header lies, and the twin does not say so";
  if (const auto fault = fault_of_header(frame, *ip); verdict != fault.value_or(CGN_VERDICT_CONTINUE)) {
    return "the twin judges the IPv4 header otherwise";
  }
  if (!header) return "";
  if (!same_header(*header, *link, *ip)) return "the twin's view differs from the header";
  if (!view) return "";
  const bool same = same_header(*view, *link, *ip) && static_cast<unsigned>(view->proto) == ip->protocol;
  const bool same_place = view->fragment.offset == ip->fragment_offset * 8 && view->fragment.more == ip->more_fragments;
  return same && same_place ? "" : "the twin's view of the packet differs from its header";
}

// The port that the packet would have left by has gone: known only after it was rewritten.
bool lost_its_port(const Visit& v, Verdict verdict) {
  if (!v.state.scene.port_left) return false;
  switch (verdict) {
    case CGN_VERDICT_TRANSLATED:
    case CGN_VERDICT_HAIRPINNED:
    case CGN_VERDICT_BYPASSED: return test::facts(v.next_hop->egress).port == "ext0";
    case CGN_VERDICT_ARP_ANSWERED:
    case CGN_VERDICT_ECHO_ANSWERED: return v.link->port == "ext0";
    default: return false;
  }
}

bool fits_as_fragment(const Ipv4Header& ip) {
  if (!ip.is_fragment()) return true;
  const auto data = ip.transport_length();
  if (data == 0 || (ip.more_fragments && data % 8 != 0)) return false;
  return ip.transport() - ip.at + ip.fragment_offset * 8 + data <= 65535;
}

}  // namespace

Endpoint Visit::sent_source() const {
  if (to.source) return *to.source;
  return direction == CGN_OUTBOUND || direction == CGN_HAIRPIN ? Endpoint{} : view.source;
}

Endpoint Visit::sent_destination() const { return to.destination.value_or(view.destination); }

void Visit::touch(const HalfKey& key) {
  if (std::ranges::find(touched, key) == touched.end()) touched.push_back(key);
}

Verdict Model::verdict_of(Visit& v) const {
  if (const auto verdict = classify(v)) return *verdict;
  return v.direction == CGN_BYPASS ? carry(v) : translate(v);
}

Step Model::find_hop(Visit& v) const {
  const auto view = v.twin.read_header(v.in.frame);
  if (!view) return view.error();
  v.view = *view;
  if (const auto verdict = tell_of_ttl(v)) return verdict;
  if (v.reason) return kGoOn;
  if (const auto verdict = find_route(v)) return verdict;
  return fit(v);
}

Verdict Model::carry(Visit& v) const {
  if (const auto verdict = find_hop(v)) return *verdict;
  if (v.reason) return police(v).value_or(CGN_VERDICT_PUNTED);
  return CGN_VERDICT_BYPASSED;
}

// Of a transport that the twin does not read nothing but the header is known.
Step Model::read_packet(Visit& v) const {
  auto view = is_whole(v) ? v.twin.read_whole(v.in.frame) : v.twin.read(v.in.frame);
  // The twin takes every tunnel for one that is wanted; a fragment that lies is found out before its protocol matters.
  if (is_unwanted_tunnel(v) && !is_whole(v) && fits_as_fragment(v.ip)) view = std::unexpected{CGN_VERDICT_PROTOCOL};
  if (!view && view.error() == CGN_VERDICT_PROTOCOL) {
    v.view = v.twin.read_header(v.in.frame).value();
    return tell_of_protocol(v);
  }
  if (!view) return view.error();
  v.view = *view;
  return kGoOn;
}

Step Model::find_way(Visit& v) const {
  if (const auto verdict = read_packet(v)) return verdict;
  if (v.reason) return kGoOn;
  if (is_answered(v)) return CGN_VERDICT_ECHO_ANSWERED;
  // From inside before a mapping is looked up, let alone made; outside only who reaches somebody is told.
  const bool opaque = is_whole(v) && (v.view.opaque || is_later_fragment(v));
  if (v.direction != CGN_INBOUND && v.ip.ttl <= 1 && !opaque) return tell_of_ttl(v);
  if (const auto verdict = find_mapping(v)) return verdict;
  if (const auto verdict = v.view.quote ? kGoOn : filter(v)) return verdict;
  // Nothing is held for a whole address but whole packets with ports.
  const bool bare = opaque || (is_whole(v) && v.ip.is_fragment());
  if (bare && v.reason == CGN_PUNT_FIRST_PACKET) return CGN_VERDICT_NO_MAPPING;
  if (v.ip.ttl <= 1) return tell_of_ttl(v);
  find_control(v);
  if (!opaque) find_alg(v);
  if (v.ip.is_fragment() && !is_whole(v)) v.reason = CGN_PUNT_FRAGMENT;
  if (!may_route(v) && !is_whole(v)) return kGoOn;
  if (const auto verdict = find_route(v)) return verdict;
  return fit(v);
}

Verdict Model::translate(Visit& v) const {
  if (const auto verdict = find_way(v)) return *verdict;
  leave_traces(v);
  if (v.reason) return police(v).value_or(CGN_VERDICT_PUNTED);
  return v.direction == CGN_HAIRPIN ? CGN_VERDICT_HAIRPINNED : CGN_VERDICT_TRANSLATED;
}

Answer Model::judge(const Arrival& in) {
  Visit v{.in = in, .state = state_, .twin = twin_};
  Answer answer{.verdict = verdict_of(v), .quarrel = quarrel_of(in.frame, twin_)};
  answer.is_icmp_error = v.view.quote.has_value();
  answer.frame = frame_of(v, answer.verdict);
  if (answer.verdict == CGN_VERDICT_PUNTED) answer.punt = header_of(v);
  if (lost_its_port(v, answer.verdict)) {
    answer.verdict = CGN_VERDICT_NO_PORT;
    answer.frame_open = true;
  }
  answer.touched = std::move(v.touched);
  return answer;
}

}  // namespace cgn::parity
