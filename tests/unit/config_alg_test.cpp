// SPDX-License-Identifier: Apache-2.0
// [alg] as the file says it.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "config/reload.hpp"
#include "unit/config_file.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;

std::string file(const std::string& alg) { return test::minimal_file({.more = alg}); }

}  // namespace

TEST_CASE("the FTP gateway is on unless the file says otherwise, and what is shown reads back", "[RFC4787-REQ-10a]") {
  for (const auto& [text, on] : {std::pair{"", true}, {"[alg]\nftp = true\n", true}, {"[alg]\nftp = false\n", false}}) {
    const auto parsed = parse(file(text));
    REQUIRE(parsed.complaints.empty());
    CHECK(parsed.config.alg.ftp == on);
    CHECK_THAT(to_toml(parsed.config), Contains(on ? "ftp = true" : "ftp = false"));
    CHECK(parse(to_toml(parsed.config)).config.alg.ftp == on);
  }
}

TEST_CASE("other gateways are refused by name") {
  const auto sip = parse(file("[alg]\nsip = true\n"));
  REQUIRE(sip.complaints.size() == 1);
  CHECK_THAT(sip.complaints[0].what, Contains("unknown key 'sip' in [alg]"));
}

TEST_CASE("the PPTP gateway is off unless the file asks for it, and what is shown reads back", "[RFC5382-REQ-6]") {
  for (const auto& [text, on] :
       {std::pair{"", false}, {"[alg]\npptp = true\n", true}, {"[alg]\npptp = false\n", false}}) {
    const auto parsed = parse(file(text));
    REQUIRE(parsed.complaints.empty());
    CHECK(parsed.config.alg.pptp == on);
    CHECK_THAT(to_toml(parsed.config), Contains(on ? "pptp = true" : "pptp = false"));
    CHECK(parse(to_toml(parsed.config)).config.alg.pptp == on);
  }
  const auto reload = compare(parse(file("")).config, parse(file("[alg]\npptp = true\n")).config);
  REQUIRE(reload.restart.size() == 1);
  CHECK(reload.restart[0].key == "[alg] pptp");
}

TEST_CASE("the PPTP gateway without GRE carries no call, and is refused with its place") {
  const auto parsed = parse(file("[alg]\npptp = true\n[nat]\ntunnels = [\"esp\"]\n"));
  REQUIRE(parsed.complaints.size() == 1);
  const auto said = to_string(parsed.complaints.front(), "cgn.toml");
  CHECK_THAT(said, Contains("cgn.toml:16:") && Contains("GRE, which carries its calls, is not translated"));
  CHECK_THAT(said, Contains("'tunnels'"));
  CHECK(parse(file("[alg]\npptp = \"yes\"\n")).complaints.size() == 1);
}

TEST_CASE("switching the FTP gateway takes a restart") {
  const auto reload = compare(parse(file("")).config, parse(file("[alg]\nftp = false\n")).config);
  CHECK(reload.live.empty());
  REQUIRE(reload.restart.size() == 1);
  CHECK(reload.restart[0].key == "[alg] ftp");
}

}  // namespace cgn::config
