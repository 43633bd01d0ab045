// SPDX-License-Identifier: Apache-2.0
// The arithmetic of blocks: how addresses are cut, and sizes that do not fit.
#include <catch2/catch.hpp>

#include <string>

#include "config/parse.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using test::only_complaint;
using test::valid;

std::string file(std::string_view pool_lines, std::string_view more = "") {
  return std::string{R"([interfaces]
internal = ["int0"]
external = ["ext0"]
[log]
retention = "730d"
[[rule]]
internal = ["100.64.0.0/16"]
pool = "res"
[[pool]]
name = "res"
)"} + std::string{pool_lines} +
         "\n" + std::string{more};
}

Pool pool_of(const std::string& lines) { return valid(file(lines)).pools.at(0); }

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

}  // namespace

TEST_CASE("the documented pool is cut to 63 first blocks and 126 extensions an address", "[RFC6888-REQ-4]") {
  const auto pool = pool_of(R"(addresses = ["203.0.113.0/24"]
ports = "1024-65535"
block_size = 512
extension_block_size = 256
max_blocks_per_subscriber = 8
max_subscribers = 16128)");
  CHECK(plan_blocks(pool) == BlockPlan{63, 126, 0});
}

TEST_CASE("what does not fill an extension is one smaller block") {
  const auto pool = pool_of(R"(addresses = ["203.0.113.0/30"]
ports = "2000-2999"
block_size = 100
extension_block_size = 70
max_subscribers = 9)");
  // ceil(9 / 4) = 3 first blocks; 700 ports = 10 x 70.
  CHECK(plan_blocks(pool) == BlockPlan{3, 10, 0});
  auto odd = pool;
  odd.extension_block_size = 64;
  CHECK(plan_blocks(odd) == BlockPlan{3, 10, 60});
  odd.extension_block_size = 900;
  CHECK(plan_blocks(odd) == BlockPlan{3, 0, 700});
}

TEST_CASE("without max_subscribers half of the ports are first blocks, all of them when nobody may have a second") {
  CHECK(pool_of("addresses = [\"203.0.113.0/24\"]").max_subscribers == 256 * 63);
  const auto single = pool_of("addresses = [\"203.0.113.0/24\"]\nmax_blocks_per_subscriber = 1");
  CHECK(single.max_subscribers == 256 * 126);
  CHECK(plan_blocks(single) == BlockPlan{126, 0, 0});
  const auto one_block = pool_of("addresses = [\"203.0.113.7\"]\nports = \"1024-2023\"\nblock_size = 1000");
  CHECK(one_block.max_subscribers == 1);
  CHECK(plan_blocks(one_block) == BlockPlan{1, 0, 0});
}

TEST_CASE("zero max_subscribers is as many as fit") {
  CHECK(pool_of("addresses = [\"203.0.113.0/24\"]\nmax_subscribers = 0").max_subscribers == 256 * 63);
}

TEST_CASE("extension_block_size defaults to block_size") {
  CHECK(pool_of("addresses = [\"203.0.113.0/24\"]\nblock_size = 128").extension_block_size == 128);
}

TEST_CASE("block sizes that do not fit are refused once, with the arithmetic") {
  const std::string addresses = "addresses = [\"203.0.113.0/24\"]\n";
  CHECK(only_complaint(file(addresses + "block_size = 65000")) ==
        "cgn.toml:12:14: 'block_size' of pool 'res' does not fit: 65000 ports, and an address has 64512 (1024-65535)");
  CHECK_THAT(only_complaint(file(addresses + "block_size = 0")), Contains("'block_size' in [[pool]] is 0 (from 1"));
  CHECK_THAT(only_complaint(file(addresses + "block_size = -5")), Contains("is -5"));
  CHECK_THAT(only_complaint(file(addresses + "extension_block_size = 65000")),
             Contains("'extension_block_size' of pool"));
  CHECK_THAT(only_complaint(file(addresses + "ports = \"1024-1100\"")), Contains("512 ports, and an address has 77"));
}

TEST_CASE("more subscribers than first blocks fit are refused, with the arithmetic and the most that fit") {
  const std::string addresses = "addresses = [\"203.0.113.0/24\"]\n";
  CHECK(
      only_complaint(file(addresses + "max_subscribers = 32257")) ==
      "cgn.toml:12:19: 'max_subscribers' of pool 'res' does not fit: 32257 subscribers on 256 addresses are 127 "
      "first blocks an address, 127 x 512 = 65024 ports, and an address has 64512 (32256 at most with block_size 512)");
  CHECK(pool_of(addresses + "max_subscribers = 32256").max_subscribers == 32256);
  CHECK_THAT(only_complaint(file(addresses + "max_subscribers = 4294967295")), Contains("does not fit"));
}

TEST_CASE("a subscriber may hold one block at least") {
  CHECK_THAT(only_complaint(file("addresses = [\"203.0.113.0/24\"]\nmax_blocks_per_subscriber = 0")),
             Contains("'max_blocks_per_subscriber' in [[pool]] is 0"));
}

TEST_CASE("ports are a range above 1023") {
  const std::string addresses = "addresses = [\"203.0.113.0/24\"]\n";
  CHECK_THAT(only_complaint(file(addresses + "ports = \"1023-65535\"")), Contains("include ports below 1024"));
  CHECK_THAT(only_complaint(file(addresses + "ports = \"5000-4000\"")), Contains("is no range of ports"));
  CHECK_THAT(only_complaint(file(addresses + "ports = \"1024-65536\"")), Contains("is no range of ports"));
}

TEST_CASE("more mappings than the pools have ports are memory for nothing, and refused when the file asks for them") {
  const std::string lines = "addresses = [\"203.0.113.7\"]\nports = \"1024-2047\"";
  CHECK_THAT(only_complaint(file(lines, "[limits]\nmappings = 3073")),
             Contains("the pools can hold 3072: 3 protocols x 1024 ports"));
  CHECK(parse(file(lines, "[limits]\nmappings = 3072")).complaints.empty());
  CHECK(parse(file(lines)).complaints.empty());  // the default is nobody's mistake
}

TEST_CASE("memory is counted from the tables, with the arithmetic as text") {
  auto config = parse(file("addresses = [\"203.0.113.0/24\"]")).config;
  config.limits.mappings = 1'000'000;
  const auto need = memory_need(config);
  // Two entries of 120 bytes and 2^21 buckets of 16 are the kernel's; the whole is between half and one GiB.
  CHECK_THAT(need.arithmetic, Contains("2 x 1000000 entries x 120 B + 2 x 2097152 buckets x 16 B = 293 MiB"));
  CHECK(need.bytes > (512ull << 20));
  CHECK(need.bytes < (1024ull << 20));
  auto twice = config;
  twice.limits.mappings *= 2;
  CHECK(memory_need(twice).bytes > need.bytes + (400ull << 20));
}

}  // namespace cgn::config
