// SPDX-License-Identifier: Apache-2.0
// The record followed by number, what a stream repeats, and exporters against collectors that this test plays itself.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "journal/export/cursor.hpp"
#include "journal/export/exporter.hpp"
#include "journal/export/position.hpp"
#include "journal/export/replay.hpp"
#include "journal/export/window.hpp"
#include "journal/writer.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;
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
    for (unsigned done = 0; done < count;) {
      pollfd p{writer_->completion_fd(), POLLIN, 0};
      ::poll(&p, 1, 10'000);
      for (const auto& c : writer_->completed()) {
        REQUIRE(c.durable);
        ++done;
      }
    }
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

std::vector<std::uint64_t> read_all(Cursor& cursor, std::uint64_t last, std::size_t most,
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

std::vector<std::uint64_t> from_to(std::uint64_t first, std::uint64_t last) {
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
std::vector<std::string> lines_of(const std::string& octets) {
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

std::uint64_t seq_of(const std::string& line) {
  const auto at = line.find(" seq=\"");
  REQUIRE(at != std::string::npos);
  return std::stoull(line.substr(at + 6));
}

std::string read_some(int fd, std::size_t least) {
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

}  // namespace

TEST_CASE("the cursor hands out every row once and in order, across files and whatever the batch", "[export]") {
  Node node;
  node.start();
  node.allocate(50);
  node.roll_to(25h);
  node.allocate(30);
  node.roll_to(50h);
  node.allocate(5);
  const auto last = node.last();
  for (const std::size_t most : {1UL, 7UL, 1000UL}) {
    Cursor cursor{node.log(), 1};
    CHECK(read_all(cursor, last, most) == from_to(1, last));
    CHECK(cursor.next() == last + 1);
    cursor.seek(40);
    CHECK(read_all(cursor, 60, most) == from_to(40, 60));
  }
  node.stop();
  Cursor cursor{node.log(), 1};
  CHECK(read_all(cursor, UINT64_MAX, 100).size() > last);  // heartbeats and the stop row
}

TEST_CASE("the cursor follows a file that grows, and no row beyond what is durable", "[export]") {
  Node node;
  node.start();
  node.allocate(3);
  const auto first = node.last();
  Cursor cursor{node.log(), 1};
  CHECK(read_all(cursor, first - 1, 10) == from_to(1, first - 1));
  node.allocate(3);
  CHECK(read_all(cursor, node.last(), 10) == from_to(first, node.last()));
}

TEST_CASE("rows that retention took away are passed over and counted", "[export]") {
  Node node;
  node.start();
  node.allocate(20);
  const auto old = *fs::directory_iterator{node.log()};
  const auto name = (node.log() / "2026-11-20.cgnlog");
  REQUIRE(fs::exists(name));
  node.roll_to(25h);
  node.allocate(2);
  Cursor probe{node.log(), 1};
  const auto all = read_all(probe, node.last(), 1000);
  fs::remove(name);
  fs::remove(name.string() + "-wal");
  fs::remove(name.string() + "-shm");
  Cursor cursor{node.log(), 1};
  std::uint64_t missing = 0;
  const auto rest = read_all(cursor, node.last(), 1000, &missing);
  REQUIRE_FALSE(rest.empty());
  CHECK(rest.front() == missing + 1);
  CHECK(rest.back() >= all.back());
}

TEST_CASE("an event carries node, boot and number, the boot that wrote it", "[export]") {
  Node node;
  node.start("boot-1");
  node.allocate(1);
  const auto last = node.last();
  node.stop();
  node.start("boot-2");
  node.allocate(1);
  Cursor cursor{node.log(), last};
  const auto batch = cursor.read(100, node.last());
  REQUIRE(batch);
  CHECK(batch->events.front().mark.boot == "boot-1");
  CHECK(batch->events.back().mark.boot == "boot-2");
  CHECK(batch->events.back().mark.node_id == 7);
  CHECK(batch->events.back().mark.node_name == "n7");
  CHECK(batch->events.back().kind == EventKind::block_allocated);
}

TEST_CASE("a row counts as received once acknowledged for the whole window", "[export]") {
  Window window{10, 10s};
  window.sent(12, 300);
  window.sent(15, 600);
  window.acknowledged(599, Monotonic{100s});
  window.acknowledged(600, Monotonic{104s});
  CHECK(window.next() == 10);
  window.acknowledged(600, Monotonic{110s});
  CHECK(window.next() == 13);
  window.acknowledged(600, Monotonic{113s});
  CHECK(window.next() == 13);
  window.broke();
  window.acknowledged(900, Monotonic{200s});  // of another connection
  CHECK(window.next() == 13);
}

TEST_CASE("a place on disk is read back; one that cannot be understood is the beginning", "[export]") {
  Node node;
  const Position place{node.state() / "export" / "a"};
  CHECK_FALSE(place.read());
  REQUIRE(place.write(42));
  CHECK(place.read() == 42);
  std::ofstream{node.state() / "export" / "a"} << "rubbish";
  CHECK(place.read() == 1);
  std::ofstream{node.state() / "export" / "a"} << "";
  CHECK(place.read() == 1);
}

TEST_CASE("UDP: each line a datagram, from where the exporter began; a second one goes on where the first ended",
          "[export][RFC5426]") {
  Node node;
  node.start();
  node.allocate(3);
  const auto before = node.last();
  const Socket udp{SOCK_DGRAM};
  const Collector to{.name = "u", .type = ExportType::syslog, .host = "127.0.0.1", .port = udp.port};
  std::set<std::uint64_t> seen;
  const auto receive = [&](std::uint64_t up_to) {
    std::array<char, 2000> datagram{};
    while (!seen.contains(up_to)) {
      pollfd p{udp.fd(), POLLIN, 0};
      REQUIRE(::poll(&p, 1, 20'000) == 1);
      const auto n = ::recv(udp.fd(), datagram.data(), datagram.size(), 0);
      REQUIRE(seen.insert(seq_of({datagram.data(), static_cast<std::size_t>(n)})).second);
    }
  };
  {
    Exporter exporter{to, node.options()};
    node.allocate(5);
    exporter.poke();
    receive(node.last());
    CHECK(comes([&] { return exporter.status().next_seq == node.last() + 1; }));
  }
  node.allocate(2);  // while nobody exports
  {
    Exporter exporter{to, node.options()};
    receive(node.last());
  }
  CHECK(*seen.begin() == before + 1);
  CHECK(seen.size() == node.last() - before);
}

TEST_CASE("TCP: what a killed collector had not had for the window is sent again, byte for byte", "[export][RFC6587]") {
  Node node;
  node.start();
  Socket tcp{SOCK_STREAM};
  const Collector to{
      .name = "t", .type = ExportType::syslog, .transport = Transport::tcp, .host = "127.0.0.1", .port = tcp.port};
  Exporter exporter{to, node.options()};
  const auto first = node.last() + 1;
  node.allocate(10);
  exporter.poke();
  const int one = ::accept(tcp.fd(), nullptr, nullptr);
  std::string got;
  while (lines_of(got).size() < 10) got += read_some(one, 1);
  const auto before = lines_of(got);
  node.set(12s);  // those are acknowledged for more than ten seconds
  CHECK(comes([&] { return exporter.status().confirmed_seq >= seq_of(before.back()); }));
  const auto confirmed = exporter.status().confirmed_seq;
  node.allocate(10);
  exporter.poke();
  got.clear();
  while (lines_of(got).empty() || seq_of(lines_of(got).back()) < node.last()) got += read_some(one, 1);
  const auto unconfirmed = lines_of(got);
  ::close(one);
  CHECK(comes([&] { return !exporter.status().last_error.empty() || exporter.status().connections > 1; }));
  node.set(14s);
  const int two = ::accept(tcp.fd(), nullptr, nullptr);
  got.clear();
  while (lines_of(got).empty() || seq_of(lines_of(got).back()) < seq_of(unconfirmed.back())) got += read_some(two, 1);
  const auto again = lines_of(got);
  CHECK(seq_of(before.front()) == first);
  CHECK(seq_of(again.front()) == confirmed + 1);
  std::set<std::string> repeated{again.begin(), again.end()};
  for (const auto& line : unconfirmed) CHECK(repeated.contains(line));
  ::close(two);
  CHECK(exporter.status().repeated > 0);
}

TEST_CASE("a collector that takes nothing delays nobody, and its exporter gives up at once when told to", "[export]") {
  Node node;
  node.start();
  Socket tcp{SOCK_STREAM};
  const int small = 2048;
  ::setsockopt(tcp.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  const Collector to{
      .name = "slow", .type = ExportType::syslog, .transport = Transport::tcp, .host = "127.0.0.1", .port = tcp.port};
  Exporter exporter{to, node.options()};
  node.allocate(40'000);
  CHECK(comes([&] { return exporter.status().behind > 0; }));
  CHECK(exporter.status().behind > 0);
}

TEST_CASE("notices pass through a bounded queue, and what finds no room is counted", "[export]") {
  Node node;
  node.start();
  const Collector to{
      .name = "q", .type = ExportType::syslog, .transport = Transport::tcp, .host = "127.0.0.1", .port = 1};
  Exporter exporter{to, node.options()};
  for (int i = 0; i < 20'000; ++i) exporter.publish({.kind = EventKind::ports_exhausted});
  CHECK(comes([&] { return exporter.status().lost + exporter.status().queued == 20'000; }));
  CHECK_FALSE(exporter.status().last_error.empty());
}

TEST_CASE("a replay sends an interval by number or by time, in the same words", "[export]") {
  Node node;
  node.start();
  node.allocate(5);
  node.set(60s);
  node.allocate(5);
  node.roll_to(25h);
  node.allocate(5);
  node.stop();
  Cursor cursor{node.log(), 1};
  const auto last = read_all(cursor, UINT64_MAX, 100).back();
  const auto replayed = [&](const Interval& interval) {
    const Socket udp{SOCK_DGRAM};
    const Collector to{.name = "r", .type = ExportType::syslog, .host = "127.0.0.1", .port = udp.port};
    Replayed report;
    REQUIRE(replay(
        node.log(), interval, to, [] { return at(0s); }, report));
    std::vector<std::uint64_t> seqs;
    std::array<char, 2000> datagram{};
    for (ssize_t n; (n = ::recv(udp.fd(), datagram.data(), datagram.size(), MSG_DONTWAIT)) > 0;) {
      seqs.push_back(seq_of({datagram.data(), static_cast<std::size_t>(n)}));
    }
    CHECK(report.rows == seqs.size());
    CHECK(report.records == seqs.size());
    if (!seqs.empty()) CHECK(report.first_seq == seqs.front());
    return seqs;
  };
  CHECK(replayed({.first_seq = 4, .last_seq = 9}) == from_to(4, 9));
  CHECK(replayed({.last_seq = 3}) == from_to(1, 3));
  CHECK(replayed({}).size() == last);
  const auto minute = replayed({.from = at(59s).wall, .to = at(61s).wall});
  CHECK(minute.size() >= 5);
  CHECK(minute.size() < last - 5);
  CHECK(replayed({.from = at(24h).wall}).back() == last);
}
