// SPDX-License-Identifier: Apache-2.0
// The config's limits as the program's run-time switches.
#include "daemon/settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cgn::daemon {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 5> kServices{{
    {"icmp", CGN_HOST_ICMP},
    {"dns", CGN_HOST_DNS},
    {"ntp", CGN_HOST_NTP},
    {"ssh", CGN_HOST_SSH},
    {"all", static_cast<std::uint32_t>(CGN_HOST_ALL)},
}};

constexpr unsigned kPuntsWithoutLimit = 5000;
constexpr unsigned kLeastPunts = 100;

}  // namespace

cgn_settings make_settings(const config::Config& config, std::uint64_t seed) {
  cgn_settings settings{};
  for (const auto& [word, bit] : kServices) {
    const auto& allowed = config.interfaces.subscriber_to_host;
    if (std::ranges::find(allowed, word) != allowed.end()) settings.host_services |= bit;
  }
  const auto limit = config.limits.new_mappings_per_second;
  settings.subscriber_punts_per_second = limit == 0 ? kPuntsWithoutLimit : std::max(kLeastPunts, 2 * limit);
  settings.subscriber_punt_burst = settings.subscriber_punts_per_second;
  const auto slow_path = config.limits.slow_path_packets_per_second;
  settings.stranger_punts_per_second = slow_path / 4;
  settings.stranger_punt_burst = std::max(1u, slow_path / 16);
  settings.control_punts_per_second = std::max(1u, slow_path / 8);  // 0 would be no limit at all
  settings.control_punt_burst = std::max(1u, slow_path / 32);
  settings.error_punts_per_second = std::max(1u, config.limits.icmp_errors_per_second);
  settings.error_punt_burst = settings.error_punts_per_second;
  settings.fragment_punts_per_second = std::max(4u, slow_path / 8);  // a sender has a quarter of it
  settings.fragment_punt_burst = std::max(1u, slow_path / 32);
  settings.alg_punts_per_second = std::max(4u, slow_path / 8);  // a subscriber has a quarter of it
  settings.alg_punt_burst = std::max(4u, slow_path / 32);
  if (config.alg.ftp) settings.switches |= CGN_SWITCH_ALG_FTP;
  if (config.alg.pptp) settings.switches |= CGN_SWITCH_ALG_PPTP;
  settings.tunnel_punts_per_second = std::max(1u, slow_path / 16);
  settings.tunnel_punt_burst = std::max(1u, slow_path / 64);
  if (config.nat.refusal == config::Refusal::silent) settings.switches |= CGN_SWITCH_SILENT;
  if (config.nat.answer_ping) settings.switches |= CGN_SWITCH_ECHO_ANSWER;
  if (config.nat.esp) settings.switches |= CGN_SWITCH_ESP;
  if (config.nat.gre) settings.switches |= CGN_SWITCH_GRE;
  settings.mss_clamp = config.nat.tcp_mss_clamp;
  settings.seed = seed;
  return settings;
}

}  // namespace cgn::daemon
