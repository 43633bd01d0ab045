// SPDX-License-Identifier: Apache-2.0
// What [log] may say of the key that signs the record.
#include <catch2/catch.hpp>

#include "config/parse.hpp"

using namespace cgn;
using namespace cgn::config;

TEST_CASE("a signing key is named by an absolute path, and stays out when it is not said") {
  const std::string before =
      "schema = 1\n[interfaces]\ninternal = [\"a\"]\nexternal = [\"b\"]\n[log]\nretention = \"1d\"\n";
  const std::string after =
      "[[pool]]\nname = \"x\"\naddresses = [\"203.0.113.0/24\"]\n[[rule]]\ninternal = [\"100.64.0.0/16\"]\npool = "
      "\"x\"\n";
  CHECK(parse(before + after).config.log.sign_key.empty());
  CHECK(parse(before + "sign_key = \"/srv/sign.key\"\n" + after).config.log.sign_key == "/srv/sign.key");
  const auto wrong = parse(before + "sign_key = \"sign.key\"\n" + after);
  REQUIRE(wrong.complaints.size() == 1);
  CHECK(to_string(wrong.complaints.front(), "cgn.toml")
            .starts_with("cgn.toml:7:12: 'sign_key' in [log] must be an absolute path, not 'sign.key'"));
}
