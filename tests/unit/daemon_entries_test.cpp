// SPDX-License-Identifier: Apache-2.0
// A mapping and its two entries say the same, and each entry names its twin.
#include "daemon/entries.hpp"

#include <catch2/catch.hpp>
#include <cstring>

#include "io/session_table.hpp"

using namespace cgn;
using namespace std::chrono_literals;

namespace {

const core::MappingView kMapping{.id = 42,
                                 .proto = Proto::tcp,
                                 .internal = {{*Ipv4::parse("100.64.0.7"), Port{40000}}, kDefaultRealm},
                                 .external = {*Ipv4::parse("203.0.113.10"), Port{13000}},
                                 .remote = {*Ipv4::parse("198.51.100.1"), Port{443}},
                                 .features = CGN_FEATURE_DNS,
                                 .seen = CGN_SEEN_SYN,
                                 .window_scale = 8};

bool equal(const cgn_key& a, const cgn_key& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

TEST_CASE("a mapping becomes two entries that are each other's twin") {
  const auto pair = daemon::to_entries(kMapping, at(10s).mono);
  CHECK(equal(cgn_key_of(&pair.outbound), daemon::outbound_key(kMapping)));
  CHECK(equal(cgn_key_of(&pair.inbound), daemon::inbound_key(kMapping)));
  CHECK(equal(daemon::twin_key(pair.outbound), cgn_key_of(&pair.inbound)));
  CHECK(equal(daemon::twin_key(pair.inbound), cgn_key_of(&pair.outbound)));
  CHECK(daemon::to_mapping(pair.outbound) == kMapping);
}

TEST_CASE("the two entries of a connection that shares its port are each other's twin, remote included") {
  auto connection = kMapping;
  connection.session = true;
  const auto same = [](const cgn_session_key& a, const cgn_session_key& b) {
    return std::memcmp(&a, &b, sizeof a) == 0;
  };
  const auto pair = daemon::to_entries(connection, at(10s).mono);
  CHECK(same(io::SessionTable::key_of(pair.outbound), daemon::outbound_session(connection)));
  CHECK(same(io::SessionTable::key_of(pair.inbound), daemon::inbound_session(connection)));
  CHECK(same(daemon::twin_session(pair.outbound), daemon::inbound_session(connection)));
  CHECK(same(daemon::twin_session(pair.inbound), daemon::outbound_session(connection)));
  CHECK(daemon::to_connection(pair.outbound) == connection);
}

TEST_CASE("a fresh inbound entry has never been seen") {
  const auto pair = daemon::to_entries(kMapping, at(10s).mono);
  CHECK(daemon::to_seen(pair.outbound).last_seen == stamp_of(at(10s).mono));
  CHECK(daemon::to_seen(pair.inbound).last_seen == 0);
  CHECK(daemon::to_seen(pair.inbound).bits == 0);
}

TEST_CASE("the entries of a whole address have neither protocol nor ports, whatever packet asked for it") {
  auto whole = kMapping;
  whole.id = 0;
  whole.remote = {};
  whole.seen = whole.window_scale = 0;
  whole.external.port = whole.internal.port;
  whole.features = CGN_FEATURE_STATIC | CGN_FEATURE_WHOLE;
  const auto pair = daemon::to_entries(whole, at(10s).mono);
  for (const auto& entry : {pair.outbound, pair.inbound}) {
    CHECK(entry.key.proto == 0);
    CHECK(entry.key.port == 0);
    CHECK(entry.to_port == 0);
  }
  CHECK(pair.outbound.to_addr == whole.external.address.net());
  CHECK(equal(daemon::twin_key(pair.outbound), cgn_key_of(&pair.inbound)));
  CHECK(equal(daemon::twin_key(pair.inbound), cgn_key_of(&pair.outbound)));
  // As the core has it: what no packet asked for has the first protocol of all and port 0.
  const core::MappingView plain{.internal = {{whole.internal.address, {}}, kDefaultRealm},
                                .external = {whole.external.address, {}},
                                .features = whole.features};
  CHECK(daemon::to_mapping(pair.outbound) == plain);
}
