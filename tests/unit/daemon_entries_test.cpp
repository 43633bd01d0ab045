// SPDX-License-Identifier: Apache-2.0
// A mapping and its two entries say the same, and each entry names its twin.
#include "daemon/entries.hpp"

#include <catch2/catch.hpp>
#include <cstring>

using namespace cgn;
using namespace std::chrono_literals;

namespace {

const core::MappingView kMapping{.id = 42,
                                 .proto = Proto::tcp,
                                 .internal = {*Ipv4::parse("100.64.0.7"), Port{40000}},
                                 .external = {*Ipv4::parse("203.0.113.10"), Port{13000}},
                                 .remote = {*Ipv4::parse("198.51.100.1"), Port{443}},
                                 .features = CGN_FEATURE_DNS,
                                 .seen = CGN_SEEN_SYN,
                                 .window_scale = 8};

bool equal(const cgn_key& a, const cgn_key& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("a mapping becomes two entries that are each other's twin") {
  const auto pair = daemon::to_entries(kMapping, at(10s).mono);
  CHECK(equal(pair.outbound.key, daemon::outbound_key(kMapping)));
  CHECK(equal(pair.inbound.key, daemon::inbound_key(kMapping)));
  CHECK(equal(daemon::twin_key(pair.outbound), pair.inbound.key));
  CHECK(equal(daemon::twin_key(pair.inbound), pair.outbound.key));
  CHECK(daemon::to_mapping(pair.outbound) == kMapping);
}

TEST_CASE("a fresh inbound entry has never been seen") {
  const auto pair = daemon::to_entries(kMapping, at(10s).mono);
  CHECK(daemon::to_seen(pair.outbound).last_seen == stamp_of(at(10s).mono));
  CHECK(daemon::to_seen(pair.inbound).last_seen == 0);
  CHECK(daemon::to_seen(pair.inbound).bits == 0);
}
