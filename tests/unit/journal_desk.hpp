// SPDX-License-Identifier: Apache-2.0
// What tests of the legal log need: a directory of their own, a clock to turn, a writer to wait for.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "journal/log_file.hpp"
#include "journal/reader.hpp"
#include "journal/writer.hpp"

namespace cgn::journal::test {

using namespace std::chrono_literals;

class Directory {
 public:
  Directory() {
    // In memory where there is such a place: these tests kill processes, not machines.
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    auto name = (parent / "cgn-journal-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::filesystem::path log() const { return path_ / "log"; }

 private:
  std::filesystem::path path_;
};

// All clocks move together unless a test steps the wall clock.
class Clock {
 public:
  [[nodiscard]] Now now() const {
    const std::lock_guard lock{mutex_};
    return now_;
  }
  void advance(std::chrono::milliseconds by) {
    const std::lock_guard lock{mutex_};
    now_.mono += by;
    now_.wall += by;
    now_.boot += by;
  }
  void step(std::chrono::milliseconds by) {
    const std::lock_guard lock{mutex_};
    now_.wall += by;
  }
  void reboot(std::chrono::milliseconds away) {
    const std::lock_guard lock{mutex_};
    now_.wall += away;
    now_.mono = Monotonic{1min};
    now_.boot = 1min;
  }
  [[nodiscard]] ClockFunction function() const {
    return [this] { return now(); };
  }

 private:
  mutable std::mutex mutex_;
  Now now_ = at(0s);  // 2026-11-20T06:40:00Z
};

inline constexpr Ipv4 kExternal = Ipv4::from_host(0xc633640a);  // 198.51.100.10
inline constexpr unsigned kBlockSize = 512;

[[nodiscard]] inline Prefix subscriber(unsigned n) { return Prefix::of(Ipv4::from_host(0x64400000 + n), 32); }

[[nodiscard]] inline PortRange block_ports(unsigned block) {
  const auto first = 1024 + block * kBlockSize;
  return {Port{static_cast<std::uint16_t>(first)}, Port{static_cast<std::uint16_t>(first + kBlockSize - 1)}};
}

[[nodiscard]] inline BlockEvent event(BlockEventKind kind, unsigned who, unsigned block, const Now& now) {
  return {.kind = kind,
          .subscriber = subscriber(who),
          .external = kExternal,
          .ports = block_ports(block),
          .pool = "residential",
          .allocated_at = now.wall,
          .at = now};
}

[[nodiscard]] inline BlockEvent release_of(const BlockEvent& allocated, const Now& now) {
  auto release = allocated;
  release.kind = BlockEventKind::released;
  release.at = now;
  return release;
}

[[nodiscard]] inline std::string machine_boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

// All that stand in this live file.
[[nodiscard]] inline std::vector<Row> rows_of(const std::filesystem::path& path) {
  auto file = LogFile::open(path);
  REQUIRE(file);
  std::vector<Row> rows;
  REQUIRE(file->visit(0, [&](const Row& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

// Waits until the condition holds; false after a minute, which only a machine that hangs takes.
template <class Condition>
[[nodiscard]] bool eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

// A log with a clock, whose writer may be stopped and opened again.
class Desk {
 public:
  Desk() { options.directory = directory.log(); }

  void open() {
    auto opened = Writer::open(options, clock.function());
    INFO((opened ? std::string{} : opened.error().what));
    REQUIRE(opened);
    writer.emplace(std::move(*opened));
  }
  void close() { writer.reset(); }

  // The fate of all of them, in order, after one commit or more.
  std::vector<Completion> append(const std::vector<BlockEvent>& events) {
    for (std::uint64_t token = 0; const auto& e : events) writer->append(token++, e);
    std::vector<Completion> all;
    while (all.size() < events.size()) {
      pollfd ready{writer->completion_fd(), POLLIN, 0};
      if (::poll(&ready, 1, 10'000) <= 0) break;
      for (const auto& c : writer->completed()) all.push_back(c);
    }
    return all;
  }
  bool record(const BlockEvent& e) {
    const auto fate = append({e});
    return fate.size() == 1 && fate.front().durable;
  }
  BlockEvent allocate(unsigned who, unsigned block) {
    const auto e = event(BlockEventKind::allocated, who, block, clock.now());
    REQUIRE(record(e));
    return e;
  }
  void release(const BlockEvent& allocated) { REQUIRE(record(release_of(allocated, clock.now()))); }

  // Until the writer has begun another file, and finished its opening rows if any row follows.
  [[nodiscard]] bool rolled(const std::filesystem::path& before) {
    return eventually([&] { return writer->health().file != before && !writer->health().file.empty(); });
  }

  [[nodiscard]] Reader reader(const std::filesystem::path& path = {}) {
    auto opened = Reader::open(path.empty() ? options.directory : path, clock.now().wall);
    REQUIRE(opened);
    return std::move(*opened);
  }
  [[nodiscard]] Answer who(unsigned block, WallTime when, Duration tolerance = 1s) {
    const auto port = block_ports(block).first;
    return reader().holders(
        {.external = kExternal, .ports = PortRange{port, port}, .at = when, .tolerance = tolerance});
  }

  Directory directory;
  Clock clock;
  WriterOptions options{.directory = {},
                        .node_id = 7,
                        .node_name = "bng1",
                        .boot_id = machine_boot_id(),
                        .heartbeat = 1h,
                        .sealing = false};
  std::optional<Writer> writer;
};

}  // namespace cgn::journal::test

namespace Catch {
template <>
struct StringMaker<cgn::journal::Certainty> {
  static std::string convert(cgn::journal::Certainty c) { return std::string{cgn::journal::to_string(c)}; }
};
}  // namespace Catch
