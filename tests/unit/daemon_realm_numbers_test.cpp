// SPDX-License-Identifier: Apache-2.0
// A realm's number outlives the daemon, whatever becomes of the file.
#include <catch2/catch.hpp>

#include "daemon/realm_numbers.hpp"

namespace cgn::daemon {
namespace {

std::vector<config::Realm> named(std::initializer_list<const char*> names) {
  std::vector<config::Realm> realms;
  for (const auto* name : names) realms.push_back({.name = name, .interfaces = {}, .route_by = {}, .place = {}});
  return realms;
}

std::vector<cgn_realm_info> known(std::initializer_list<std::pair<unsigned, const char*>> names) {
  std::vector<cgn_realm_info> all(CGN_REALM_EXTERNAL + 1);
  for (const auto& [number, name] : names) all[number] = realm_info(name, 1);
  return all;
}

using Numbers = std::vector<RealmId>;

}  // namespace

TEST_CASE("new tables give numbers in the order of the file") {
  CHECK(*realm_numbers(named({"east", "west"}), known({})) == Numbers{RealmId{2}, RealmId{3}});
}

TEST_CASE("a realm that the tables know keeps its number, and nobody gets a former one's while there is another") {
  const auto table = known({{1, "default"}, {2, "east"}, {3, "west"}, {CGN_REALM_EXTERNAL, "external"}});
  CHECK(*realm_numbers(named({"west", "east"}), table) == Numbers{RealmId{3}, RealmId{2}});
  CHECK(*realm_numbers(named({"north", "west"}), table) == Numbers{RealmId{4}, RealmId{3}});
}

TEST_CASE("with every number used once, that of a realm which is gone is given again") {
  auto table = known({});
  for (unsigned n = 2; n <= CGN_MAX_REALMS; ++n) table[n] = realm_info("old" + std::to_string(n), 1);
  CHECK(*realm_numbers(named({"old2", "new"}), table) == Numbers{RealmId{2}, RealmId{3}});
}

TEST_CASE("a name fits its field, or is cut") {
  CHECK(std::string_view{realm_info("east", 7).name} == "east");
  CHECK(realm_info("east", 7).ifindex == 7);
  CHECK(std::string_view{realm_info(std::string(100, 'x'), 7).name}.size() == CGN_REALM_NAME_SIZE - 1);
}

}  // namespace cgn::daemon
