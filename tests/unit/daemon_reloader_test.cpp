// SPDX-License-Identifier: Apache-2.0
// Reading the file again: whole or not at all.
#include "daemon/reloader.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace cgn;

namespace {

// A file as text, hands that note what they are given.
struct Box {
  Box() {
    reloader.emplace("cgn.toml", *read(), at(std::chrono::seconds{0}).wall,
                     daemon::Reloader::Ways{.read = [this] { return read(); },
                                            .apply = [this](const config::Config& next) { return apply(next); }});
  }

  [[nodiscard]] Result<daemon::LoadedConfig> read() const {
    if (gone) return fail("cannot read cgn.toml");
    const auto text =
        "[interfaces]\ninternal = [\"int0\"]\nexternal = [\"ext0\"]\n[log]\nretention = \"730d\"\n[[pool]]\nname = "
        "\"p\"\naddresses = [\"203.0.113.0/28\"]\n[[rule]]\ninternal = [\"100.64.0.0/16\"]\npool = \"p\"\n[limits]\n" +
        limits;
    auto parsed = config::parse(text);
    return daemon::LoadedConfig{text, std::move(parsed.config), std::move(parsed.complaints)};
  }
  Result<> apply(const config::Config& next) {
    if (hands_fail) return fail("the kernel took no settings");
    applied.push_back(next);
    return {};
  }
  Result<daemon::ReloadReport> reload(bool dry_run = false) {
    return reloader->reload(dry_run, at(std::chrono::seconds{60}).wall);
  }

  std::string limits;
  bool gone = false;
  std::optional<daemon::Reloader> reloader;
  std::vector<config::Config> applied;
  bool hands_fail = false;
};

}  // namespace

TEST_CASE("a file that changed is handed over once, and is the one in force then", "[RFC6888-REQ-4A]") {
  Box box;
  box.limits = "ports_per_subscriber = 64\n";
  const auto dry = box.reload(true);
  REQUIRE(dry);
  CHECK_FALSE(dry->applied);
  CHECK(dry->plan.live.size() == 1);
  CHECK(box.applied.empty());
  const auto report = box.reload();
  REQUIRE(report);
  CHECK(report->applied);
  REQUIRE(box.applied.size() == 1);
  CHECK(box.applied[0].limits.ports_per_subscriber == 64);
  CHECK(box.reloader->config().limits.ports_per_subscriber == 64);
  CHECK(box.reloader->text().loaded_at == at(std::chrono::seconds{60}).wall);
  CHECK(box.reloader->text().text.ends_with("ports_per_subscriber = 64\n"));
  REQUIRE(box.reload());
  CHECK(box.applied.size() == 1);  // nothing has changed since
}

TEST_CASE("a file that is wrong, needs a restart, is gone or is not taken leaves the old config in force") {
  Box box;
  SECTION("wrong") {
    box.limits = "ports_per_subscriber = 64\nport_per_subscriber = 64\n";
    const auto report = box.reload();
    REQUIRE(report);
    CHECK(report->complaints.size() == 1);
    CHECK_FALSE(report->applied);
  }
  SECTION("needs a restart") {
    box.limits = "ports_per_subscriber = 64\nsubscribers = 10\n";
    const auto report = box.reload();
    REQUIRE(report);
    CHECK(report->plan.restart.size() == 1);
    CHECK(sentence_of(*report).find("[limits] subscribers") != std::string::npos);
  }
  SECTION("gone") {
    box.gone = true;
    CHECK_FALSE(box.reload());
  }
  SECTION("not taken") {
    box.limits = "ports_per_subscriber = 64\n";
    box.hands_fail = true;
    CHECK_FALSE(box.reload());
  }
  CHECK(box.applied.empty());
  CHECK(box.reloader->config().limits.ports_per_subscriber == 0);
  CHECK(box.reloader->text().loaded_at == at(std::chrono::seconds{0}).wall);
}
