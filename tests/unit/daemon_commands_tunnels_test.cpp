// SPDX-License-Identifier: Apache-2.0
// Tunnels as the whole loop shows them: from the kernel's sessions to the document.
#include "daemon/tunnel_entries.hpp"
#include "unit/daemon_commands_loop.hpp"

using namespace cgn;
using namespace cgn::daemon::test;

TEST_CASE("tunnels are listed behind the mappings, with all that came in by any SPI", "[control]") {
  Loop loop;
  (void)loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");
  core::Tunnel tunnel{.internal = {*Ipv4::parse("100.64.0.7"), kDefaultRealm},
                      .external = *Ipv4::parse("203.0.113.1"),
                      .remote = *Ipv4::parse("198.51.100.1")};
  auto first = daemon::inbound_entry(tunnel, 7, 0), second = daemon::inbound_entry(tunnel, 8, 0);
  first.packets = 3;
  second.packets = 4;
  loop.daemon.sessions = {first, daemon::outbound_entry(tunnel, 0), second, daemon::mark_entry(tunnel, true)};
  tunnel.proto = kGre;
  loop.daemon.sessions.push_back(daemon::outbound_entry(tunnel, 0));

  CHECK(loop.json({"show", "mapping"})["mappings"].size() == 3);
  CHECK(loop.json({"show", "mapping", "--internal", "100.64.0.8"})["mappings"].empty());
  CHECK(loop.json({"show", "mapping", "--internal", "100.64.0.7:5000"})["mappings"].size() == 1);
  CHECK(loop.json({"show", "mapping", "--limit", "2"})["more"] == true);
  const auto esp = loop.json({"show", "mapping", "--proto", "esp"})["mappings"];
  REQUIRE(esp.size() == 1);
  CHECK(esp[0]["internal"] == "100.64.0.7");
  CHECK(esp[0]["external"] == "203.0.113.1");
  CHECK(esp[0]["remote"] == "198.51.100.1");
  CHECK(esp[0]["packets_in"] == 7);
  CHECK(loop.json({"show", "mapping", "--proto", "gre"})["mappings"].size() == 1);
}
