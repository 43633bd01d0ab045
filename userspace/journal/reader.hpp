// SPDX-License-Identifier: Apache-2.0
// The legal record, asked: who held this address and port at that time?
//
// What        Reads day files, live or copied, without the daemon. An answer is ONE HOLDER, NOBODY, AMBIGUOUS or
//             NOT COVERED, never a guess.
// Ownership   Opens files read-only and on demand; holds no lock that could hinder the writer.
// Failure     A directory or file that cannot be read makes the answer NOT COVERED with the reason; Result errors are
//             only for questions that make no sense.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cgn/events.hpp"
#include "cgn/result.hpp"
#include "journal/clock_state.hpp"

namespace cgn::journal {

enum class Certainty { one_holder, nobody, ambiguous, not_covered };
[[nodiscard]] std::string_view to_string(Certainty);  // "ONE HOLDER", ...

// One loan of one block, as the log shows it.
struct Holding {
  Prefix subscriber{};
  std::string realm{};     // empty: the default one
  std::string identity{};  // whose address it was then; empty: not known
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  WallTime from{};
  std::optional<WallTime> to{};  // nullopt: still held when the log ends
  std::uint64_t seq = 0;         // of the row that gave it (or continued it in this file)
  std::filesystem::path file{};
  std::uint32_t node_id = 0;
  std::string node_name{};
  bool computed = false;  // no row of its own: it follows from the parameters that `seq` records
  std::string note{};     // "ended between last heartbeat ... and boot ...", empty as a rule
};

struct Question {
  Ipv4 external{};
  std::optional<PortRange> ports{};  // none: every holder of the address
  std::optional<Proto> proto{};      // noted only: a block has one owner for all protocols
  WallTime at{};
  Duration tolerance = std::chrono::seconds{1};
};

struct Answer {
  Certainty certainty = Certainty::not_covered;
  std::vector<Holding> holders{};              // one, or the candidates
  std::string reason{};                        // of NOT COVERED and AMBIGUOUS, a sentence
  std::string hint{};                          // "Ask for a time within ± 59 s."
  ClockState clock{};                          // of the record, around the time asked for
  std::vector<std::filesystem::path> files{};  // that were asked
};

struct WhereisAnswer {
  bool complete = false;            // the whole interval is covered
  std::string reason{};             // why not
  std::vector<Holding> holdings{};  // in order of time
};

class Reader {
 public:
  // `now` bounds what can be covered: a time in the future is NOT COVERED.
  [[nodiscard]] static Result<Reader> open(const std::filesystem::path& directory, WallTime now);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  [[nodiscard]] const std::filesystem::path& directory() const;
  // True when these are the files that the writer wrote, false of a copy: an original is asked for the record.
  [[nodiscard]] bool original();

  [[nodiscard]] Answer holders(const Question&);
  // The record of the parameters of computed blocks in force at this time (parameters.hpp); empty: there were none.
  // An Error when the log does not cover it.
  [[nodiscard]] Result<std::string> parameters(WallTime at);
  // Of every realm, unless one is named; the default one's name is empty.
  [[nodiscard]] WhereisAnswer whereis(const Prefix& subscriber, WallTime from, WallTime to,
                                      const std::optional<std::string>& realm = {});
  // What this identity held, whichever addresses were its own at the time.
  [[nodiscard]] WhereisAnswer whereis_identity(const std::string& id, WallTime from, WallTime to);

 private:
  struct State;
  explicit Reader(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::journal
