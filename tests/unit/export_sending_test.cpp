// SPDX-License-Identifier: Apache-2.0
// Exporters and replays against collectors that the test plays itself.
#include <catch2/catch.hpp>

#include <set>

#include "unit/export_node.hpp"
#include "journal/export/replay.hpp"

namespace {

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

}  // namespace

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
  // The ten seconds begin when the exporter learns of the acknowledgement, which may be after we read the lines: time goes
  // on until it counts them as received, then stands still, so that what follows cannot be.
  CHECK(comes([&] {
    node.pass(1s);
    return exporter.status().confirmed_seq >= seq_of(before.back());
  }));
  node.allocate(10);
  exporter.poke();
  got.clear();
  while (lines_of(got).empty() || seq_of(lines_of(got).back()) < node.last()) got += read_some(one, 1);
  const auto unconfirmed = lines_of(got);
  ::close(one);
  CHECK(comes([&] { return !exporter.status().last_error.empty() || exporter.status().connections > 1; }));
  const auto confirmed = exporter.status().confirmed_seq;
  CHECK(confirmed < seq_of(unconfirmed.back()));
  node.pass(2s);  // a new connection is tried once a second
  const int two = ::accept(tcp.fd(), nullptr, nullptr);
  got.clear();
  while (lines_of(got).empty() || seq_of(lines_of(got).back()) < seq_of(unconfirmed.back())) got += read_some(two, 1);
  const auto again = lines_of(got);
  CHECK(seq_of(before.front()) == first);
  CHECK(seq_of(again.front()) == confirmed + 1);
  std::set<std::string> repeated{again.begin(), again.end()};
  for (const auto& line : unconfirmed) {
    if (seq_of(line) > confirmed) CHECK(repeated.contains(line));
  }
  CHECK(comes([&] { return exporter.status().repeated > 0; }));
  ::close(two);
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
    REQUIRE(
        replay({.log_directory = node.log(), .interval = interval, .to = to, .clock = [] { return at(0s); }}, report));
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
