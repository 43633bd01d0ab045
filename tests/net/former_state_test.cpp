// SPDX-License-Identifier: Apache-2.0
// The memory of former settings: first value wins, survives the process, goes with its last key.
#include <catch2/catch.hpp>

#include <fstream>

#include "io/former_state.hpp"
#include "net/state_directory.hpp"

namespace cgn::net_test {

TEST_CASE("the first value remembered stays, also for the next process") {
  const StateDirectory directory;
  const auto file = directory.path() / "sub" / "memory";
  {
    auto memory = io::FormerState::load(file);
    REQUIRE(memory);
    REQUIRE(memory->remember("int0", "1"));
    REQUIRE(memory->remember("int0", "0"));
  }
  auto memory = io::FormerState::load(file);
  REQUIRE(memory);
  REQUIRE(memory->remember("int0", "0"));
  CHECK(memory->values() == std::map<std::string, std::string>{{"int0", "1"}});
}

TEST_CASE("a key may hold an equals sign, as an interface's name may") {
  const StateDirectory directory;
  const auto file = directory.path() / "memory";
  REQUIRE(io::FormerState::load(file)->remember("a=b", "1"));
  CHECK(io::FormerState::load(file)->values() == std::map<std::string, std::string>{{"a=b", "1"}});
}

TEST_CASE("the file goes with its last key") {
  const StateDirectory directory;
  const auto file = directory.path() / "memory";
  auto memory = io::FormerState::load(file);
  REQUIRE(memory->remember("int0", "1"));
  REQUIRE(memory->remember("ext0", "1"));
  REQUIRE(memory->forget("int0"));
  CHECK(std::filesystem::exists(file));
  REQUIRE(memory->forget("ext0"));
  CHECK_FALSE(std::filesystem::exists(file));
  REQUIRE(memory->forget("ext0"));
}

TEST_CASE("a line that is not KEY=VALUE is refused with the line and the way out") {
  const StateDirectory directory;
  const auto file = directory.path() / "memory";
  std::ofstream{file} << "int0=1\nrubbish\n";
  const auto memory = io::FormerState::load(file);
  REQUIRE_FALSE(memory);
  CHECK(memory.error().what.find("'rubbish'") != std::string::npos);
  CHECK_FALSE(memory.error().hint.empty());
}

TEST_CASE("what cannot be written is not taken for remembered") {
  const StateDirectory directory;
  std::ofstream{directory.path() / "file"} << "x";
  auto memory = io::FormerState::load(directory.path() / "file" / "memory");
  if (memory) {
    CHECK_FALSE(memory->remember("int0", "1"));
    CHECK(memory->values().empty());
  }
}

}  // namespace cgn::net_test
