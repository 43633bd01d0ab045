// SPDX-License-Identifier: Apache-2.0
// Realms: what a file says of them, and every complaint with its place.
#include <catch2/catch.hpp>

#include "config/check.hpp"
#include "config/parse.hpp"
#include "config/realms.hpp"
#include "config/reload.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;

// The [[realm]] tables begin in line 6.
std::string file(const std::string& realms, const std::string& more = "") {
  return R"(schema = 1
[interfaces]
internal = ["int0", "int1", "int2"]
external = ["ext0"]

)" + realms +
         R"([log]
retention = "730d"
[[pool]]
name = "res"
addresses = ["203.0.113.0/25"]
[[rule]]
internal = ["100.64.0.0/16"]
pool = "res"
)" + more;
}

const std::string kEast = "[[realm]]\nname = \"east\"\ninterfaces = [\"int1\"]\nroute_by = \"by-east\"\n";
const std::string kWest = "[[realm]]\nname = \"west\"\ninterfaces = [\"int2\"]\nroute_by = \"by-west\"\n";
const std::string kEastRule = "[[rule]]\nrealm = \"east\"\ninternal = [\"100.64.0.0/10\"]\npool = \"res\"\n";

// "line:column: what" of the only complaint.
std::string complaint(const std::string& text) {
  const auto said = test::the_complaint(text);
  return std::to_string(said.place.line) + ":" + std::to_string(said.place.column) + ": " + said.what;
}

}  // namespace

TEST_CASE("two realms may have the same prefixes, and the file that is shown says the same") {
  const auto parsed =
      parse(file(kEast + kWest, kEastRule + "[[static]]\nrealm = \"east\"\nexternal = "
                                            "\"203.0.113.250:443/tcp\"\ninternal = \"100.64.5.5:443\"\n"));
  REQUIRE(parsed.complaints.empty());
  const auto again = parse(to_toml(parsed.config));
  REQUIRE(again.complaints.empty());
  for (const auto* config : {&parsed.config, &again.config}) {
    REQUIRE(config->realms.size() == 2);
    const auto east = config->realms[0].id;
    CHECK(config->realms[0].name == "east");
    CHECK(config->realms[0].route_by == "by-east");
    CHECK(east != config->realms[1].id);
    CHECK(config->rules[0].realm == kDefaultRealm);
    CHECK(config->rules[1].realm == east);
    CHECK(config->statics[0].internal.realm == east);
    CHECK(realm_of(config->realms, "int0") == kDefaultRealm);
    CHECK(realm_of(config->realms, "int1") == east);
    CHECK(find_realm(config->realms, "default") == kDefaultRealm);
    CHECK(realm_name(config->realms, east) == "east");
    CHECK(log_name(config->realms, kDefaultRealm).empty());
  }
  CHECK(compare(parsed.config, again.config).restart.empty());
}

TEST_CASE("what a realm is called, and by which interfaces it comes, is said once") {
  CHECK(complaint(file("[[realm]]\ninterfaces = [\"int1\"]\n")) == "6:1: 'name' is missing in [[realm]]");
  CHECK(complaint(file("[[realm]]\nname = \"east\"\n")) == "6:1: 'interfaces' is missing in [[realm]]");
  CHECK(complaint(file("[[realm]]\nname = \"default\"\ninterfaces = [\"int1\"]\n")) ==
        "7:8: no [[realm]] can be called 'default'");
  CHECK(complaint(file("[[realm]]\nname = \"a-name-of-twenty-eight-signs\"\ninterfaces = [\"int1\"]\n")) ==
        "7:8: 'a-name-of-twenty-eight-signs' is too long for the name of a realm");
  CHECK(complaint(file(kEast + "[[realm]]\nname = \"east\"\ninterfaces = [\"int2\"]\n")) ==
        "11:8: there are two realms 'east'");
  CHECK(complaint(file("[[realm]]\nname = \"east\"\ninterfaces = [\"ext0\"]\n")) ==
        "8:15: 'ext0' of realm 'east' is no internal interface");
  CHECK(complaint(file(kEast + "[[realm]]\nname = \"west\"\ninterfaces = [\"int1\"]\n")) ==
        "12:15: interface 'int1' is of realm 'east' already");
  CHECK(complaint(file("[[realm]]\nname = \"east\"\ninterfaces = [\"int1\", \"int1\"]\n")) ==
        "8:23: interface 'int1' stands in 'interfaces' twice");
  CHECK_THAT(complaint(file("[[realm]]\nname = \"east\"\ninterfaces = [\"int1\"]\nroute_by = \"int0\"\n")),
             Contains("9:12: 'int0' is an interface of [interfaces]"));
  CHECK(complaint(file(kEast, "[[rule]]\nrealm = \"weast\"\ninternal = [\"10.0.0.0/8\"]\npool = \"res\"\n")) ==
        "19:9: there is no realm 'weast'");
}

TEST_CASE("prefixes that overlap need ways of their own") {
  CHECK_THAT(complaint(file("[[realm]]\nname = \"east\"\ninterfaces = [\"int1\"]\n", kEastRule)),
             Contains("100.64.0.0/10 of realm 'east' overlaps 100.64.0.0/16 of realm 'default', and routes to both are "
                      "asked for by 'lo'"));
  CHECK_THAT(complaint(file(kEast, kEastRule + "[[rule]]\nrealm = \"east\"\ninternal = [\"100.64.9.0/24\"]\npool = "
                                               "\"res\"\n")),
             Contains("internal prefix 100.64.9.0/24 overlaps 100.64.0.0/10 of the rule for pool 'res'"));
}

TEST_CASE("what the outside sees untranslated is one realm's") {
  const std::string bypass = "[[rule]]\naction = \"bypass\"\ndestination = [\"192.0.2.53\"]\n";
  CHECK(parse(file(kEast, kEastRule + bypass)).complaints.empty());
  const std::string in_east = "[[rule]]\nrealm = \"east\"\naction = \"bypass\"\ndestination = [\"192.0.2.53\"]\n";
  CHECK_THAT(complaint(file(kEast, kEastRule + bypass + in_east)), Contains("no remote could tell their hosts apart"));
  const std::string hosts = "action = \"bypass\"\ninternal = [\"198.51.100.0/24\"]\n";
  CHECK_THAT(complaint(file(kEast, "[[rule]]\n" + hosts + "[[rule]]\nrealm = \"east\"\n" + hosts)),
             Contains("bypassed hosts 198.51.100.0/24 of realm 'east' overlap 198.51.100.0/24 of realm 'default'"));
}

TEST_CASE("there is room for so many realms, and then a complaint") {
  std::string many, names;
  for (unsigned i = 0; i <= kMostRealms; ++i) {
    const auto n = std::to_string(i);
    many += "[[realm]]\nname = \"r" + n + "\"\ninterfaces = [\"p" + n + "\"]\n";
    names += (i == 0 ? "\"int0\", \"p" : ", \"p") + n + "\"";
  }
  auto text = file(many);
  text.replace(text.find("\"int0\", \"int1\", \"int2\""), 22, names);
  CHECK_THAT(complaint(text), Contains("there are more than 63 [[realm]]"));
}

TEST_CASE("numbers follow names, whatever the order in the file") {
  auto config = parse(file(kEast + kWest, kEastRule)).config;
  renumber(config, {RealmId{9}, RealmId{2}});
  CHECK(config.rules[1].realm == RealmId{9});
  auto turned = parse(file(kWest + kEast, kEastRule)).config;
  renumber_as(turned, config);
  CHECK(find_realm(turned.realms, "east") == RealmId{9});
  CHECK(find_realm(turned.realms, "west") == RealmId{2});
  CHECK(turned.rules[0].realm == kDefaultRealm);
  CHECK(turned.rules[1].realm == RealmId{9});
}

}  // namespace cgn::config
