// SPDX-License-Identifier: Apache-2.0
// Bypass rules: what they say, and what they may not.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;

std::string file(const std::string& rule) {
  const auto more = "[[rule]]\naction = \"bypass\"\n" + rule;
  return test::minimal_file({.more = more});
}

std::string complaint(const std::string& rule) { return test::only_complaint(file(rule)); }

}  // namespace

TEST_CASE("a bypass rule names hosts, or remotes with or without ports", "[RFC6888-REQ-6]") {
  const auto hosts = parse(file("internal = [\"198.51.100.0/28\", \"100.64.9.0/24\"]"));
  REQUIRE(hosts.complaints.empty());
  REQUIRE(hosts.config.bypasses.size() == 1);
  CHECK(hosts.config.rules.size() == 1);
  CHECK(hosts.config.bypasses[0].internal.size() == 2);

  const auto remotes = parse(file("destination = \"192.0.2.53\"\nports = [\"53\", \"853/tcp\"]"));
  REQUIRE(remotes.complaints.empty());
  using Service = Bypass::Service;
  CHECK(remotes.config.bypasses[0].ports ==
        std::vector{Service{Proto::tcp, Port{53}}, Service{Proto::udp, Port{53}}, Service{Proto::tcp, Port{853}}});
}

TEST_CASE("what a bypass rule may not say is refused with the place") {
  CHECK_THAT(complaint(""), Contains("destination"));
  CHECK_THAT(complaint("destination = [\"203.0.113.9\"]"), Contains("203.0.113.9 overlaps 203.0.113.0/24"));
  CHECK_THAT(complaint("destination = [\"100.64.3.0/24\"]"), Contains("overlaps 100.64.0.0/16"));
  CHECK_THAT(complaint("internal = [\"203.0.113.9\"]"), Contains("overlaps 203.0.113.0/24"));
  CHECK_THAT(complaint("destination = [\"192.0.2.1\"]\nports = [\"53/icmp\"]"), Contains("is no port"));
  CHECK_THAT(complaint("destination = [\"192.0.2.1\"]\nports = [\"0\"]"), Contains("is no port"));
  CHECK_THAT(complaint("destination = [\"192.0.2.1\"]\nports = [\"65536\"]"), Contains("is no port"));
  CHECK_THAT(complaint("internal = [\"198.51.100.0/28\"]\nports = [\"53\"]"),
             Contains("'destination', which is not given"));
  CHECK_THAT(complaint("destination = [\"192.0.2.1\"]\npool = \"res\""), Contains("pool"));
}

TEST_CASE("a bypass rule written out reads back the same") {
  const auto first = parse(file("destination = [\"192.0.2.53\"]\nports = [\"53\", \"443/tcp\"]")).config;
  const auto again = parse(to_toml(first));
  REQUIRE(again.complaints.empty());
  REQUIRE(again.config.bypasses.size() == 1);
  CHECK(again.config.bypasses[0].destinations == first.bypasses[0].destinations);
  CHECK(again.config.bypasses[0].ports == first.bypasses[0].ports);
}

}  // namespace cgn::config
