// SPDX-License-Identifier: Apache-2.0
// Static mappings: what they say, and what they may not.
#include <catch2/catch.hpp>

#include "config/check.hpp"
#include "config/parse.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;

std::string file(const std::string& more) {
  return test::minimal_file({.pool = "ports = \"1024-65535\"", .more = more, .addresses = "203.0.113.0/25"});
}

std::string given(const std::string& external, const std::string& internal) {
  return "[[static]]\nexternal = \"" + external + "\"\ninternal = \"" + internal + "\"\n";
}

std::string complaint(const std::string& more) {
  const auto said = test::the_complaint(file(more));
  CHECK_FALSE(said.hint.empty());
  return to_string(said, "cgn.toml");
}

}  // namespace

TEST_CASE("a static mapping is a port forward, and comes back from the file that shows it") {
  const auto text =
      file(given("203.0.113.250:443/tcp", "100.64.5.5:8443") + given("203.0.113.9:53/udp", "10.0.0.5:53"));
  const auto parsed = parse(text);
  REQUIRE(parsed.complaints.empty());
  REQUIRE(parsed.config.statics.size() == 2);
  const auto again = parse(to_toml(parsed.config));
  REQUIRE(again.complaints.empty());
  for (const auto* config : {&parsed.config, &again.config}) {
    const auto& forward = config->statics[0];
    CHECK(forward.proto == Proto::tcp);
    CHECK(to_string(forward.external) == "203.0.113.250:443");
    CHECK(to_string(forward.internal) == "100.64.5.5:8443");
    CHECK(to_string(config->statics[1].internal) == "10.0.0.5:53");
  }
}

TEST_CASE("one port may be forwarded for TCP and UDP, to one host", "[RFC6888-REQ-14]") {
  const auto tcp = given("203.0.113.250:443/tcp", "100.64.5.5:443");
  CHECK(parse(file(tcp + given("203.0.113.250:443/udp", "100.64.5.5:8443"))).complaints.empty());
  CHECK_THAT(complaint(tcp + given("203.0.113.250:443/udp", "100.64.5.9:443")), Contains("names no protocol"));
}

TEST_CASE("what a static mapping may not say is refused with place and hint") {
  CHECK_THAT(complaint(given("203.0.113.250:443/icmp", "100.64.5.5:443")), Contains("no external end"));
  CHECK_THAT(complaint(given("203.0.113.250:0/tcp", "100.64.5.5:443")), Contains("no external end"));
  CHECK_THAT(complaint(given("203.0.113.250:443", "100.64.5.5:443")), Contains("no external end"));
  CHECK_THAT(complaint(given("203.0.113.250:443/tcp", "100.64.5.5")), Contains("no internal end"));
  CHECK_THAT(complaint(given("203.0.113.9:5000/tcp", "100.64.5.5:443")), Contains("lent by pool 'res'"));
  CHECK_THAT(complaint(given("203.0.113.250:443/tcp", "203.0.113.9:443")), Contains("address of pool 'res'"));
  CHECK_THAT(complaint(given("100.64.3.3:443/tcp", "100.64.5.5:443")), Contains("lies in internal prefix"));
  const auto first = given("203.0.113.250:443/tcp", "100.64.5.5:443");
  CHECK_THAT(complaint(first + given("203.0.113.250:444/tcp", "100.64.5.5:443")),
             Contains("has 203.0.113.250:443/tcp"));
  CHECK_THAT(complaint(first + given("203.0.113.251:80/tcp", "203.0.113.250:80")), Contains("internal to one"));
  CHECK_THAT(complaint(first + "[[rule]]\naction = \"bypass\"\ninternal = [\"100.64.5.5\"]\n"),
             Contains("is bypassed"));
}

TEST_CASE("a whole address is mapped 1:1, and comes back from the file that shows it") {
  const auto parsed = parse(file(given("203.0.113.250", "100.64.5.5") + given("203.0.113.251", "10.0.0.5")));
  REQUIRE(parsed.complaints.empty());
  const auto again = parse(to_toml(parsed.config));
  REQUIRE(again.complaints.empty());
  for (const auto* config : {&parsed.config, &again.config}) {
    REQUIRE(config->statics.size() == 2);
    CHECK(config->statics[0].whole);
    CHECK(config->statics[0].external == Endpoint{Ipv4::parse("203.0.113.250").value(), Port{0}});
    CHECK(config->statics[0].internal == Endpoint{Ipv4::parse("100.64.5.5").value(), Port{0}});
    CHECK(config->statics[0].ports() == PortRange{Port{0}, Port{65535}});
    CHECK(config->statics[1].whole);
  }
}

TEST_CASE("a whole address is one host's and nobody else's", "[RFC6888-REQ-14]") {
  const auto whole = given("203.0.113.250", "100.64.5.5");
  CHECK_THAT(complaint(whole + given("203.0.113.250", "100.64.5.9")), Contains("203.0.113.250 of a static"));
  CHECK_THAT(complaint(whole + given("203.0.113.250:443/tcp", "100.64.5.9:443")), Contains("given to 100.64.5.5"));
  CHECK_THAT(complaint(given("203.0.113.250:443/tcp", "100.64.5.9:443") + whole), Contains("given to 100.64.5.9"));
  CHECK_THAT(complaint(whole + given("203.0.113.251", "100.64.5.5")), Contains("internal 100.64.5.5"));
  CHECK_THAT(complaint(whole + given("203.0.113.251:443/tcp", "100.64.5.5:443")), Contains("has 203.0.113.250"));
  CHECK_THAT(complaint(given("203.0.113.251:443/tcp", "100.64.5.5:443") + whole),
             Contains("has 203.0.113.251:443/tcp"));
  CHECK_THAT(complaint(whole + given("203.0.113.251", "203.0.113.250")), Contains("internal to one"));
  CHECK_THAT(complaint(given("203.0.113.250", "203.0.113.250")), Contains("mapped to itself"));
  CHECK_THAT(complaint(given("203.0.113.9", "100.64.5.5")), Contains("lent by pool 'res'"));
  CHECK_THAT(complaint(given("203.0.113.250", "100.64.5.5:443")), Contains("no internal end"));
  CHECK_THAT(complaint(given("203.0.113.250/32", "100.64.5.5")), Contains("no external end"));
  CHECK_THAT(complaint(whole + "[[rule]]\naction = \"bypass\"\ninternal = [\"100.64.5.5\"]\n"),
             Contains("is bypassed"));
}

TEST_CASE("an address of the box is no end of a static mapping") {
  const auto parsed = parse(file(given("203.0.113.250:443/tcp", "100.64.5.5:443")));
  MachineFacts facts;
  facts.interfaces["int0"] = {};
  facts.interfaces["ext0"] = {};
  CHECK(check(parsed.config, facts).empty());
  facts.interfaces["ext0"].addresses = {Ipv4::parse("203.0.113.250").value()};
  const auto complaints = check(parsed.config, facts);
  REQUIRE(complaints.size() == 1);
  CHECK_THAT(complaints.front().what, Contains("203.0.113.250") && Contains("ext0"));
}

}  // namespace cgn::config
