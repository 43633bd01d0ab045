// SPDX-License-Identifier: Apache-2.0
// What exporters are told besides the record: notices, and single mappings where they are asked for.
#include "unit/export_node.hpp"

#include "daemon/exporters.hpp"

using namespace cgn;
using namespace cgn::daemon;
using namespace cgn::journal::test;

namespace {

std::string next_line(const Socket& udp) {
  std::array<char, 2000> datagram{};
  pollfd p{udp.fd(), POLLIN, 0};
  REQUIRE(::poll(&p, 1, 20'000) == 1);
  const auto n = ::recv(udp.fd(), datagram.data(), datagram.size(), 0);
  return {datagram.data(), static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

bool silent(const Socket& udp) {
  char octet = 0;
  return ::recv(udp.fd(), &octet, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
}

config::Export to(const std::string& name, const Socket& udp, bool sessions) {
  config::Export one;
  one.collector = {
      .name = name, .type = ExportType::syslog, .host = "127.0.0.1", .port = udp.port, .sessions = sessions};
  return one;
}

const core::MappingView kMapping{.internal = {{Ipv4::from_host(0x64400001), Port{5000}}, kDefaultRealm},
                                 .external = {Ipv4::from_host(0xcb007101), Port{2000}},
                                 .remote = {Ipv4::from_host(0xc6336401), Port{53}}};

}  // namespace

TEST_CASE("single mappings go to those who asked for them, notices to all", "[export][RFC8158]") {
  Node node;
  node.start();
  const Socket quiet{SOCK_DGRAM};
  const Socket eager{SOCK_DGRAM};
  config::Config config;
  config.pools.emplace_back();
  config.pools.front().name = "res-1";
  config.pools.front().max_subscribers = 120;
  config.exports = {to("quiet", quiet, false), to("eager", eager, true)};
  Exporters exporters{node.options(), config};
  exporters.tell(kMapping, true, at(2s));
  CHECK_THAT(next_line(eager), Catch::Contains(" MAPPING_CREATE ") && Catch::Contains("internal=\"100.64.0.1:5000\"") &&
                                   Catch::Contains("external=\"203.0.113.1:2000\""));
  const core::Alarm alarm{.reason = CGN_VERDICT_SUBSCRIBER_LIMIT,
                          .subscriber = {Prefix::of(Ipv4::from_host(0x64400002), 32), kDefaultRealm},
                          .pool = "res-1"};
  exporters.tell(alarm, std::nullopt, at(3s));
  for (const auto* socket : {&quiet, &eager}) {
    CHECK_THAT(next_line(*socket), Catch::Contains(" QUOTA_EXCEEDED ") && Catch::Contains("internal=\"100.64.0.2\""));
  }
  CHECK(silent(quiet));
}

TEST_CASE("a full pool is ports that ran out for whoever holds some, and addresses for whoever holds none",
          "[export][RFC8158]") {
  Node node;
  node.start();
  const Socket udp{SOCK_DGRAM};
  config::Config config;
  config.exports = {to("a", udp, false)};
  Exporters exporters{node.options(), config};
  const core::Alarm full{.reason = CGN_VERDICT_POOL_FULL, .subscriber = {{}, kDefaultRealm}, .pool = "res-1"};
  exporters.tell(full, Ipv4::from_host(0xcb007101), at(2s));
  CHECK_THAT(next_line(udp), Catch::Contains(" PORTS_EXHAUSTED "));
  exporters.tell(full, std::nullopt, at(2s));
  CHECK_THAT(next_line(udp), Catch::Contains(" ADDRESSES_EXHAUSTED "));
}

TEST_CASE("a config taken while running ends who left it, begins who came, and lets the others go on", "[export]") {
  Node node;
  node.start();
  const Socket stays{SOCK_DGRAM};
  const Socket goes{SOCK_DGRAM};
  const Socket comes_in{SOCK_DGRAM};
  config::Config config;
  config.exports = {to("stays", stays, false), to("goes", goes, false)};
  Exporters exporters{node.options(), config};
  node.allocate(2);
  exporters.rows_durable();
  const auto first = seq_of(next_line(stays));
  CHECK(seq_of(next_line(goes)) == first);
  CHECK(seq_of(next_line(goes)) == first + 1);
  config.exports = {to("stays", stays, false), to("comes", comes_in, false)};
  exporters.follow(config);
  node.allocate(1);
  exporters.rows_durable();
  CHECK(seq_of(next_line(comes_in)) == node.last());
  CHECK(seq_of(next_line(stays)) == first + 1);
  CHECK(seq_of(next_line(stays)) == first + 2);
  CHECK(silent(goes));
  const auto status = exporters.status();
  REQUIRE(status.size() == 2);
  CHECK(status[0].collector.name == "stays");
  CHECK(comes([&] { return exporters.status()[0].status.sent == 3; }));
}
