// SPDX-License-Identifier: Apache-2.0
// The config against the machine, and a file with everything wrong at once.
#include <catch2/catch.hpp>

#include <string>

#include "config/parse.hpp"

namespace cgn::config {
namespace {

constexpr std::string_view kFile = R"([interfaces]
internal = ["int0"]
external = ["ext0"]
[log]
retention = "730d"
[[pool]]
name = "res"
addresses = ["203.0.113.0/24"]
[[rule]]
internal = ["100.64.0.0/16"]
pool = "res"
)";

MachineFacts machine() {
  MachineFacts facts;
  facts.interfaces["int0"] = {.connected = {*Prefix::parse("192.0.2.0/30")}, .addresses = {*Ipv4::parse("192.0.2.1")}};
  facts.interfaces["ext0"] = {.connected = {*Prefix::parse("198.51.100.0/24")},
                              .addresses = {*Ipv4::parse("198.51.100.1")}};
  facts.interfaces["lo"] = {.mtu = 65536, .connected = {}, .addresses = {*Ipv4::parse("127.0.0.1")}};
  return facts;
}

std::string with(std::string_view from, std::string_view to) {
  std::string text{kFile};
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string only_complaint(const std::string& text, const MachineFacts& facts) {
  const auto parsed = parse(text);
  REQUIRE(parsed.complaints.empty());
  const auto complaints = check(parsed.config, facts);
  for (const auto& complaint : complaints) UNSCOPED_INFO(to_string(complaint, "f"));
  REQUIRE(complaints.size() == 1);
  return to_string(complaints.front(), "f");
}

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

}  // namespace

TEST_CASE("a config that fits the machine has no complaint") { CHECK(check(parse(kFile).config, machine()).empty()); }

TEST_CASE("an interface that does not exist is named with the nearest that does") {
  CHECK(only_complaint(with("\"int0\"", "\"itn0\""), machine()) ==
        "f:2:13: there is no interface 'itn0' (did you mean 'int0'?)");
}

TEST_CASE("an MTU that XDP cannot carry is answered with the largest that works") {
  auto facts = machine();
  facts.interfaces["ext0"].mtu = 9000;
  facts.interfaces["ext0"].max_xdp_mtu = 3498;
  CHECK(
      only_complaint(std::string{kFile}, facts) ==
      "f:3:13: interface 'ext0' has MTU 9000, and XDP with AF_XDP carries 3498 there (ip link set dev ext0 mtu 3498)");
  facts.interfaces["ext0"].mtu = 3498;
  CHECK(check(parse(kFile).config, facts).empty());
}

TEST_CASE("a one-armed interface is complained about once") {
  auto facts = machine();
  facts.interfaces["ext0"].mtu = 9000;
  CHECK_THAT(only_complaint(with("\"int0\"", "\"ext0\""), facts), Contains("MTU 9000"));
}

TEST_CASE("a pool address that is the box's own is refused: ports would shadow each other (CVE-2021-3773)") {
  auto facts = machine();
  facts.interfaces["dummy0"].addresses = {*Ipv4::parse("203.0.113.9")};
  CHECK_THAT(only_complaint(std::string{kFile}, facts),
             StartsWith("f:8:13: 203.0.113.9 of pool 'res' is an address of interface 'dummy0'"));
}

TEST_CASE("a pool on a connected external subnet needs ARP") {
  auto facts = machine();
  facts.interfaces["ext0"].connected.push_back(*Prefix::parse("203.0.112.0/22"));
  CHECK(check(parse(kFile).config, facts).empty());
  CHECK_THAT(only_complaint(with("[[rule]]", "arp = \"off\"\n[[rule]]"), facts),
             StartsWith("f:8:13: 203.0.113.0/24 of pool 'res' lies on the subnet of interface 'ext0', and arp is off"));
}

TEST_CASE("a pool with the broadcast address of its subnet is refused: a subscriber there would get no answers") {
  auto facts = machine();
  auto& connected = facts.interfaces["ext0"].connected;
  connected = {*Prefix::parse("203.0.113.0/24")};
  CHECK_THAT(only_complaint(std::string{kFile}, facts),
             StartsWith("f:8:13: 203.0.113.255 of pool 'res' is the broadcast address of interface 'ext0'"));
  connected = {*Prefix::parse("203.0.113.254/31"), *Prefix::parse("203.0.112.0/22")};  // none, and one beyond the pool
  CHECK(check(parse(kFile).config, facts).empty());
}

TEST_CASE("a pool on an internal subnet is refused", "[RFC4787-REQ-7]") {
  auto facts = machine();
  facts.interfaces["int0"].connected.push_back(*Prefix::parse("203.0.113.128/25"));
  CHECK_THAT(only_complaint(std::string{kFile}, facts), Contains("lies on the subnet of internal interface 'int0'"));
}

TEST_CASE("an internal prefix that an external interface is connected to is refused", "[RFC4787-REQ-7]") {
  auto facts = machine();
  facts.interfaces["ext0"].connected.push_back(*Prefix::parse("100.64.7.0/24"));
  CHECK_THAT(only_complaint(std::string{kFile}, facts),
             StartsWith("f:10:12: internal prefix 100.64.0.0/16 overlaps 100.64.7.0/24, the subnet of external"));
}

TEST_CASE("tables larger than memory are refused with the arithmetic") {
  auto facts = machine();
  facts.memory_bytes = 256u << 20;
  const auto text = std::string{kFile} + "[limits]\nmappings = 2000000\n";
  CHECK_THAT(only_complaint(text, facts), StartsWith("f:13:12: the tables need ") &&
                                              Contains("256 MiB are available") && Contains("2 x 2000000 entries") &&
                                              Contains("lower 'mappings'"));
  facts.memory_bytes = 0;  // unknown
  CHECK(check(parse(text).config, facts).empty());
}

TEST_CASE("a file with seven faults gives seven complaints, each with line and column") {
  const std::string text = R"(schema = 1
[interfaces]
internal = ["int7"]
external = ["ext0"]
[timeouts]
udp = "30s"
[log]
retention = "730d"
retension = "730d"
[[pool]]
name = "res"
addresses = ["203.0.113.0/24"]
block_size = 65000
[[pool]]
name = "biz"
addresses = ["198.51.100.64/27", "203.0.113.64/26"]
arp = "off"
[[rule]]
internal = ["100.64.0.0/17"]
pool = "res"
[[rule]]
internal = ["100.64.128.0/17"]
pool = "biz"
)";
  auto facts = machine();
  facts.interfaces["ext0"].mtu = 9000;
  const auto complaints = all_complaints(parse(text), facts);
  std::string all;
  for (const auto& complaint : complaints) all += to_string(complaint, "cgn.toml") + "\n";
  INFO(all);
  REQUIRE(complaints.size() == 7);
  const std::array<std::string_view, 7> begins{
      "cgn.toml:3:13: there is no interface 'int7'",
      "cgn.toml:4:13: interface 'ext0' has MTU 9000",
      "cgn.toml:6:7: 'udp' in [timeouts] is 30s, below the minimum of 120s",
      "cgn.toml:9:1: unknown key 'retension' in [log] (did you mean 'retention'?)",
      "cgn.toml:13:14: 'block_size' of pool 'res' does not fit: 65000 ports",
      "cgn.toml:16:13: 198.51.100.64/27 of pool 'biz' lies on the subnet of interface 'ext0', and arp is off",
      "cgn.toml:16:34: 203.0.113.64/26 of pool 'biz' overlaps 203.0.113.0/24 of pool 'res'"};
  for (std::size_t i = 0; i < begins.size(); ++i) {
    CHECK_THAT(to_string(complaints[i], "cgn.toml"), StartsWith(std::string{begins[i]}));
  }
}

}  // namespace cgn::config
