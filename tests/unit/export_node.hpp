// SPDX-License-Identifier: Apache-2.0
// A node that writes its record under the test's clock, and what tests of its export share.
#pragma once

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "journal/export/cursor.hpp"
#include "journal/export/exporter.hpp"
#include "journal/identity_row.hpp"
#include "journal/writer.hpp"

namespace cgn::journal::test {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// A log directory with a writer whose clock the test sets.
class Node {
 public:
  Node() {
    auto name = (fs::temp_directory_path() / "cgn-export-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~Node() {
    writer_.reset();
    fs::remove_all(directory_);
  }
  [[nodiscard]] fs::path log() const { return directory_ / "log"; }
  [[nodiscard]] fs::path state() const { return directory_; }

  void start(const std::string& boot = "boot-1") {
    auto writer = Writer::open({.directory = log(), .node_id = 7, .node_name = "n7", .boot_id = boot},
                               [this] { return at(clock_.load()); });
    REQUIRE(writer);
    writer_.emplace(std::move(*writer));
  }
  void stop() { writer_.reset(); }
  void set(Duration since) { clock_ = since; }
  void pass(Duration more) { clock_ = clock_.load() + more; }

  // So many blocks, allocated and durable. All of them have been completed when this returns.
  void allocate(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const auto n = blocks_++;
      const auto first = static_cast<std::uint16_t>(1024 + 256 * (n % 200));
      writer_->append(1, BlockEvent{.kind = BlockEventKind::allocated,
                                    .subscriber = Prefix::of(Ipv4::from_host(0x64400000 + n), 32),
                                    .external = Ipv4::from_host(0xcb007100 + n / 200),
                                    .ports = {Port{first}, Port{static_cast<std::uint16_t>(first + 255)}},
                                    .pool = "res-1",
                                    .at = at(clock_.load())});
    }
    await(count);
  }
  void await(unsigned count) {
    for (unsigned done = 0; done < count;) {
      pollfd p{writer_->completion_fd(), POLLIN, 0};
      ::poll(&p, 1, 10'000);
      for (const auto& c : writer_->completed()) {
        REQUIRE(c.durable);
        ++done;
      }
    }
  }
  // A row that says whose an address is, durable when this returns.
  void tell(const Prefix& subscriber, const IdentityRow& row) {
    REQUIRE(writer_->record(
        {.kind = NoteKind::identity, .detail = to_detail(row), .subscriber = subscriber, .at = at(clock_.load())},
        10s));
  }
  void append(const BlockEvent& event) {
    writer_->append(1, event);
    await(1);
  }
  [[nodiscard]] std::uint64_t last() { return writer_->health().last_seq; }
  void roll_to(Duration since) {
    const auto before = writer_->health().file;
    set(since);
    for (int i = 0; i < 2000 && writer_->health().file == before; ++i) std::this_thread::sleep_for(5ms);
    REQUIRE(writer_->health().file != before);
  }
  [[nodiscard]] ExporterOptions options() {
    return {.log_directory = log(),
            .state_directory = state(),
            .node = {.node_id = 7, .node_name = "n7", .boot = "boot-1"},
            .clock = [this] { return at(clock_.load()); },
            .last_durable = [this] { return last(); }};
  }

 private:
  fs::path directory_;
  std::atomic<Duration> clock_{1s};
  unsigned blocks_ = 0;
  std::optional<Writer> writer_;
};

inline std::vector<std::uint64_t> read_all(Cursor& cursor, std::uint64_t last, std::size_t most,
                                           std::uint64_t* missing = nullptr) {
  std::vector<std::uint64_t> seqs;
  for (;;) {
    auto batch = cursor.read(most, last);
    REQUIRE(batch);
    if (missing != nullptr) *missing += batch->missing;
    if (batch->events.empty()) return seqs;
    for (const auto& e : batch->events) seqs.push_back(e.mark.seq);
  }
}

inline std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (auto n = first; n <= last; ++n) all.push_back(n);
  return all;
}

// Waits for what another thread does; never for luck.
template <class Condition>
bool comes(Condition condition) {
  for (int i = 0; i < 4000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

class Socket {
 public:
  explicit Socket(int type) : fd_{::socket(AF_INET, type | SOCK_CLOEXEC, 0)} {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    any.sin_port = 0;
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    if (type == SOCK_STREAM) REQUIRE(::listen(fd_, 8) == 0);
    socklen_t size = sizeof any;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&any), &size);
    port = ntohs(any.sin_port);
  }
  ~Socket() { ::close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }
  std::uint16_t port = 0;

 private:
  int fd_;
};

// The numbers in lines of the given octets, counted as RFC 6587 says; what is incomplete is left out.
inline std::vector<std::string> lines_of(const std::string& octets) {
  std::vector<std::string> lines;
  for (std::size_t at = 0;;) {
    const auto blank = octets.find(' ', at);
    if (blank == std::string::npos) return lines;
    const auto length = std::stoul(octets.substr(at, blank - at));
    if (blank + 1 + length > octets.size()) return lines;
    lines.push_back(octets.substr(blank + 1, length));
    at = blank + 1 + length;
  }
}

inline std::uint64_t seq_of(const std::string& line) {
  const auto at = line.find(" seq=\"");
  REQUIRE(at != std::string::npos);
  return std::stoull(line.substr(at + 6));
}

inline std::string read_some(int fd, std::size_t least) {
  std::string all;
  std::array<char, 4096> piece{};
  while (all.size() < least) {
    pollfd p{fd, POLLIN, 0};
    if (::poll(&p, 1, 20'000) <= 0) return all;
    const auto n = ::recv(fd, piece.data(), piece.size(), 0);
    if (n <= 0) return all;
    all.append(piece.data(), static_cast<std::size_t>(n));
  }
  return all;
}

}  // namespace cgn::journal::test
