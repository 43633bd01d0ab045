// SPDX-License-Identifier: Apache-2.0
// Deterministic pools in the file: what they are computed from, and every way in which they do not fit.
#include <catch2/catch.hpp>

#include <string>

#include "config/deterministic.hpp"
#include "config/parse.hpp"
#include "config/reload.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using Catch::Matchers::Contains;
using test::only_complaint;
using test::valid;

std::string file(const std::string& pool_lines, const std::string& rules = R"([[rule]]
internal = ["100.64.8.0/25", "100.64.0.0/25"]
pool = "res")",
                 const std::string& limits = "") {
  return R"([interfaces]
internal = ["int0"]
external = ["ext0"]
[log]
retention = "730d"
)" + limits +
         R"([[pool]]
name = "res"
addresses = ["203.0.113.8/30", "203.0.113.0/30"]
ports = "1024-65535"
allocation = "deterministic"
)" + pool_lines +
         "\n" + rules + "\n";
}

}  // namespace

TEST_CASE("rules in the order of the file and addresses ascending are what is computed from", "[RFC7422]") {
  const auto config = valid(file("block_size = 2000", R"([[rule]]
internal = ["100.64.8.0/25", "100.64.0.0/26"]
pool = "res"
[[rule]]
internal = ["100.64.128.0/24"]
subscriber_prefix_length = 30
pool = "res")"));
  const auto p = parameters_of(config).at(0);
  CHECK(p.pool == "res");
  CHECK(p.external == std::vector{*Prefix::parse("203.0.113.0/30"), *Prefix::parse("203.0.113.8/30")});
  REQUIRE(p.internal.size() == 3);
  CHECK(p.internal[0] == InternalEntry{"", *Prefix::parse("100.64.8.0/25"), 32});
  CHECK(p.internal[1] == InternalEntry{"", *Prefix::parse("100.64.0.0/26"), 32});
  CHECK(p.internal[2] == InternalEntry{"", *Prefix::parse("100.64.128.0/24"), 30});
  CHECK(p.max_subscribers == 256);
  CHECK(config.pools[0].max_subscribers == 256);
  CHECK(p.fit());
  CHECK(plan_blocks(config.pools[0]) == BlockPlan{32, 0, 512});
  CHECK_THAT(ratio_of(config.pools[0], config),
             Contains("256 subscribers on 8 addresses, 32:1, 2000") && Contains("512 ports"));
}

TEST_CASE("room for growth is kept when it is asked for", "[RFC7422]") {
  const auto config = valid(file("max_subscribers = 400"));
  CHECK(parameters_of(config).at(0).ratio() == 50);
  CHECK(valid(to_toml(config)).pools[0].max_subscribers == 400);
}

TEST_CASE("dynamic pools have no parameters") {
  auto text = file("");
  text.replace(text.find("\"deterministic\""), 15, "\"dynamic\"");
  const auto config = valid(text);
  CHECK(parameters_of(config).empty());
  CHECK_THAT(to_toml(config), Contains("allocation = \"dynamic\""));
}

TEST_CASE("blocks that do not fit are complained about with what would") {
  const auto complaint = only_complaint(file("block_size = 2017"));
  CHECK_THAT(complaint,
             Contains("cgn.toml:10:14: deterministic pool 'res' does not fit: 256 subscribers on 8 addresses are 32:1, "
                      "32 x 2017 = 64544 ports, and an address has 64512"));
  CHECK_THAT(complaint, Contains("block_size 2016 at most, or 9 addresses at least"));
}

TEST_CASE("a deterministic pool without a rule, or with more subscribers than it is planned for, is complained about") {
  CHECK_THAT(only_complaint(file("", R"([[pool]]
name = "other"
addresses = ["198.51.100.0/24"]
[[rule]]
internal = ["100.64.0.0/24"]
pool = "other")")),
             Contains("cgn.toml:10:14: no [[rule]] names deterministic pool 'res'"));
  CHECK_THAT(
      only_complaint(file("max_subscribers = 255")),
      Contains(
          "cgn.toml:10:14: the rules of deterministic pool 'res' have 256 subscribers, and 'max_subscribers' is 255"));
}

TEST_CASE("a promise to more subscribers than there may be is complained about") {
  CHECK_THAT(only_complaint(
                 file("", "[[rule]]\ninternal = [\"100.64.0.0/24\"]\npool = \"res\"", "[limits]\nsubscribers = 200\n")),
             Contains("cgn.toml:12:14: deterministic pool 'res' promises 256 subscribers a block, and 'subscribers' in "
                      "[limits] is 200"));
}

TEST_CASE("a deterministic pool is paired") {
  CHECK_THAT(only_complaint(file("pooling = \"arbitrary\"")),
             Contains("cgn.toml:11:11: 'pooling' of deterministic pool 'res'"));
}

TEST_CASE("an allocation that is none is complained about, and a subscriber larger than its prefix only once") {
  auto text = file("");
  text.replace(text.find("\"deterministic\""), 15, "\"computed\"");
  CHECK_THAT(only_complaint(text), Contains("cgn.toml:10:14: ") && Contains("deterministic"));
  CHECK_THAT(only_complaint(file("", R"([[rule]]
internal = ["100.64.0.0/25"]
subscriber_prefix_length = 24
pool = "res")")),
             Contains("one subscriber of /24 is larger"));
}

TEST_CASE("a change of parameters asks for a restart") {
  const auto now = valid(file(""));
  const auto changes = [&](const std::string& text) { return compare(now, valid(text)).restart.size(); };
  CHECK(changes(file("block_size = 511\nextension_block_size = 512")) == 1);
  CHECK(changes(file("max_subscribers = 300")) == 1);
  CHECK(changes(file("", "[[rule]]\ninternal = [\"100.64.0.0/25\", \"100.64.8.0/25\"]\npool = \"res\"")) == 1);
  CHECK(changes(file("")) == 0);
}

}  // namespace cgn::config
