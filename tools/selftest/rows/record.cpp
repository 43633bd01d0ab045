// SPDX-License-Identifier: Apache-2.0
// The legal record, and what an outsider can guess of it: which ports there are.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "rows.hpp"

namespace cgn::selftest {
namespace {

std::string log_directory(Wire& w) { return (w.stage().lab().places().work / "log").string(); }

// A record that ends before the time asked says NOT COVERED; its next heartbeat is waited for.
std::string look_up(Wire& w, const Endpoint& external, std::string_view proto, std::string_view when) {
  const auto words = fmt::format("lookup {} --proto {} --at {} --log-dir {} -f json", to_string(external), proto, when,
                                 log_directory(w));
  const auto end = w.now() + seconds{15};
  for (;;) {
    auto answer = w.stage().device().ask(split(words));
    if (answer) return *answer;
    if (w.now() > end) throw Failed{answer.error().what};
    w.pass(milliseconds{100});
  }
}

std::string time_of_day() {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
}

void holder_is_named(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 80);
  const auto udp = w.out(w.udp(alice, server)).from();
  const auto tcp = Connection::open(w, alice, server).external();
  w.pass(milliseconds{1100});
  const auto when = time_of_day();
  for (const auto& [external, proto] : {std::pair{udp, "udp"}, std::pair{tcp, "tcp"}}) {
    const auto answer = look_up(w, external, proto, when);
    w.check(answer.find(to_string(alice.address)) != std::string::npos, "the subscriber named, saw " + answer);
  }
}

std::string everything_in(const std::string& directory) {
  std::string all;
  for (const auto& file : std::filesystem::recursive_directory_iterator{directory}) {
    if (file.is_regular_file())
      all += (std::ostringstream{} << std::ifstream{file.path(), std::ios::binary}.rdbuf()).str();
  }
  return all;
}

void no_destinations(Wire& w) {
  const auto alice = at(w.subscriber(), 5000);
  const auto server = at(w.server(), 80);
  w.out(w.udp(alice, server));
  w.settle();
  (void)w.ask("status");
  const auto record = everything_in(log_directory(w));
  const auto host = server.address.host();
  std::string network_order, host_order;
  for (unsigned i = 0; i < 4; ++i) {
    network_order += static_cast<char>(host >> (24 - 8 * i));
    host_order += static_cast<char>(host >> (8 * i));
  }
  w.check(!record.empty(), "a record");
  for (const auto& trace : {to_string(server.address), network_order, host_order}) {
    w.check(record.find(trace) == std::string::npos, "no trace of the destination in the record");
  }
}

void one_row_for_many_flows(Wire& w) {
  const auto alice = w.subscriber();
  for (unsigned i = 0; i < 200; ++i) w.out(w.udp(at(alice, 5000 + i), at(w.server(), 80)));
  const auto blocks = w.ask("show block --csv --no-headers --subscriber " + to_string(alice));
  w.check(std::ranges::count(blocks, '\n') == 1, "one port block for 200 flows, saw " + blocks);
}

void ports_are_hard_to_guess(Wire& w) {
  const auto alice = w.subscriber();
  const auto server = at(w.server(), 80);
  unsigned neighbours = 0, preserved = 0;
  unsigned last = 0;
  for (unsigned i = 0; i < 200; ++i) {
    const unsigned port = w.out(w.udp(at(alice, 20000 + i), server)).source_port;
    if (i > 0 && (port - last + 2) <= 4) ++neighbours;
    if (port == 20000 + i) ++preserved;
    last = port;
  }
  w.check(neighbours < 20, "successive ports far apart, saw " + std::to_string(neighbours) + " neighbours of 200");
  w.check(preserved < 20,
          "ports that the source port does not give away, saw " + std::to_string(preserved) + " of 200");
}

}  // namespace

Rows record_rows() {
  return {
      {.id = "holder-named",
       .tags = {"RFC6888-4"},
       .level = Level::should,
       .says = "the record names the subscriber behind an external endpoint, for UDP and TCP",
       .plays = holder_is_named},
      {.id = "no-destinations",
       .tags = {"RFC6888-REQ-12"},
       .level = Level::should,
       .says = "no destination stands in the record",
       .plays = no_destinations},
      {.id = "one-row-many-flows",
       .tags = {"RFC6888-REQ-14"},
       .level = Level::should,
       .says = "200 flows of a subscriber are one port block, and so one row of the record",
       .plays = one_row_for_many_flows},
      {.id = "random-ports",
       .tags = {"RFC6888-REQ-15", "RFC7857-9", "RFC6056-3"},
       .level = Level::should,
       .says = "the ports of successive flows follow neither each other nor the source port",
       .plays = ports_are_hard_to_guess},
  };
}

}  // namespace cgn::selftest
