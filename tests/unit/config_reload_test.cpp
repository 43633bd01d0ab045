// SPDX-License-Identifier: Apache-2.0
// From one config to the next: what may change live, and what asks for a restart.
#include <catch2/catch.hpp>

#include <algorithm>

#include "config/parse.hpp"
#include "config/reload.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using test::valid;

const std::string kFile = R"(
[interfaces]
internal = ["int0"]
external = ["ext0"]
[[pool]]
name = "res-1"
addresses = ["203.0.113.0/28"]
block_size = 64
max_subscribers = 100
[[pool]]
name = "biz-1"
addresses = ["203.0.113.16/28"]
max_subscribers = 100
[[rule]]
internal = ["100.64.0.0/17"]
pool = "res-1"
[[rule]]
internal = ["100.64.128.0/17"]
pool = "biz-1"
[nat]
[timeouts]
[limits]
ports_per_subscriber = 64
[log]
retention = "730d"
)";

// The file with this line behind that one.
std::string with(const std::string& line, const std::string& behind) {
  auto text = kFile;
  const auto at = text.find(behind);
  REQUIRE(at != std::string::npos);
  return text.insert(at + behind.size(), "\n" + line);
}

TEST_CASE("the same file changes nothing", "[RFC6888-REQ-4A]") {
  const auto reload = compare(valid(kFile), valid(kFile + "# a comment\n"));
  CHECK(reload.live.empty());
  CHECK(reload.restart.empty());
}

TEST_CASE("limits, timers, rests, marks and refusals change live", "[RFC6888-REQ-4A]") {
  const auto [line, behind] = GENERATE(table<std::string, std::string>({
      {"refusal = \"silent\"", "[nat]"},
      {"midstream = true", "[nat]"},
      {"wait_for_port = \"50ms\"", "[nat]"},
      {"reclaim_closing = true", "[nat]"},
      {"udp = \"400s\"", "[timeouts]"},
      {"udp_dns = \"30s\"", "[timeouts]"},
      {"tcp_established = \"8000s\"", "[timeouts]"},
      {"tcp_ports_per_subscriber = 7", "[limits]"},
      {"new_mappings_per_second = 7", "[limits]"},
      {"icmp_errors_per_second = 7", "[limits]"},
      {"mappings_alarm_low = 70", "[limits]"},
      {"block_linger = \"7s\"", "name = \"biz-1\""},
      {"max_blocks_per_subscriber = 4", "name = \"biz-1\""},
      {"alarm_low = 20", "name = \"res-1\""},
      {"subscriber_to_host = [\"icmp\"]", "external = [\"ext0\"]"},
      {"first_packet_wait = \"500ms\"", "[log]"},
  }));
  CAPTURE(line);
  const auto reload = compare(valid(kFile), valid(with(line, behind)));
  CHECK(reload.restart.empty());
  REQUIRE(reload.live.size() == 1);
  CHECK(reload.live[0].to == line.substr(line.find(" = ") + 3));
}

TEST_CASE("what is cut, attached or promised asks for a restart, by name") {
  const auto [line, behind, key] = GENERATE(table<std::string, std::string, std::string>({
      {"ports = \"2048-65535\"", "name = \"biz-1\"", "[[pool]] biz-1: ports"},
      {"arp = \"off\"", "name = \"biz-1\"", "[[pool]] biz-1: arp"},
      {"mappings = 1000000", "[limits]", "[limits] mappings"},
      {"subscribers = 1000", "[limits]", "[limits] subscribers"},
      {"heartbeat = \"20s\"", "[log]", "[log] heartbeat"},
      {"subscriber_prefix_length = 30", "internal = [\"100.64.128.0/17\"]",
       "[[rule]] number 2: subscriber_prefix_length"},
      {"xdp_mode = \"generic\"", "external = [\"ext0\"]", "[interfaces] xdp_mode"},
  }));
  CAPTURE(line);
  const auto text = with(line, behind);
  const auto reload = compare(valid(kFile), valid(text));
  if (key == "[limits] mappings") {
    CHECK(reload.restart.empty());  // the default, said aloud, is no change
    return;
  }
  REQUIRE(reload.restart.size() == 1);
  CHECK(reload.restart[0].key == key);
}

TEST_CASE("a pool or a rule that comes or goes asks for a restart") {
  const auto more = kFile + "[[pool]]\nname = \"new-1\"\naddresses = [\"203.0.113.32/28\"]\n";
  const auto reload = compare(valid(kFile), valid(more));
  CHECK(std::ranges::any_of(reload.restart, [](const Change& c) { return c.key == "[[pool]] new-1: addresses"; }));
  const auto back = compare(valid(more), valid(kFile));
  CHECK(std::ranges::any_of(back.restart, [](const Change& c) { return c.to.empty(); }));
}

TEST_CASE("every key that may change live is a key that the file has") {
  // Or a key was renamed, and would silently ask for a restart from then on.
  auto next = valid(kFile);
  next.interfaces.subscriber_to_host = {"ntp"};
  next.nat.refusal = Refusal::silent;
  next.nat.answer_ping = true;
  next.nat.gre = false;
  next.nat.midstream = true;
  next.nat.wait_for_port = seconds{1};
  next.nat.reclaim_closing = true;
  const auto& t = next.timeouts = {.udp = seconds{500},
                                   .udp_dns = seconds{5},
                                   .icmp = seconds{500},
                                   .tcp_opening = seconds{500},
                                   .tcp_established = seconds{9000},
                                   .tcp_closing = seconds{500},
                                   .below_rfc_minimum = true};
  CHECK(t.udp == seconds{500});
  auto& l = next.limits;
  l.mappings_per_subscriber = l.ports_per_subscriber = l.tcp_ports_per_subscriber = l.udp_ports_per_subscriber = 9;
  l.icmp_ids_per_subscriber = l.mappings_alarm_high = l.mappings_alarm_low = l.new_mappings_per_second = 9;
  l.icmp_errors_per_second = l.slow_path_packets_per_second = 9;
  auto& p = next.pools[0];
  p.max_blocks_per_subscriber = p.alarm_high = p.alarm_low = 9;
  p.block_linger = p.block_hold_down = p.port_hold_down = seconds{999};
  next.log.first_packet_wait = seconds{9};
  const auto reload = compare(valid(kFile), next);
  CHECK(reload.restart.empty());
  CHECK(reload.live.size() == 31);
}

TEST_CASE("the two marks of an alarm must make sense together") {
  CHECK(parse(with("alarm_high = 70\nalarm_low = 75", "name = \"res-1\"")).complaints.size() == 1);
  CHECK(valid(with("alarm_high = 70", "name = \"res-1\"")).pools[0].alarm_low == 70);
  CHECK(valid(with("alarm_high = 0", "name = \"res-1\"")).pools[0].alarm_low == 0);
  CHECK(parse(with("alarm_high = 101", "name = \"res-1\"")).complaints.size() == 1);
}

TEST_CASE("a packet waits for a port a second at most") {
  CHECK(valid(with("wait_for_port = \"50ms\"", "[nat]")).nat.wait_for_port == std::chrono::milliseconds{50});
  CHECK(parse(with("wait_for_port = \"2s\"", "[nat]")).complaints.size() == 1);
}

}  // namespace
}  // namespace cgn::config
