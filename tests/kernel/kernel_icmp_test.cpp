// SPDX-License-Identifier: Apache-2.0
// Random ICMP errors, whole and damaged: bpf/icmp.h and packet::read() never disagree about one, and what both translate
// is the same, byte by byte.
//
// Vacuity  Each verdict must have been reached by many of them, translation for each protocol.
#include <catch2/catch.hpp>

#include <map>

#include "packet/identification.hpp"
#include "packet/rewrite.hpp"
#include "packet/view.hpp"
#include "packets/random_errors.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

constexpr Endpoint kInside = at_port(kAlice, 5000);

// What the slow path would make of the error, by the one mapping that each protocol has.
std::optional<Bytes> translated(const Bytes& in, const packet::View& view) {
  if (view.quote->source != kErrorSource) return std::nullopt;
  auto frame = in;
  const auto offset = packet::identification_offset(kErrorSource, view.quote->proto, kSeed);
  packet::translate(frame, view, {.source = {}, .destination = kInside, .identification_offset = offset});
  const auto& to = facts(Link::internal);
  std::ranges::transform(to.next_hop_mac.bytes, frame.begin(), [](auto b) { return std::byte{b}; });
  std::ranges::transform(to.mac.bytes, frame.begin() + 6, [](auto b) { return std::byte{b}; });
  return frame;
}

}  // namespace

TEST_CASE("the program and the slow path agree on random ICMP errors", "[RFC5508-REQ-3][RFC5508-REQ-4]") {
  CGN_NEEDS_KERNEL();
  const auto used_seed = std::random_device{}();
  CAPTURE(used_seed);
  RandomErrors errors{used_seed};
  const World world;
  for (const auto proto : kProtos) world.install(mapped(proto, kInside, kErrorSource));
  std::map<Verdict, unsigned> reached;
  std::map<Proto, unsigned> translations;
  for (int i = 0; i < 20'000; ++i) {
    const auto in = errors.damaged();
    const auto visit = world.visit(Link::external, in);
    const auto kernel = visit.verdict();
    const auto view = packet::read(in);
    INFO(hex(in) << "\nkernel: " << word_of(kernel) << ", read(): " << (view ? "whole" : word_of(view.error())));
    ++reached[kernel];
    if (!view) {
      REQUIRE(kernel == view.error());
      continue;
    }
    if (!view->quote) continue;  // damage made a query of it
    const auto expected = translated(in, *view);
    REQUIRE(kernel == (expected ? CGN_VERDICT_TRANSLATED : CGN_VERDICT_ICMP_UNMATCHED));
    if (!expected) continue;
    REQUIRE(hex(visit.out) == hex(*expected));
    ++translations[view->quote->proto];
  }
  for (const auto v : {CGN_VERDICT_TRUNCATED, CGN_VERDICT_ICMP_CHECKSUM, CGN_VERDICT_ICMP_UNMATCHED}) {
    INFO(word_of(v));
    CHECK(reached[v] > 500);
  }
  CHECK(reached[CGN_VERDICT_ICMP_TYPE] > 50);
  for (const auto proto : kProtos) CHECK(translations[proto] > 500);
}

}  // namespace cgn::test
