// SPDX-License-Identifier: Apache-2.0
// What the test of the whole control loop needs: a daemon made of a real core and a table in memory, its sockets in a
// folder of their own, and cgnctl with the test as its world.
#pragma once

#include <catch2/catch.hpp>

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <streambuf>

#include "cgn/control.hpp"
#include "cgnctl/app.hpp"
#include "daemon/commands.hpp"
#include "daemon/entries.hpp"

namespace cgn::daemon::test {

using cgnctl::Exit;
using control::Json;

inline config::Config policy() {
  config::Config config;
  config.node = {.id = 7, .name = "cgn-test-1"};
  config::Pool pool;
  pool.name = "res-1";
  pool.addresses = {*Prefix::parse("203.0.113.0/30")};
  pool.max_blocks_per_subscriber = 2;
  pool.max_subscribers = 200;
  config.pools = {pool};
  config.rules = {{.internal = {*Prefix::parse("100.64.0.0/16")}, .pool = "res-1", .place = {}}};
  config.log.retention = std::chrono::hours{24 * 730};
  return config;
}

// A daemon without network: every block is recorded at once, every mapping stands in a vector.
class FakeDaemon final : public daemon::Facade {
 public:
  explicit FakeDaemon(config::Config config = policy()) : config_{std::move(config)}, core_{config_, 42} {}

  // What the config gives is asked of the log, which answers at once.
  void begin() {
    const std::scoped_lock guard{lock_};
    core::Effects effects;
    core_.finish_adoption(now(), effects);
    carry_out(effects);
  }

  core::MappingView open(const char* internal, const char* remote, Proto proto = Proto::udp) {
    const core::Flow flow{.proto = proto,
                          .internal = {*parse_endpoint(internal), kDefaultRealm},
                          .remote = *parse_endpoint(remote),
                          .tcp = {.syn = true}};
    const std::scoped_lock guard{lock_};
    core::Effects effects;
    auto decision = core_.outbound(flow, now(), effects);
    carry_out(effects);
    if (decision.verdict == CGN_VERDICT_HELD) decision = core_.outbound(flow, now(), effects);
    REQUIRE(decision.verdict == CGN_VERDICT_TRANSLATED);
    REQUIRE(decision.mapping);
    return *decision.mapping;
  }

  Result<> ask(std::function<void(core::Translator&, const Now&)> question) override {
    if (stopping) return fail("the daemon is stopping");
    const std::scoped_lock guard{lock_};
    question(core_, now());
    return {};
  }
  Now now() override { return at(std::chrono::seconds{10}); }
  daemon::Facts facts() override {
    const std::scoped_lock guard{lock_};
    return facts_;
  }
  config::Config config() override { return config_; }
  daemon::CounterSample counters() override { return newest; }
  daemon::CounterSample counters_before() override { return oldest; }
  daemon::EntrySource walk_entries() override {
    return [this, position = std::size_t{0}]() mutable -> Result<std::vector<cgn_entry>> {
      if (table_breaks && position > 0) return fail("the table broke");
      const auto count = std::min<std::size_t>(3, entries_.size() - position);
      const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(position);
      position += count;
      return std::vector<cgn_entry>{begin, begin + static_cast<std::ptrdiff_t>(count)};
    };
  }
  daemon::EntrySource walk_sessions() override {
    return [this, done = false]() mutable -> Result<std::vector<cgn_entry>> {
      return std::exchange(done, true) ? std::vector<cgn_entry>{} : sessions;
    };
  }
  std::optional<cgn_entry> read_entry(const cgn_key& key) override {
    const auto same = [&](const cgn_entry& e) {
      const auto own = cgn_key_of(&e);
      return std::memcmp(&own, &key, sizeof key) == 0;
    };
    const auto found = std::ranges::find_if(entries_, same);
    return found == entries_.end() ? std::nullopt : std::optional{*found};
  }
  daemon::BlockFeed& block_feed() override { return feed; }
  Result<std::size_t> clear_subscriber(const SubscriberId& subscriber) override {
    cleared.push_back(to_string(subscriber));
    return 3;
  }
  Result<bool> clear_mapping(Proto proto, InternalEndpoint internal) override {
    cleared.push_back(to_string(proto) + " " + to_string(internal));
    return core_.find_internal(proto, internal).has_value();
  }
  Result<std::uint64_t> record(const Note& note) override {
    notes.push_back(note);
    return notes.size();
  }
  Result<daemon::ReloadReport> reload(bool dry_run, const std::string&) override {
    auto report = reloaded;
    report.dry_run = dry_run;
    report.applied = !dry_run && report.complaints.empty() && report.plan.restart.empty();
    return report;
  }
  Result<> detach() override {
    detached = true;
    return {};
  }

  daemon::Facts facts_{
      .version = "0.1.0-test", .uptime = std::chrono::seconds{3'700}, .config_file = "/etc/cgn/cgn.toml"};
  daemon::CounterSample oldest{};
  daemon::CounterSample newest{};
  daemon::BlockFeed feed{};
  std::vector<Note> notes{};
  std::vector<std::string> cleared{};
  daemon::ReloadReport reloaded{.file = "/etc/cgn/cgn.toml"};
  std::atomic<bool> detached = false;
  std::atomic<bool> stopping = false;
  bool table_breaks = false;
  std::vector<cgn_entry> sessions;  // of the kernel, tunnels among them

 private:
  void carry_out(core::Effects& effects) {
    for (std::size_t i = 0; i < effects.size(); ++i) {
      const auto effect = effects[i];  // a copy: the answer to a journal effect appends to the list
      if (const auto* journal = std::get_if<core::Journal>(&effect))
        core_.block_recorded(journal->ticket, now(), effects);
      if (const auto* install = std::get_if<core::InstallMapping>(&effect)) {
        const auto pair = daemon::to_entries(install->mapping, install->seen_at);
        entries_.push_back(pair.inbound);
        entries_.push_back(pair.outbound);
      }
    }
    effects.clear();
  }

  config::Config config_;
  core::Translator core_;
  std::vector<cgn_entry> entries_{};
  std::mutex lock_;
};

// The daemon behind its sockets, and cgnctl before them.
class Loop {
 public:
  explicit Loop(config::Config config = policy()) : daemon{std::move(config)} {
    std::string name = (std::filesystem::temp_directory_path() / "cgn-loop-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
    auto server = io::ControlServer::start(socket(), daemon::make_routes(daemon), daemon::make_streams(daemon));
    REQUIRE(server);
    server_.emplace(std::move(*server));
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  [[nodiscard]] std::string socket(const char* name = "api.sock") const { return (folder_ / name).string(); }
  void stop() { server_.reset(); }

  Exit run(const std::vector<std::string>& words) { return run_on(socket(), words); }
  Exit run_on(const std::string& path, const std::vector<std::string>& words) {
    std::ostringstream text;
    const auto exit = run_with(path, text, words);
    out = text.str();
    return exit;
  }
  Exit run_into(std::ostream& into, const std::vector<std::string>& words) { return run_with(socket(), into, words); }
  Json json(std::vector<std::string> words) {
    words.emplace_back("--json");
    const auto exit = run(std::move(words));
    INFO(err);
    REQUIRE(exit == Exit::ok);
    return Json::parse(out);
  }

  FakeDaemon daemon;
  std::function<bool()> on_pause{};
  std::string out{};
  std::string err{};

 private:
  Exit run_with(const std::string& path, std::ostream& into, std::vector<std::string> words) {
    std::ostringstream errors;
    std::istringstream in;
    cgnctl::Session session{.out = into,
                            .err = errors,
                            .in = in,
                            .clock = [] { return at(std::chrono::seconds{10}).wall; },
                            .pause = [this](std::chrono::milliseconds) { return on_pause ? on_pause() : false; },
                            .run_program = [](const std::vector<std::string>&) { return 1; }};
    words.insert(words.begin(), {"-s", path});
    const auto exit = cgnctl::run(std::move(session), words);
    err = errors.str();
    return exit;
  }

  std::filesystem::path folder_;
  std::optional<io::ControlServer> server_{};
};

// A reader that leaves after its first line, as `| head -1` does.
class FullAfterOneLine final : public std::streambuf {
 public:
  std::string line{};

 protected:
  int overflow(int c) override {
    if (line.ends_with('\n')) return traits_type::eof();
    line += static_cast<char>(c);
    return c;
  }
};

}  // namespace cgn::daemon::test
