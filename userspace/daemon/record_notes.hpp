// SPDX-License-Identifier: Apache-2.0
// What the legal record is told beside blocks: configurations taken, what a start adopted, how exact the clock is.
//
// What        Makes notes (RowKind configuration, adoption, clock) and appends them. The clock is looked at when asked, and
//             noted at the start, every hour, and when it becomes synchronised or stops being so.
// Ownership   Borrows the writer. Called from several threads; each note is one append.
// Failure     A note waits for a log that cannot be written, and comes late with its own time. One that the daemon's death
//             took leaves a hole in the numbers of the generations.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "daemon/adoption.hpp"
#include "daemon/reloader.hpp"
#include "journal/writer.hpp"

namespace cgn::daemon {

// How the kernel's clock stands, by the word of who disciplines it (adjtimex).
struct ClockState {
  bool synchronised = false;
  std::int64_t offset_us = 0;           // what is still to be corrected
  std::int64_t estimated_error_us = 0;  // as the time daemon says
  std::int64_t maximum_error_us = 0;
};
[[nodiscard]] std::optional<ClockState> clock_state();

// "uid 1000 (marta)"
[[nodiscard]] std::string name_of_user(unsigned uid);

class RecordNotes {
 public:
  RecordNotes(journal::Writer& writer, const std::filesystem::path& state_dir)
      : writer_{writer}, generation_file_{state_dir / "generation"} {}

  // Of the file and its text; `report` says what changed, and is null at a start.
  void configuration(const std::string& by, const std::string& file, const std::string& text,
                     const ReloadReport* report);
  // For the brain, which appends it behind the rows that it is about.
  [[nodiscard]] static Note adoption(const AdoptionReport&, bool same_boot);
  // Notes the clock if it is time to.
  void look_at_clock(const Now&);

 private:
  void append(NoteKind, std::string detail);
  [[nodiscard]] std::uint64_t next_generation();

  journal::Writer& writer_;
  std::filesystem::path generation_file_;
  std::uint64_t generation_ = 0;
  std::optional<Monotonic> clock_noted_;
  bool was_synchronised_ = false;
};

}  // namespace cgn::daemon
