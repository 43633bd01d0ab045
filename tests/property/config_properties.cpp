// SPDX-License-Identifier: Apache-2.0
// Random files: what is shown is read back as the same, blocks always add up, and no text breaks the parser.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "config/parse.hpp"

namespace cgn::config {
namespace {

using Random = std::mt19937_64;

unsigned between(Random& random, unsigned least, unsigned most) {
  return least + static_cast<unsigned>(random() % (std::uint64_t{most} - least + 1));
}

std::string pool_text(Random& random, unsigned number) {
  const auto first = between(random, 1024, 60'000);
  const auto last = between(random, first, 65'535);
  const auto size = between(random, 1, last - first + 1);
  const auto extension = between(random, 1, last - first + 1);
  auto text = fmt::format("[[pool]]\nname = \"p{}\"\naddresses = [\"203.0.113.{}/{}\"]\nports = \"{}-{}\"\n", number,
                          number * 16, between(random, 28, 32), first, last);
  text += fmt::format("block_size = {}\nextension_block_size = {}\nmax_blocks_per_subscriber = {}\n", size, extension,
                      between(random, 1, 9));
  if (between(random, 0, 1) == 0)
    text += fmt::format("max_subscribers = {}\n", between(random, 0, (last - first + 1) / size));
  text += fmt::format("block_linger = \"{}s\"\nport_hold_down = \"{}m\"\n", between(random, 0, 100'000),
                      between(random, 2, 3000));
  return text + fmt::format("[[rule]]\ninternal = [\"100.{}.0.0/16\"]\npool = \"p{}\"\n", 64 + number, number);
}

std::string file_text(Random& random) {
  auto text = fmt::format("[interfaces]\ninternal = [\"int0\"]\nexternal = [\"ext{}\"]\n[log]\nretention = \"{}h\"\n",
                          between(random, 0, 9), between(random, 1, 100'000));
  text += fmt::format("[timeouts]\nudp = \"{}ms\"\n[limits]\nsubscribers = {}\n", between(random, 120'000, 900'000),
                      between(random, 1, 10'000'000));
  const auto pools = between(random, 1, 5);
  for (unsigned i = 0; i < pools; ++i) text += pool_text(random, i);
  return text;
}

}  // namespace

TEST_CASE("what is shown of a config is read back as the same config", "[property]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  int valid = 0;
  for (int i = 0; i < 300; ++i) {
    const auto text = file_text(random);
    const auto parsed = parse(text);
    INFO(text);
    for (const auto& complaint : parsed.complaints) UNSCOPED_INFO(to_string(complaint, "f"));
    REQUIRE(parsed.complaints.empty());
    ++valid;
    const auto shown = to_toml(parsed.config);
    const auto again = parse(shown);
    INFO(shown);
    REQUIRE(again.complaints.empty());
    REQUIRE(to_toml(again.config) == shown);
  }
  REQUIRE(valid == 300);
}

TEST_CASE("the blocks of an address are its ports, each once, and every planned subscriber has a first block",
          "[property][RFC6888-REQ-4]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  int with_extensions = 0;
  for (int i = 0; i < 300; ++i) {
    const auto config = parse(file_text(random)).config;
    for (const auto& pool : config.pools) {
      const auto plan = plan_blocks(pool);
      INFO(to_toml(config));
      const std::uint64_t ports = std::uint64_t{plan.first_blocks_per_address} * pool.block_size +
                                  std::uint64_t{plan.extension_blocks_per_address} * pool.extension_block_size +
                                  plan.odd_ports_per_address;
      REQUIRE(ports == pool.ports.count());
      REQUIRE(plan.odd_ports_per_address < pool.extension_block_size);
      REQUIRE(pool.max_subscribers >= 1);
      REQUIRE(plan.first_blocks_per_address * pool.address_count() >= pool.max_subscribers);
      if (plan.extension_blocks_per_address > 0) ++with_extensions;
    }
  }
  REQUIRE(with_extensions > 100);
}

TEST_CASE("no text breaks the parser, and a spoiled file is complained about at a place", "[property]") {
  const auto seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : std::random_device{}();
  CAPTURE(seed);
  Random random{seed};
  int complained = 0;
  for (int i = 0; i < 1000; ++i) {
    auto text = file_text(random);
    for (auto left = between(random, 1, 5); left > 0; --left) {
      const auto at = random() % text.size();
      switch (between(random, 0, 3)) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, between(random, 1, 9)); break;
        case 2: text.insert(at, 1, "\"[]=.#\n-\\9"[random() % 10]); break;
        default: std::swap(text[at], text[random() % text.size()]); break;
      }
      if (text.empty()) text = "x";
    }
    const auto parsed = parse(text);
    for (const auto& complaint : parsed.complaints) {
      INFO(text << "\n" << to_string(complaint, "f"));
      REQUIRE(complaint.place.line > 0);
      REQUIRE(complaint.place.column > 0);
      REQUIRE_FALSE(complaint.what.empty());
    }
    if (!parsed.complaints.empty()) ++complained;
    static_cast<void>(check(parsed.config, {}));
    static_cast<void>(to_toml(parsed.config));
  }
  REQUIRE(complained > 500);
}

}  // namespace cgn::config
