// SPDX-License-Identifier: Apache-2.0
// A node's random past, written by the journal's own writer.
//
// What        Blocks of a few external addresses, lent to subscribers of two realms whose names change, over day rolls, restarts
//             and reboots, with loans that go on through them. Some days are sealed, some are taken away afterwards. The wall
//             clock is stepped if asked for.
// Life-cycle  live(), once; then question(), as often as wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "journal/identity_row.hpp"
#include "journal/scribe.hpp"

namespace cgn::clickhouse_test {

struct Plan {
  std::filesystem::path directory;
  unsigned seed = 0;
  std::uint32_t node = 1;
  WallTime begin{};
  unsigned steps = 3000;
  bool clock_steps = false;
  bool computed = false;  // one pool is deterministic
};

struct Question {
  Ipv4 external{};
  std::optional<PortRange> ports{};
  WallTime at{};
  std::chrono::milliseconds tolerance{};
};

class History {
 public:
  explicit History(Plan plan);

  void live();
  [[nodiscard]] Question question();
  [[nodiscard]] WallTime end() const { return now_.wall; }

 private:
  [[nodiscard]] unsigned pick(unsigned bound);
  [[nodiscard]] Ipv4 address(unsigned block) const;
  [[nodiscard]] static PortRange ports(unsigned block);
  void advance(std::chrono::milliseconds);
  void open();
  void note_parameters();
  void step();
  void restart();
  void reboot();
  void change();
  void rename();
  void write(std::variant<BlockEvent, Note>);
  void allocate(unsigned block);
  void take_days_away();

  Plan plan_;
  std::mt19937 random_;
  Now now_{};
  journal::WriterOptions options_{};
  std::optional<journal::Scribe> scribe_;
  std::map<unsigned, BlockEvent> held_;
  std::map<unsigned, journal::IdentityRow> named_;  // subscriber -> who it is now
  std::vector<WallTime> edges_;                     // instants at which something changed
  unsigned boots_ = 0, names_ = 0;
};

}  // namespace cgn::clickhouse_test
