// SPDX-License-Identifier: Apache-2.0
// [alg] as the file says it.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "config/reload.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;

std::string file(const std::string& alg) {
  return R"(schema = 1
[interfaces]
internal = ["a"]
external = ["b"]
[[pool]]
name = "p"
addresses = ["203.0.113.0/28"]
[[rule]]
internal = ["100.64.0.0/24"]
pool = "p"
[log]
retention = "1d"
)" + alg;
}

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
  const auto pptp = parse(file("[alg]\npptp = true\n"));
  REQUIRE(pptp.complaints.size() == 1);
  CHECK_THAT(pptp.complaints[0].what, Contains("'pptp' = true in [alg] is not supported by this version"));
  const auto sip = parse(file("[alg]\nsip = true\n"));
  REQUIRE(sip.complaints.size() == 1);
  CHECK_THAT(sip.complaints[0].what, Contains("unknown key 'sip' in [alg]"));
  CHECK(parse(file("[alg]\npptp = false\n")).complaints.empty());
}

TEST_CASE("switching the FTP gateway takes a restart") {
  const auto reload = compare(parse(file("")).config, parse(file("[alg]\nftp = false\n")).config);
  CHECK(reload.live.empty());
  REQUIRE(reload.restart.size() == 1);
  CHECK(reload.restart[0].key == "[alg] ftp");
}

}  // namespace cgn::config
