// SPDX-License-Identifier: Apache-2.0
// [radius]: who may report, and what is wrong with a file that says it badly.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "config/reload.hpp"
#include "config/secrets.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

const std::string kRealm = "[[realm]]\nname = \"vrf-7\"\ninterfaces = [\"int0\"]\n";
const std::string kListen = "[radius]\nlisten = \"127.0.0.1:1813\"\n";
const std::string kClient = "[[radius.client]]\naddress = \"10.0.0.1\"\nsecret = \"a-long-secret\"\n";

std::string complaint(const std::string& more) {
  const auto said = test::the_complaint(test::file_with(more));
  CHECK_FALSE(said.hint.empty());
  return to_string(said, "cgn.toml");
}

}  // namespace

TEST_CASE("clients of RADIUS accounting are read, and come back without their secrets") {
  const auto parsed =
      parse(test::file_with(kRealm + kListen + "identity_attribute = \"Class\"\nuse_netmask = true\n" + kClient +
                            "realm = \"vrf-7\"\n[[radius.client]]\naddress = \"10.0.0.2\"\nsecret_file = \"/s\"\n"));
  REQUIRE(parsed.complaints.empty());
  const auto& radius = parsed.config.radius;
  CHECK(radius.given);
  CHECK(to_string(radius.listen) == "127.0.0.1:1813");
  CHECK(radius.identity_attribute == IdentityAttribute::class_);
  CHECK(radius.use_netmask);
  REQUIRE(radius.clients.size() == 2);
  CHECK(radius.clients[0].secret == "a-long-secret");
  CHECK(radius.clients[0].realm == "vrf-7");
  CHECK(radius.clients[1].secret_file == "/s");
  const auto shown = to_toml(parsed.config);
  CHECK(shown.find("a-long-secret") == std::string::npos);
  const auto again = parse(shown);
  REQUIRE(again.complaints.empty());
  CHECK(again.config.radius.clients.size() == 2);
  CHECK_FALSE(parse(test::file_with("")).config.radius.given);
}

TEST_CASE("a client of RADIUS reports for a realm that there is; the default one may be named, too") {
  CHECK(complaint(kRealm + kListen + kClient + "realm = \"vrf-8\"\n") ==
        "cgn.toml:22:9: there is no realm 'vrf-8' (did you mean 'vrf-7'?)");
  const auto parsed = parse(test::file_with(kListen + kClient + "realm = \"default\"\n"));
  REQUIRE(parsed.complaints.empty());
  CHECK(parsed.config.radius.clients.at(0).realm.empty());
}

TEST_CASE("each complaint about RADIUS has its line and column") {
  using Catch::Matchers::StartsWith;
  CHECK_THAT(complaint("[radius]\n" + kClient), StartsWith("cgn.toml:14:"));
  CHECK_THAT(complaint("[radius]\nlisten = \"0.0.0.0:1813\"\n" + kClient), StartsWith("cgn.toml:15:10: "));
  CHECK_THAT(complaint("[radius]\nlisten = \"here\"\n" + kClient), StartsWith("cgn.toml:15:10: "));
  CHECK_THAT(complaint(kListen + "identity_attribute = \"Name\"\n" + kClient), StartsWith("cgn.toml:16:22: "));
  CHECK_THAT(complaint(kListen), StartsWith("cgn.toml:14:"));
  CHECK_THAT(complaint(kListen + kClient + kClient), StartsWith("cgn.toml:20:11: "));
  CHECK_THAT(complaint(kListen + "[[radius.client]]\naddress = \"bng\"\nsecret = \"a-long-secret\"\n"),
             StartsWith("cgn.toml:17:11: "));
  CHECK_THAT(complaint(kListen + "[[radius.client]]\naddress = \"10.0.0.1\"\n"), StartsWith("cgn.toml:16:"));
  CHECK_THAT(complaint(kListen + "[[radius.client]]\naddress = \"10.0.0.1\"\nsecret = \"short\"\n"),
             StartsWith("cgn.toml:18:10: "));
  CHECK_THAT(complaint(kListen + kClient + "secret_file = \"/s\"\n"), StartsWith("cgn.toml:19:15: "));
}

TEST_CASE("no form of a secret is shown") {
  CHECK(without_secrets("a = 1\nsecret = \"xyzzy\" # why\nsecret_file = \"/s\"\n") ==
        "a = 1\nsecret = \"(hidden)\"\nsecret_file = \"/s\"\n");
  const auto inline_table = without_secrets("client = [{secret_file = \"/s\", secret = \"xyzzy\"}]");
  CHECK(inline_table.find("xyzzy") == std::string::npos);
}

TEST_CASE("a changed secret asks for a restart, and is not told") {
  auto now = parse(test::file_with(kListen + kClient)).config;
  auto next = now;
  next.radius.clients.front().secret = "another-secret";
  const auto reload = compare(now, next);
  REQUIRE(reload.restart.size() == 1);
  CHECK(reload.restart.front().key == "[[radius.client]] 10.0.0.1: secret");
  CHECK(reload.restart.front().to.empty());
}

}  // namespace cgn::config
