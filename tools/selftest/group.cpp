// SPDX-License-Identifier: Apache-2.0
// The policies, as text.
#include "group.hpp"

#include <fmt/format.h>

#include "cast.hpp"
#include "pace.hpp"

namespace cgn::selftest {
namespace {

constexpr std::string_view kOddPool =
    R"(addresses = ["203.0.113.1", "203.0.113.7", "203.0.113.8/31", "203.0.113.64/29"])";
constexpr std::string_view kNarrowSixteen = R"(addresses = ["203.0.113.0/28"]
ports = "1024-1151"
block_size = 64
max_subscribers = 16
pooling = "arbitrary")";
constexpr std::string_view kSixteen = R"(addresses = ["203.0.113.0/28"])";

bool is_hasty(Group group) {
  return group == Group::short_timers || group == Group::short_rests || group == Group::refresh_both;
}

std::string rests_of(Group group) {
  if (group != Group::short_rests) return {};
  return fmt::format("block_linger = \"{}s\"\nblock_hold_down = \"{}s\"\nport_hold_down = \"{}s\"\n",
                     paced(kShortLinger).count(), paced(kShortBlockRest).count(), paced(kShortPortRest).count());
}

std::string_view mapping_of(Group group) {
  return group == Group::shared_ports ? "tcp = { mapping = \"connection-dependent\" }\n" : "";
}

std::string one_small_pool(Group group, unsigned n) {
  const auto [address, subscribers] = small_pool(n);
  return fmt::format(R"([[pool]]
name = "small{0}"
addresses = ["{1}"]
ports = "1024-{2}"
block_size = {3}
max_blocks_per_subscriber = 1
max_subscribers = 2
{4}{6}[[rule]]
internal = ["{5}"]
pool = "small{0}"
)",
                     n, to_string(address), 1024 + 2 * kSmallBlock - 1, kSmallBlock, rests_of(group),
                     to_string(subscribers), mapping_of(group));
}

std::string_view addresses_of(Group group) {
  if (group == Group::odd_pool) return kOddPool;
  return group == Group::arbitrary ? kNarrowSixteen : kSixteen;
}

std::string pools_of(Group group) {
  if (!has_small_pools(group)) {
    return fmt::format("[[pool]]\nname = \"main\"\n{}\n[[rule]]\ninternal = [\"{}\", \"{}\"]\npool = \"main\"\n",
                       addresses_of(group), to_string(kSubscribers), to_string(kNarrow));
  }
  std::string text;
  for (unsigned n = 0; n < kSmallPools; ++n) text += one_small_pool(group, n);
  return text;
}

std::string_view interfaces_of(Group group) { return group == Group::plain ? R"("int0", "int1")" : R"("int0")"; }

std::string realms_of(Group group) {
  if (group != Group::plain) return {};
  return fmt::format(R"([[realm]]
name = "east"
interfaces = ["int1"]
route_by = "by-east"
[[rule]]
realm = "east"
internal = ["{}"]
pool = "main"
)",
                     to_string(kSubscribers));
}

// RFC 6888 REQ-6.
std::string bypass_of(Group group) {
  if (group != Group::plain) return {};
  return fmt::format("[[rule]]\naction = \"bypass\"\ndestination = [\"{}\"]\nports = [\"53/udp\"]\n",
                     to_string(kUntranslated));
}

std::string statics_of(Group group) {
  if (group != Group::plain) return {};
  const auto mapping = [](const std::string& external, const std::string& internal) {
    return fmt::format("[[static]]\nexternal = \"{}\"\ninternal = \"{}\"\n", external, internal);
  };
  return mapping(to_string(kForwardOutside) + ":443/tcp", to_string(kForwardInside) + ":8443") +
         mapping(to_string(kWholeOutside), to_string(kWholeInside)) +
         mapping(to_string(kSecondWholeOutside), to_string(kSecondWholeInside));
}

std::string timeouts_of(Group group) {
  if (!is_hasty(group)) return {};
  return fmt::format(R"([timeouts]
below_rfc_minimum = true
udp = "{}s"
udp_dns = "{}s"
icmp = "{}s"
tcp_opening = "{}s"
tcp_established = "{}s"
tcp_closing = "{}s"
)",
                     paced(kShortUdp).count(), paced(kShortDns).count(), paced(kShortIcmp).count(),
                     paced(kShortOpening).count(), paced(kShortEstablished).count(), paced(kShortClosing).count());
}

// How mappings behave, where a group wants it otherwise than by default.
std::string_view behaviour_of(Group group) {
  if (group == Group::address_dependent) return "filtering = \"address-dependent\"\n";
  if (group == Group::port_dependent) return "filtering = \"address-and-port-dependent\"\n";
  if (group == Group::refresh_both) return "refresh = \"both\"\n";
  return {};
}

std::string_view refusal_of(Group group) {
  if (group == Group::admin_prohibited) return "refusal = \"admin-prohibited\"\n";
  if (group == Group::silent) return "refusal = \"silent\"\n";
  return {};
}

std::string_view gateways_of(Group group) { return group == Group::small_pools ? "[alg]\npptp = true\n" : ""; }

std::string limits_of(Group group) {
  return group == Group::limited ? fmt::format("ports_per_subscriber = {}\n", kPortLimit) : "";
}

}  // namespace

std::string_view name_of(Group group) {
  switch (group) {
    case Group::plain: return "plain";
    case Group::odd_pool: return "odd_pool";
    case Group::limited: return "limited";
    case Group::short_timers: return "short_timers";
    case Group::short_rests: return "short_rests";
    case Group::small_pools: return "small_pools";
    case Group::admin_prohibited: return "admin_prohibited";
    case Group::silent: return "silent";
    case Group::address_dependent: return "address_dependent";
    case Group::port_dependent: return "port_dependent";
    case Group::refresh_both: return "refresh_both";
    case Group::arbitrary: return "arbitrary";
    case Group::shared_ports: return "shared_ports";
  }
  return {};
}

bool has_small_pools(Group group) {
  return group == Group::short_rests || group == Group::small_pools || group == Group::admin_prohibited ||
         group == Group::silent || group == Group::shared_ports;
}

SmallPool small_pool(unsigned n) { return {address(203, 0, 113, 1 + n), Prefix::of(address(100, 64, 128 + n, 0), 24)}; }

std::string config_text(Group group, std::string_view mode, const Places& places) {
  return fmt::format(R"(schema = 1
[node]
id = 1
name = "selftest"
[interfaces]
internal = [{}]
external = ["ext0"]
xdp_mode = "{}"
{}[[pool]]
name = "markers"
addresses = ["{}"]
block_size = 16384
[[rule]]
internal = ["{}"]
pool = "markers"
{}{}{}[nat]
{}{}{}{}[limits]
mappings = 32768
icmp_errors_per_second = 100000
{}[log]
path = "{}"
retention = "1d"
heartbeat = "1s"
first_packet_wait = "{}s"
[api]
socket = "{}"
)",
                     interfaces_of(group), mode, pools_of(group), to_string(kMarkerPool), to_string(kMarkers),
                     realms_of(group), bypass_of(group), statics_of(group), behaviour_of(group), refusal_of(group),
                     timeouts_of(group), gateways_of(group), limits_of(group), (places.work / "log").string(), pace(),
                     (places.work / "api.sock").string());
}

AddressRange pool_range(Group group) {
  if (group == Group::odd_pool) return {address(203, 0, 113, 64), address(203, 0, 113, 71)};
  return {address(203, 0, 113, 0), address(203, 0, 113, 15)};
}

}  // namespace cgn::selftest
