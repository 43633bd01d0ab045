// SPDX-License-Identifier: Apache-2.0
// The policies, as text.
#include "group.hpp"

#include <fmt/format.h>

#include "cast.hpp"

namespace cgn::selftest {
namespace {

constexpr std::string_view kTiny = R"(addresses = ["203.0.113.1"]
ports = "1024-1151"
block_size = 64
extension_block_size = 64
max_blocks_per_subscriber = 1
max_subscribers = 2
)";

constexpr std::string_view kTwoBlocks = R"(addresses = ["203.0.113.1"]
ports = "1024-1055"
block_size = 16
extension_block_size = 16
max_blocks_per_subscriber = 1
max_subscribers = 2
)";

std::string_view pool_of(Group group) {
  switch (group) {
    case Group::plain:
    case Group::short_timers:
    case Group::limited: return "addresses = [\"203.0.113.0/28\"]\n";
    case Group::short_rests: return kTwoBlocks;
    case Group::tiny_pool:
    case Group::admin_prohibited:
    case Group::silent: return kTiny;
    case Group::odd_pool:
      return "addresses = [\"203.0.113.1\", \"203.0.113.7\", \"203.0.113.8/31\", \"203.0.113.64/29\"]\n";
  }
  return {};
}

std::string rests_of(Group group) {
  if (group != Group::short_rests) return {};
  return fmt::format("block_linger = \"{}s\"\nblock_hold_down = \"{}s\"\nport_hold_down = \"{}s\"\n",
                     kShortLinger.count(), kShortBlockRest.count(), kShortPortRest.count());
}

std::string timeouts_of(Group group) {
  if (group != Group::short_timers && group != Group::short_rests) return {};
  return fmt::format(R"([timeouts]
below_rfc_minimum = true
udp = "{}s"
icmp = "{}s"
tcp_opening = "{}s"
tcp_established = "{}s"
tcp_closing = "{}s"
)",
                     kShortUdp.count(), kShortIcmp.count(), kShortOpening.count(), kShortEstablished.count(),
                     kShortClosing.count());
}

std::string_view refusal_of(Group group) {
  if (group == Group::admin_prohibited) return "refusal = \"admin-prohibited\"\n";
  if (group == Group::silent) return "refusal = \"silent\"\n";
  return {};
}

std::string_view limits_of(Group group) { return group == Group::limited ? "ports_per_subscriber = 64\n" : ""; }

}  // namespace

std::string_view name_of(Group group) {
  switch (group) {
    case Group::plain: return "plain";
    case Group::short_timers: return "short_timers";
    case Group::short_rests: return "short_rests";
    case Group::tiny_pool: return "tiny_pool";
    case Group::odd_pool: return "odd_pool";
    case Group::limited: return "limited";
    case Group::admin_prohibited: return "admin_prohibited";
    case Group::silent: return "silent";
  }
  return {};
}

std::string config_text(Group group, std::string_view mode, const Places& places) {
  return fmt::format(R"(schema = 1
[node]
id = 1
name = "selftest"
[interfaces]
internal = ["int0"]
external = ["ext0"]
xdp_mode = "{}"
[[pool]]
name = "main"
{}{}[[pool]]
name = "markers"
addresses = ["{}"]
block_size = 16384
[[rule]]
internal = ["{}", "{}"]
pool = "main"
[[rule]]
internal = ["{}"]
pool = "markers"
[nat]
{}{}[limits]
mappings = 32768
icmp_errors_per_second = 100000
{}[log]
path = "{}"
retention = "1d"
heartbeat = "1s"
[api]
socket = "{}"
)",
                     mode, pool_of(group), rests_of(group), to_string(kMarkerPool), to_string(kSubscribers),
                     to_string(kNarrow), to_string(kMarkers), refusal_of(group), timeouts_of(group), limits_of(group),
                     (places.work / "log").string(), (places.work / "api.sock").string());
}

AddressRange pool_range(Group group) {
  switch (group) {
    case Group::short_rests:
    case Group::tiny_pool:
    case Group::admin_prohibited:
    case Group::silent: return {address(203, 0, 113, 1), address(203, 0, 113, 1)};
    case Group::odd_pool: return {address(203, 0, 113, 64), address(203, 0, 113, 71)};
    case Group::plain:
    case Group::short_timers:
    case Group::limited: return {address(203, 0, 113, 0), address(203, 0, 113, 15)};
  }
  return {};
}

}  // namespace cgn::selftest
