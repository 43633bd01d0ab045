// SPDX-License-Identifier: Apache-2.0
#include "daemon/realm_numbers.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace cgn::daemon {
namespace {

constexpr unsigned kFirst = CGN_REALM_DEFAULT + 1;

std::string_view name_of(const cgn_realm_info& info) { return {info.name, ::strnlen(info.name, sizeof info.name)}; }

std::optional<RealmId> number_of(std::string_view name, std::span<const cgn_realm_info> known) {
  for (unsigned number = kFirst; number <= CGN_MAX_REALMS && number < known.size(); ++number) {
    if (name_of(known[number]) == name) return RealmId{static_cast<std::uint8_t>(number)};
  }
  return std::nullopt;
}

std::optional<RealmId> free_number(const std::set<RealmId>& taken, const std::set<RealmId>& former) {
  for (const auto* avoided : {&former, &taken}) {
    for (unsigned number = kFirst; number <= CGN_MAX_REALMS; ++number) {
      const RealmId id{static_cast<std::uint8_t>(number)};
      if (!taken.contains(id) && !avoided->contains(id)) return id;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<RealmId>> realm_numbers(const std::vector<config::Realm>& realms,
                                           std::span<const cgn_realm_info> known) {
  std::set<RealmId> taken, former;
  for (unsigned number = kFirst; number <= CGN_MAX_REALMS && number < known.size(); ++number) {
    if (!name_of(known[number]).empty()) former.insert(RealmId{static_cast<std::uint8_t>(number)});
  }
  for (const auto& realm : realms) {
    if (const auto number = number_of(realm.name, known)) taken.insert(*number);
  }
  std::vector<RealmId> numbers;
  for (const auto& realm : realms) {
    auto number = number_of(realm.name, known);
    if (!number) number = free_number(taken, former);
    if (!number) return fail("no number is left for realm " + realm.name, "fewer [[realm]]");
    taken.insert(*number);
    numbers.push_back(*number);
  }
  return numbers;
}

cgn_realm_info realm_info(std::string_view name, unsigned ifindex) {
  cgn_realm_info info{};
  info.ifindex = ifindex;
  std::copy_n(name.begin(), std::min(name.size(), sizeof info.name - 1), info.name);
  return info;
}

}  // namespace cgn::daemon
