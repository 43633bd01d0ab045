// SPDX-License-Identifier: Apache-2.0
// The config's limits as the program's switches.
#include "daemon/settings.hpp"

#include <catch2/catch.hpp>

using namespace cgn;

TEST_CASE("subscribers reach exactly the services of the box that the config lists") {
  config::Config config;
  config.interfaces.subscriber_to_host = {"icmp", "dns"};
  CHECK(daemon::make_settings(config, 0).host_services == (CGN_HOST_ICMP | CGN_HOST_DNS));
  config.interfaces.subscriber_to_host = {};
  CHECK(daemon::make_settings(config, 0).host_services == 0);
}

TEST_CASE("the kernel hands up control connections of FTP unless its ALG is off") {
  config::Config config;
  CHECK((daemon::make_settings(config, 0).switches & CGN_SWITCH_ALG_FTP) != 0);
  CHECK(daemon::make_settings(config, 0).alg_punts_per_second > 0);
  config.alg.ftp = false;
  CHECK((daemon::make_settings(config, 0).switches & CGN_SWITCH_ALG_FTP) == 0);
}

TEST_CASE("strangers never get more than a quarter of the slow path") {
  config::Config config;
  config.limits.slow_path_packets_per_second = 80'000;
  CHECK(daemon::make_settings(config, 0).stranger_punts_per_second == 20'000);
}

TEST_CASE("the kernel lowers the MSS to what the config says, and to nothing by default") {
  config::Config config;
  CHECK(daemon::make_settings(config, 0).mss_clamp == 0);
  config.nat.tcp_mss_clamp = 1452;
  CHECK(daemon::make_settings(config, 0).mss_clamp == 1452);
}

TEST_CASE("a subscriber's bucket leaves room for retransmissions of its allowed new mappings") {
  config::Config config;
  config.limits.new_mappings_per_second = 200;
  CHECK(daemon::make_settings(config, 0).subscriber_punts_per_second == 400);
}

TEST_CASE("the kernel translates the tunnels that the config wants, and wakes the daemon for them within bounds") {
  config::Config config;
  CHECK((daemon::make_settings(config, 0).switches & (CGN_SWITCH_ESP | CGN_SWITCH_GRE)) ==
        (CGN_SWITCH_ESP | CGN_SWITCH_GRE));
  CHECK(daemon::make_settings(config, 0).tunnel_punts_per_second > 0);  // 0 would be no limit
  config.nat.esp = false;
  CHECK((daemon::make_settings(config, 0).switches & (CGN_SWITCH_ESP | CGN_SWITCH_GRE)) == CGN_SWITCH_GRE);
}
