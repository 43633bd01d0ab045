// SPDX-License-Identifier: Apache-2.0
#include "daemon/asked.hpp"

namespace cgn::daemon {

std::optional<std::string> value_of(const io::ControlRequest& request, const char* key) {
  const auto found = request.query.find(key);
  if (found == request.query.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<RealmId>> asked_realm(const std::vector<config::Realm>& realms,
                                           const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  const auto found = name->empty() ? std::nullopt : config::find_realm(realms, *name);
  if (!found) return fail("there is no realm '" + *name + "'", "cgnctl config show lists them");
  return found;
}

std::vector<RealmId> one_or_all(const std::vector<config::Realm>& realms, std::optional<RealmId> one) {
  if (one) return {*one};
  std::vector<RealmId> all{kDefaultRealm};
  for (const auto& realm : realms) all.push_back(realm.id);
  return all;
}

}  // namespace cgn::daemon
