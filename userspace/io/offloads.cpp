// SPDX-License-Identifier: Apache-2.0
// Which features hide packets, and the order of remembering, switching and reading back.
#include "io/offloads.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "io/ethtool.hpp"
#include "io/former_state.hpp"

namespace cgn::io {
namespace {

// The kernel's names (net/ethtool/common.c). A stripped tag is out of the program's sight; a merged packet is larger
// than any MTU, and is none that its sender sent.
constexpr std::array<std::string_view, 4> kAlways{"rx-vlan-hw-parse", "rx-vlan-stag-hw-parse", "rx-lro", "rx-gro-hw"};
constexpr std::string_view kGenericOnly = "rx-gro";

bool hides_packets(const Feature& feature, bool generic_mode) {
  return std::ranges::find(kAlways, feature.name) != kAlways.end() || (generic_mode && feature.name == kGenericOnly);
}

std::filesystem::path state_file(const std::filesystem::path& directory) { return directory / "offloads"; }

// A key is "INTERFACE FEATURE": neither holds a blank.
std::string key_of(const std::string& interface, const Feature& feature) {
  return fmt::format("{} {}", interface, feature.name);
}

Result<> restore(const Ethtool& ethtool, const std::string& key) {
  const auto blank = key.find(' ');
  const auto interface = key.substr(0, blank);
  auto features = ethtool.features(interface);
  if (!features && features.error().code == ENODEV) return {};
  if (!features) return Unexpected{std::move(features).error()};
  for (const auto& feature : *features) {
    if (key != key_of(interface, feature) || feature.wanted) continue;
    TRY_VOID(ethtool.want(interface, feature, true));
  }
  return {};
}

}  // namespace

Result<> disable_offloads(const std::string& interface, bool generic_mode,
                          const std::filesystem::path& state_directory) {
  TRY(ethtool, Ethtool::open());
  TRY(former, FormerState::load(state_file(state_directory)));
  TRY(features, ethtool.features(interface));
  for (const auto& feature : features) {
    if (!hides_packets(feature, generic_mode) || !feature.changeable) continue;
    // Wanted but not active is switched off as well: it could become active when what holds it back goes.
    if (!feature.wanted && !feature.active) continue;
    TRY_VOID(former.remember(key_of(interface, feature), "on"));
    TRY_VOID(ethtool.want(interface, feature, false));
  }
  TRY(now, ethtool.features(interface));
  for (const auto& feature : now) {
    if (!hides_packets(feature, generic_mode) || !feature.active) continue;
    return fail(
        fmt::format("switch {} off on {}: the driver keeps it on", feature.name, interface),
        "packets would reach the program stripped or merged; another driver or firmware may let it be switched");
  }
  return {};
}

Result<> restore_offloads(const std::filesystem::path& state_directory) {
  TRY(ethtool, Ethtool::open());
  TRY(former, FormerState::load(state_file(state_directory)));
  Result<> result;
  const auto remembered = former.values();
  for (const auto& [key, value] : remembered) {
    auto restored = restore(ethtool, key);
    if (restored) restored = former.forget(key);
    if (result && !restored) result = std::move(restored);
  }
  return result;
}

}  // namespace cgn::io
