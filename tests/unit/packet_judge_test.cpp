// SPDX-License-Identifier: Apache-2.0
// The slow path's judge of the packet table (tests/packets/row.hpp): the same rows that the kernel program answers.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "cgn/tunnel.hpp"
#include "packet/fragmenting.hpp"
#include "packet/icmp.hpp"
#include "packet/identification.hpp"
#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packets/row.hpp"

namespace cgn::test {
namespace {

bool is_of_parsing(Verdict verdict) {
  return verdict == CGN_VERDICT_TRUNCATED || verdict == CGN_VERDICT_NOT_IPV4 || verdict == CGN_VERDICT_PROTOCOL ||
         verdict == CGN_VERDICT_FRAGMENT_TINY || verdict == CGN_VERDICT_ICMP_TYPE ||
         verdict == CGN_VERDICT_ICMP_CHECKSUM || verdict == CGN_VERDICT_HEADER_CHECKSUM ||
         verdict == CGN_VERDICT_IP_OPTIONS || verdict == CGN_VERDICT_SOURCE_ROUTE;
}

packet::IcmpError error_of(const Punt& punt) {
  switch (punt.reason) {
    case CGN_PUNT_TTL_EXCEEDED: return packet::kTtlExceeded;
    case CGN_PUNT_PROTOCOL: return packet::kProtocolUnreachable;
    default: return packet::fragmentation_needed(static_cast<std::uint16_t>(punt.mtu));
  }
}

int judge_answer(const Row& row) {
  const auto view = packet::read_header(row.in);
  REQUIRE(view.has_value());
  CHECK(packet::may_answer(row.in, *view));
  const auto sent = packet::error_about(row.in, *view, error_of(*row.punt), facts(row.link).own);
  CHECK(hex(sent) == hex(padded(row.answer)));
  return 1;
}

int judge_pieces(const Row& row, const Bytes& whole) {
  const auto pieces = packet::fragments(whole, 14 + 4 * facts(row.egress).tag_count, row.punt->mtu);
  REQUIRE(pieces.size() == row.pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i) CHECK(hex(pieces[i]) == hex(padded(identified(row, row.pieces[i]))));
  return 1;
}

bool is_translated(const Row& row) {
  return !row.out.empty() && row.verdict != CGN_VERDICT_ARP_ANSWERED && row.verdict != CGN_VERDICT_BYPASSED;
}

std::vector<Mapping> mappings_of(const Row& row, const packet::View& view) {
  auto all = row.given;
  all.insert(all.end(), row.granted.begin(), row.granted.end());
  // A tunnel is one to its remote alone.
  const auto remote = is_internal(row.link) ? view.destination.address : view.source.address;
  std::erase_if(all, [&](const Mapping& m) { return is_tunnel(m.proto) && m.remote.address != remote; });
  // GRE that bears a call which is known is of that call, all other of no call.
  const auto known = [&](const Mapping& m) {
    return is_call(m) && row.alg_pptp && Port{view.call} == (is_internal(row.link) ? m.remote.port : m.external.port);
  };
  const bool called = std::ranges::any_of(all, known);
  std::erase_if(all, [&](const Mapping& m) { return called ? m.proto == view.proto && !known(m) : is_call(m); });
  for (auto& m : all) {
    if (is_call(m)) m.external.port = Port{};
  }
  return all;
}

// Without a port: a later fragment, whose row has one mapping of its addresses. A 1:1 mapping is found by address, and
// keeps the port. One that shares its port is its remote's alone.
struct End {
  Endpoint Mapping::*which;
  Endpoint wanted;
  Endpoint remote;
  std::optional<RealmId> realm{};  // of an internal end
};
std::optional<Mapping> find(const std::vector<Mapping>& mappings, std::optional<Proto> proto, const End& end) {
  const auto& wanted = end.wanted;
  for (auto m : mappings) {
    if (end.realm && m.realm != *end.realm) continue;
    const auto& there = m.*end.which;
    if (is_whole(m) && there.address == wanted.address) {
      m.internal.port = m.external.port = wanted.port;
      return m;
    }
    if (m.proto != proto || is_whole(m) || (m.session && m.remote != end.remote)) continue;
    if (there == wanted || (wanted.port == Port{} && there.address == wanted.address)) return m;
  }
  return std::nullopt;
}

// Nothing: of a transport that nobody here reads.
template <class Shown>
std::optional<Proto> proto_of(const Shown& shown) {
  return shown.opaque ? std::nullopt : std::optional{shown.proto};
}

// The slow path gets it only of addresses that are translated whole.
bool concerns_whole(const Row& row) { return std::ranges::any_of(row.given, is_whole); }

bool is_same_subscriber(Ipv4 a, Ipv4 b) { return a == b; }  // the world's mask is a /32

// The same of an error: nullopt = its quote is about nobody's packet. Sender and receiver of the *quoted* packet have
// the mappings; the error travels the other way.
std::optional<packet::Translation> error_translation(const Row& row, const packet::View& view) {
  const auto& quote = *view.quote;
  packet::Translation to;
  auto quoted_sender = quote.source;
  // Both ends of a tunnel's packet name it, and of several subscribers who speak ESP to one remote nobody knows who sent it.
  const auto remote = is_internal(row.link) ? quote.source.address : quote.destination.address;
  const auto fits = [&](const Mapping& m) {
    return m.proto == quote.proto && m.remote.address == remote && (m.alone || is_internal(row.link));
  };
  if (is_tunnel(quote.proto) && !concerns_whole(row) && std::none_of(row.given.begin(), row.given.end(), fits))
    return std::nullopt;
  if (is_internal(row.link) && kSubscribers.contains(quote.destination.address)) {
    const auto& from = view.source.address;
    if (kSubscribers.contains(from) && !is_same_subscriber(from, quote.destination.address)) return std::nullopt;
    const auto m =
        find(row.given, proto_of(quote), {&Mapping::internal, quote.destination, quote.source, realm_of(row.link)});
    if (!m) return std::nullopt;
    to.source = m->external;
    if (quote.proto == Proto::icmp) quoted_sender.port = m->external.port;
  }
  if (!kPool.contains(view.destination.address)) return to.source ? std::optional{to} : std::nullopt;
  const auto m =
      find(row.given, proto_of(quote), {&Mapping::external, quoted_sender, to.source.value_or(quote.destination)});
  if (!m) return std::nullopt;
  to.destination = m->internal;
  return to;
}

// What the daemon would ask of rewrite: nullopt = nobody holds the destination.
std::optional<packet::Translation> translation(const Row& row, const packet::View& view) {
  if (view.quote) return error_translation(row, view);
  const auto mappings = mappings_of(row, view);
  packet::Translation to;
  to.identification = row.new_identification;
  auto destination = view.destination;
  if (is_internal(row.link) && kSubscribers.contains(view.source.address)) {
    if (const auto m =
            find(mappings, proto_of(view), {&Mapping::internal, view.source, view.destination, realm_of(row.link)})) {
      to.source = m->external;
    }
    // Nothing is held for a whole address but whole packets with ports.
    const bool bare = view.opaque || (view.fragment.is_fragment() && view.source.address == kErin);
    if (bare && !to.source) return std::nullopt;
    // A hairpinned echo reaches the pool with its sender's external identifier.
    if (view.proto == Proto::icmp) {
      if (!to.source) return std::nullopt;
      destination.port = to.source->port;
    }
  }
  if (!kPool.contains(view.destination.address)) return to;
  const auto m = find(mappings, proto_of(view), {&Mapping::external, destination, to.source.value_or(view.source)});
  if (!m) return std::nullopt;
  to.destination = m->internal;
  return to;
}

// Behind it is one host, whose numbers are left to it.
bool is_whole_outside(Ipv4 address) { return address == kErinOutside || address == kFrankOutside; }

// The offset belongs to the new source; what has none ignores it.
packet::Translation numbered(packet::Translation to, const Row& row, const packet::View& view) {
  if (view.quote) {
    // Undone in the quote: the number that the quoted sender's external end gave the packet.
    const auto& quote = *view.quote;
    if (is_whole_outside(quote.source.address)) return to;
    auto end = quote.source;
    for (const auto& m : row.given) {
      // A hairpinned query's quote shows its receiver's identifier.
      const bool queried = quote.proto == Proto::icmp && to.destination == std::optional{m.internal};
      if (m.proto == quote.proto && queried) end = m.external;
    }
    to.identification_offset = packet::identification_offset(end, quote.proto, kSeed);
    return to;
  }
  const auto proto = view.proto;
  if (to.source && is_whole_outside(to.source->address)) return to;
  if (to.source) to.identification_offset = packet::identification_offset(*to.source, proto, kSeed);
  return to;
}

packet::LinkHeader link_header(Link link) {
  const auto& f = facts(link);
  return {.destination = f.next_hop_mac,
          .source = f.mac,
          .tag_count = f.tag_count,
          .outer_tpid = f.outer_tpid,
          .outer_vid = f.outer_vid,
          .inner_vid = f.inner_vid};
}

// Exhaustive over what a row can ask of the slow path; the number of checks made, 0 = the row is the kernel's alone.
int judge(const Row& row) {
  const auto view = concerns_whole(row) ? packet::read_whole(row.in) : packet::read(row.in);
  if (is_of_parsing(row.verdict)) {
    REQUIRE_FALSE(view.has_value());
    CHECK(word_of(view.error()) == word_of(row.verdict));
    return 1;
  }
  if (row.verdict == CGN_VERDICT_NO_MAPPING) {
    REQUIRE(view.has_value());
    CHECK_FALSE(translation(row, *view).has_value());
    return 1;
  }
  // Whom a mapping hears is for the kernel and the daemon to know, not for who translates.
  if (row.verdict == CGN_VERDICT_ICMP_UNMATCHED && row.heard.empty()) {
    if (!view) {
      CHECK(word_of(view.error()) == word_of(row.verdict));
    } else {
      CHECK_FALSE(translation(row, *view).has_value());
    }
    return 1;
  }
  if (row.verdict == CGN_VERDICT_TOO_BIG) {
    REQUIRE(view.has_value());
    CHECK(view->length > facts(row.egress).mtu);
    return 1;
  }
  if (!row.answer.empty()) return judge_answer(row);
  if (!is_translated(row) && row.pieces.empty()) return 0;
  REQUIRE(view.has_value());
  auto to = translation(row, *view);
  REQUIRE(to.has_value());
  to->mss_clamp = row.mss_clamp;
  auto frame = row.in;
  packet::translate(frame, *view, numbered(*to, row, *view));
  const auto sent = packet::with_link_header(frame, *view, link_header(row.egress));
  if (!row.pieces.empty()) return judge_pieces(row, sent);
  const auto expected = slow_path_out(row);
  INFO("in\n" << hex(row.in) << "\nexpected\n" << hex(expected) << "\nsent\n" << hex(sent));
  CHECK(sent == expected);
  CHECK(view->length <= facts(row.egress).mtu);
  return 1;
}

}  // namespace

TEST_CASE("the slow path answers the packet table as the kernel does", "[packets]") {
  int judged = 0;
  for (const auto& row : all_rows()) {
    INFO("row: " << row.says);
    judged += judge(row);
  }
  CHECK(judged >= 80);  // or the judge looked away
}

TEST_CASE("every row of the packet table is a sentence of its own", "[packets]") {
  std::set<std::string_view> sentences;
  for (const auto& row : all_rows()) {
    INFO("row: " << row.says);
    CHECK(sentences.insert(row.says).second);
    CHECK(row.in.size() >= 14);  // BPF_PROG_TEST_RUN takes no less
    CHECK((row.verdict == CGN_VERDICT_PUNTED) == row.punt.has_value());
    CHECK((row.granted.empty() || row.verdict == CGN_VERDICT_PUNTED));
    CHECK((row.answer.empty() || row.verdict == CGN_VERDICT_PUNTED));
    CHECK((row.pieces.empty() || row.verdict == CGN_VERDICT_PUNTED));
  }
}

TEST_CASE("the packet table reaches every verdict of the kernel that one packet alone can reach", "[packets]") {
  // Policing needs many packets, and an answered ping another setting; the kernel's own tests see to them.
  const std::set<Verdict> beyond{CGN_VERDICT_CONTINUE, CGN_VERDICT_POLICED, CGN_VERDICT_POLICED_STRANGERS,
                                 CGN_VERDICT_ECHO_ANSWERED};
  std::set<Verdict> reached;
  for (const auto& row : all_rows()) reached.insert(row.verdict);
  for (const auto& text : kVerdicts) {
    INFO("verdict: " << text.word);
    if (text.side == VerdictSide::slow_path || beyond.contains(text.verdict)) {
      CHECK_FALSE(reached.contains(text.verdict));
    } else {
      CHECK(reached.contains(text.verdict));
    }
  }
}

}  // namespace cgn::test
