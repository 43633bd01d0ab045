// SPDX-License-Identifier: Apache-2.0
// What a file says, and every way in which it can say it wrong.
#include <catch2/catch.hpp>
#include <fmt/core.h>

#include <string>

#include "config/parse.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using test::only_complaint;
using test::valid;
using namespace std::chrono_literals;

// A valid file with one line more at the end of its [[pool]], or of a table of its own.
std::string file(std::string_view pool_lines = "", std::string_view more = "", std::string_view rule_lines = "") {
  return test::minimal_file({.pool = pool_lines, .rule = rule_lines, .more = more});
}

std::string all_of(const Complaints& complaints) {
  std::string text;
  for (const auto& complaint : complaints) text += to_string(complaint, "cgn.toml") + "\n";
  return text;
}

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

}  // namespace

TEST_CASE("a short file gives the documented defaults", "[RFC4787-REQ-5c]") {
  const auto config = valid(file());
  REQUIRE(config.pools.size() == 1);
  const auto& pool = config.pools[0];
  CHECK(pool.name == "res");
  CHECK(pool.addresses == std::vector{*Prefix::parse("203.0.113.0/24")});
  CHECK(to_string(pool.ports) == "1024-65535");
  CHECK(pool.block_size == 512);
  CHECK(pool.extension_block_size == 512);
  CHECK(pool.max_blocks_per_subscriber == 8);
  CHECK(pool.max_subscribers == 256 * 63);
  CHECK(pool.block_hold_down == 120s);
  CHECK(pool.port_hold_down == 120s);
  CHECK(pool.answer_arp);
  REQUIRE(config.rules.size() == 1);
  CHECK(config.rules[0].pool == "res");
  CHECK(config.rules[0].subscriber_prefix_length == 32);
  CHECK(config.timeouts.udp == 300s);
  CHECK_FALSE(config.timeouts.udp_dns.has_value());
  CHECK(config.timeouts.tcp_established == 7440s);
  CHECK(config.nat.refusal == Refusal::host_unreachable);
  CHECK(config.limits.mappings == 1'000'000);
  CHECK(config.log.retention == std::chrono::hours{24 * 730});
  CHECK(config.api.socket == "/run/cgn/api.sock");
  CHECK(config.interfaces.internal[0].name == "int0");
  CHECK(config.interfaces.internal[0].place == Place{3, 13});
  CHECK(pool.place == Place{9, 13});
}

TEST_CASE("every key of the documentation is read") {
  const auto config = valid(R"(
schema = 1
node = { id = 7, name = "cgn-ber-1" }
[interfaces]
internal = ["a", "b.100"]
external = ["a"]
xdp_mode = "native"
afxdp = "zerocopy"
coexist = "exclusive"
subscriber_to_host = ["ntp", "ssh"]
transit = ["192.0.2.0/24"]
bogons = ["0.0.0.0/8", "198.51.100.0/24", "224.0.0.0/3"]
[[pool]]
name = "res-1"
addresses = ["203.0.113.0/25", "203.0.113.200"]
ports = "2048-4095"
block_size = 64
extension_block_size = 32
max_blocks_per_subscriber = 3
max_subscribers = 129
pooling = "paired"
allocation = "dynamic"
port_selection = "random"
block_linger = "5m"
block_hold_down = "130s"
port_hold_down = "140s"
arp = "off"
[[rule]]
internal = ["100.64.0.0/17", "100.64.128.0/24"]
pool = "res-1"
subscriber_prefix_length = 30
action = "translate"
[nat]
mapping = "endpoint-independent"
filtering = "endpoint-independent"
hairpin = true
refusal = "admin-prohibited"
midstream = true
unsolicited_syn = "silent"
tcp_mss_clamp = 1452
[timeouts]
udp = "121s"
udp_dns = "10s"
icmp = "61s"
tcp_opening = "241s"
tcp_established = "3h"
tcp_closing = "5m"
fragment = "15s"
below_rfc_minimum = true
[limits]
mappings = 5000
subscribers = 200
mappings_per_subscriber = 11
ports_per_subscriber = 12
new_mappings_per_second = 13
icmp_errors_per_second = 14
slow_path_packets_per_second = 15
[log]
path = "/srv/log"
retention = "2h"
sign_key = "/srv/sign.key"
when_unwritable = "refuse"
first_packet_wait = "200ms"
heartbeat = "5s"
require_case = true
audit_path = "/srv/audit.cgnaudit"
[api]
socket = "/run/x.sock"
)");
  CHECK(config.node.id == 7);
  CHECK(config.node.name == "cgn-ber-1");
  CHECK(config.interfaces.internal[1].name == "b.100");
  CHECK(config.interfaces.xdp_mode == XdpMode::native);
  CHECK(config.interfaces.afxdp == AfXdpMode::zerocopy);
  CHECK(config.interfaces.subscriber_to_host == std::vector<std::string>{"ntp", "ssh"});
  CHECK(config.interfaces.transit.size() == 1);
  CHECK(config.interfaces.bogons.size() == 3);
  const auto& pool = config.pools[0];
  CHECK(pool.address_count() == 129);
  CHECK(to_string(pool.ports) == "2048-4095");
  CHECK(pool.block_size == 64);
  CHECK(pool.extension_block_size == 32);
  CHECK(pool.max_blocks_per_subscriber == 3);
  CHECK(pool.max_subscribers == 129);
  CHECK(pool.block_linger == 5min);
  CHECK(pool.block_hold_down == 130s);
  CHECK(pool.port_hold_down == 140s);
  CHECK_FALSE(pool.answer_arp);
  CHECK(config.rules[0].internal.size() == 2);
  CHECK(config.rules[0].subscriber_prefix_length == 30);
  CHECK(config.nat.refusal == Refusal::admin_prohibited);
  CHECK(config.nat.midstream);
  CHECK(config.nat.tcp_mss_clamp == 1452);
  CHECK(config.timeouts.udp == 121s);
  CHECK(config.timeouts.udp_dns == Duration{10s});
  CHECK(config.timeouts.icmp == 61s);
  CHECK(config.timeouts.tcp_opening == 241s);
  CHECK(config.timeouts.tcp_established == 3h);
  CHECK(config.timeouts.tcp_closing == 5min);
  CHECK(config.timeouts.fragment == 15s);
  CHECK(config.limits.mappings == 5000);
  CHECK(config.limits.subscribers == 200);
  CHECK(config.limits.mappings_per_subscriber == 11);
  CHECK(config.limits.ports_per_subscriber == 12);
  CHECK(config.limits.new_mappings_per_second == 13);
  CHECK(config.limits.icmp_errors_per_second == 14);
  CHECK(config.limits.slow_path_packets_per_second == 15);
  CHECK(config.log.path == "/srv/log");
  CHECK(config.log.retention == 2h);
  CHECK(config.log.first_packet_wait == 200ms);
  CHECK(config.log.sign_key == "/srv/sign.key");
  CHECK(config.log.heartbeat == 5s);
  CHECK(config.log.require_case);
  CHECK(config.log.audit_path == "/srv/audit.cgnaudit");
  CHECK(config.api.socket == "/run/x.sock");
}

TEST_CASE("an unknown key is named with the nearest known one, at the key") {
  CHECK(only_complaint(file("blok_size = 512")) ==
        "cgn.toml:10:1: unknown key 'blok_size' in [[pool]] (did you mean 'block_size'?)");
  CHECK(only_complaint(file("", "[timeouts]\nudp_dsn = \"30s\"")) ==
        "cgn.toml:16:1: unknown key 'udp_dsn' in [timeouts] (did you mean 'udp_dns'?)");
  CHECK_THAT(only_complaint(file("colour = \"red\"")), EndsWith("unknown key 'colour' in [[pool]]"));
}

TEST_CASE("an unknown table is named with the nearest known one") {
  CHECK_THAT(only_complaint(file("", "[limit]\nmappings = 5")),
             Contains("unknown key 'limit' in the file (did you mean 'limits'?)"));
}

TEST_CASE("what later versions know is refused as not supported, not as unknown") {
  const auto refused = [](std::string_view more) { return only_complaint(file("", more)); };
  CHECK_THAT(refused("[metrics]\nlisten = \"127.0.0.1:9877\""), Contains("'metrics' in the file is not supported"));
  CHECK_THAT(refused("[nat]\nmapping = \"address-dependent\""), Contains("(only \"endpoint-independent\")"));
  CHECK_THAT(refused("[nat]\nhairpin = false"), Contains("'hairpin' = false in [nat] is not supported"));
  CHECK_THAT(only_complaint(file("port_selection = \"sequential\"")), Contains("(only \"random\")"));
  CHECK_THAT(only_complaint(file("alarm_blocks_used = [80, 95]")), Contains("not supported by this version"));
  CHECK_THAT(only_complaint(file("[pool.udp]\nmapping = \"address-dependent\"")),
             Contains("in [pool.udp] is not supported"));
}

TEST_CASE("wrong types are named by what they are and should be") {
  CHECK_THAT(only_complaint(file("block_size = \"512\"")), Contains("must be an integer, not a string"));
  CHECK_THAT(only_complaint(file("block_size = 512.0")), Contains("not a floating-point number"));
  CHECK_THAT(only_complaint(file("ports = 1024")), Contains("'ports' in [[pool]] must be a string, not an integer"));
  CHECK_THAT(only_complaint(file("", "[nat]\nmidstream = \"no\"")), Contains("must be true or false"));
  CHECK_THAT(only_complaint(file("", "[timeouts]\nudp = 300")), Contains("\"300s\""));
  CHECK_THAT(only_complaint(file("", "[timeouts]\nudp = \"300\"")), Contains("must be a duration"));
  CHECK_THAT(only_complaint(file("", "api = 3")), Contains("unknown key 'api' in [[rule]]"));
  CHECK_THAT(only_complaint(file("", "[[nat]]\nmidstream = true")), Contains("'nat' must be a table (write [nat])"));
}

TEST_CASE("the MSS clamp is a number of bytes or off") {
  CHECK(parse(file("", "[nat]\ntcp_mss_clamp = \"off\"")).config.nat.tcp_mss_clamp == 0);
  CHECK(parse(file("", "[nat]\ntcp_mss_clamp = 88")).config.nat.tcp_mss_clamp == 88);
  CHECK(parse(file("", "[nat]\ntcp_mss_clamp = 65495")).config.nat.tcp_mss_clamp == 65495);
  CHECK_THAT(only_complaint(file("", "[nat]\ntcp_mss_clamp = 87")), Contains("from 88 to 65495"));
  CHECK_THAT(only_complaint(file("", "[nat]\ntcp_mss_clamp = 65496")), Contains("from 88 to 65495"));
  CHECK_THAT(only_complaint(file("", "[nat]\ntcp_mss_clamp = \"auto\"")),
             Contains("must be a number of bytes or \"off\", not \"auto\"") && Contains("1452"));
  CHECK_THAT(only_complaint(file("", "[nat]\ntcp_mss_clamp = true")), Contains("must be an integer"));
}

TEST_CASE("an unsolicited SYN is met with silence, and with nothing else", "[RFC5382-REQ-4a]") {
  CHECK_THAT(only_complaint(file("", "[nat]\nunsolicited_syn = \"unreachable\"")), Contains("only \"silent\""));
}

TEST_CASE("a pool and a rule written as tables are told how to be arrays of tables") {
  const auto parsed = parse(
      "[interfaces]\ninternal=[\"a\"]\nexternal=[\"b\"]\n[log]\nretention=\"1d\"\n[pool]\nname=\"x\"\n[rule]\npool="
      "\"x\"\n");
  REQUIRE(parsed.complaints.size() == 2);
  CHECK(parsed.complaints[0].hint == "write [[pool]]");
  CHECK(parsed.complaints[1].hint == "write [[rule]]");
}

TEST_CASE("text that is no TOML gives one complaint at its place, and no follow-up") {
  CHECK_THAT(only_complaint("schema = 1\n[pool\nname = 3\n"), StartsWith("cgn.toml:2:"));
  CHECK_THAT(only_complaint(file("name = \"again\"")), Contains("not TOML"));
}

TEST_CASE("an empty file misses everything that has no default") {
  const auto text = all_of(parse("").complaints);
  CHECK_THAT(text, Contains("'internal' is missing in [interfaces]"));
  CHECK_THAT(text, Contains("'external' is missing in [interfaces]"));
  CHECK_THAT(text, Contains("'retention' is missing in [log]"));
  CHECK_THAT(text, Contains("there is no [[pool]]"));
  CHECK_THAT(text, Contains("there is no [[rule]]"));
  CHECK(parse("").complaints.size() == 5);
}

TEST_CASE("a timer below its RFC's minimum is refused unless the file says it means it",
          "[RFC4787-REQ-5][RFC5382-REQ-5][RFC5508-REQ-2]") {
  const auto [key, below, minimum, rfc] = GENERATE(table<std::string, std::string, std::string, std::string>(
      {{"udp", "119s", "120s", "RFC 4787 REQ-5"},
       {"icmp", "59s", "60s", "RFC 5508 REQ-2"},
       {"tcp_opening", "239s", "240s", "RFC 5382 REQ-5"},
       {"tcp_established", "7439s", "7440s", "RFC 5382 REQ-5"},
       {"tcp_closing", "239999ms", "240s", "RFC 5382 REQ-5"},
       {"fragment", "1999ms", "2s", "RFC 8512 fragment-min-timeout"}}));
  const auto line = key + " = \"";
  CHECK(only_complaint(file("", "[timeouts]\n" + line + below + "\"")) ==
        "cgn.toml:16:" + std::to_string(key.size() + 4) + ": '" + key + "' in [timeouts] is " + below +
            ", below the minimum of " + minimum + " (" + rfc + ") (below_rfc_minimum = true in [timeouts] allows it)");
  valid(file("", "[timeouts]\n" + line + minimum + "\""));
  valid(file("", "[timeouts]\nbelow_rfc_minimum = true\n" + line + below + "\""));
  CHECK_THAT(only_complaint(file("", "[timeouts]\nbelow_rfc_minimum = true\n" + line + "0s\"")),
             Contains("1s at least"));
}

TEST_CASE("a rest below 120 s is refused unless the file says it means it", "[RFC6888-REQ-8]") {
  const std::string key = GENERATE("block_hold_down", "port_hold_down");
  CHECK_THAT(only_complaint(file(key + " = \"119s\"")), Contains("below the minimum of 120s (RFC 6888 REQ-8)"));
  const auto config = valid(file(key + " = \"0s\"", "[timeouts]\nbelow_rfc_minimum = true"));
  CHECK(std::min(config.pools[0].block_hold_down, config.pools[0].port_hold_down) == 0s);
}

TEST_CASE("a short timer for DNS needs no leave", "[RFC4787-REQ-5]") {
  CHECK(valid(file("", "[timeouts]\nudp_dns = \"5s\"")).timeouts.udp_dns == Duration{5s});
}

TEST_CASE("addresses that overlap are refused, in one pool and between two") {
  CHECK_THAT(only_complaint(file("[[pool]]\nname = \"two\"\naddresses = [\"203.0.113.128/25\"]\n",
                                 "[[rule]]\ninternal = [\"100.127.0.0/16\"]\npool = \"two\"")),
             Contains(":12:14: 203.0.113.128/25 of pool 'two' overlaps 203.0.113.0/24 of pool 'res'"));
  auto text = file();
  text.replace(text.find("[\"203.0.113.0/24\"]"), 18, "[\"203.0.113.0/24\", \"203.0.113.9\"]");
  CHECK_THAT(only_complaint(text), Contains("203.0.113.9 of pool 'res' overlaps 203.0.113.0/24 of the same pool"));
}

TEST_CASE("rules that overlap each other or a pool are refused") {
  CHECK_THAT(only_complaint(file("", "[[rule]]\ninternal = [\"100.64.3.0/24\"]\npool = \"res\"")),
             Contains("internal prefix 100.64.3.0/24 overlaps 100.64.0.0/16 of the rule for pool 'res'"));
  CHECK_THAT(only_complaint(file("", "[[rule]]\ninternal = [\"203.0.113.64/26\"]\npool = \"res\"")),
             Contains("overlaps 203.0.113.0/24 of pool 'res'"));
}

TEST_CASE("no packet before proof: there is no weaker policy for a log that cannot be written") {
  auto text = file();
  text.insert(text.find("retention"), "when_unwritable = \"continue\"\n");
  CHECK_THAT(only_complaint(text), Contains("not supported by this version"));
}

TEST_CASE("the record of look-ups has an absolute path, and whether a case is wanted is yes or no") {
  auto text = file();
  text.insert(text.find("retention"), "audit_path = \"audit.cgnaudit\"\n");
  CHECK_THAT(only_complaint(text), Contains("'audit_path' in [log] must be an absolute path, not 'audit.cgnaudit'"));
  text = file();
  text.insert(text.find("retention"), "require_case = \"yes\"\n");
  CHECK_THAT(only_complaint(text), Contains("require_case"));
}

TEST_CASE("a rule names a pool that exists, and no name is given twice") {
  CHECK_THAT(only_complaint(file("", "[[rule]]\ninternal = [\"100.127.0.0/16\"]\npool = \"ress\"")),
             Contains("there is no pool 'ress' (did you mean 'res'?)"));
  CHECK_THAT(only_complaint(file("", "[[rule]]\ninternal = [\"100.127.0.0/16\"]")),
             Contains("'pool' is missing in [[rule]]"));
  CHECK_THAT(only_complaint(file("", "[[pool]]\nname = \"res\"\naddresses = [\"198.51.100.0/24\"]")),
             Contains("there are two pools 'res'"));
}

TEST_CASE("addresses must be prefixes that hosts can have") {
  const auto pool = [](std::string_view address) {
    auto text = file();
    return only_complaint(text.replace(text.find("203.0.113.0/24"), 14, address));
  };
  CHECK_THAT(pool("203.0.113.1/24"), Contains("host bits must be zero"));
  CHECK_THAT(pool("203.0.113"), Contains("is no IPv4 prefix"));
  CHECK_THAT(pool("127.0.0.0/24"), Contains("overlaps 127.0.0.0/8, which no host has"));
  CHECK_THAT(pool("0.0.0.0/0"), Contains("which no host has"));
}

TEST_CASE("bogons may be what no host has, but not everything, and not too many") {
  const auto with = [](const std::string& bogons) {
    auto text = file();
    return text.insert(text.find("external ="), "bogons = [" + bogons + "]\n");
  };
  CHECK(valid(with("\"127.0.0.0/8\", \"100.64.0.0/10\"")).interfaces.bogons.size() == 2);
  CHECK_THAT(only_complaint(with("\"0.0.0.0/0\"")), Contains("is every address"));
  CHECK_THAT(only_complaint(with("\"192.0.2.1/24\"")), Contains("host bits must be zero"));
  std::string many;
  for (unsigned i = 0; i <= 2048; ++i) many += fmt::format("\"100.{}.{}.0/24\", ", 64 + i / 256, i % 256);
  CHECK_THAT(only_complaint(with(many)), Contains("2048 at most"));
}

TEST_CASE("names and paths are checked") {
  CHECK_THAT(only_complaint(file("", "[node]\nname = \"two words\"")), Contains("cannot be a name in [node]"));
  CHECK_THAT(only_complaint(file("", "[api]\nsocket = \"api.sock\"")), Contains("must be an absolute path"));
  CHECK_THAT(only_complaint(file("", "[api]\nsocket = \"/" + std::string(107, 'x') + "\"")), Contains("107 at most"));
  auto text = file();
  CHECK_THAT(only_complaint(text.replace(text.find("int0"), 4, "int0/1")),
             Contains("cannot be the name of an interface"));
  text = file();
  CHECK_THAT(only_complaint(text.replace(text.find("[\"int0\"]"), 8, "[]")), Contains("'internal' names no interface"));
  text = file();
  CHECK_THAT(only_complaint(text.replace(text.find("[\"int0\"]"), 8, "[\"a\", \"a\"]")),
             Contains("stands in 'internal' twice"));
}

TEST_CASE("a subscriber prefix is no larger than the rule's prefixes") {
  CHECK_THAT(only_complaint(file("", "", "subscriber_prefix_length = 15")),
             Contains("one subscriber of /15 is larger than the internal prefix 100.64.0.0/16"));
  CHECK(valid(file("", "", "subscriber_prefix_length = 16")).rules[0].subscriber_prefix_length == 16);
}

TEST_CASE("unknown words are answered with the known ones") {
  CHECK_THAT(only_complaint(file("", "[nat]\nrefusal = \"reset\"")),
             Contains("one of: host-unreachable, admin-prohibited, silent"));
  CHECK_THAT(only_complaint(file("arp = \"on\"")), Contains("one of: auto, off"));
}

TEST_CASE("another schema is refused") {
  const auto text = "schema = 2" + file().substr(10);
  CHECK_THAT(only_complaint(text), Contains("'schema' in the file is 2"));
}

}  // namespace cgn::config
