// SPDX-License-Identifier: Apache-2.0
// The writer's brain without its thread: which rows go into which file, when.
//
// What        Numbers the rows, groups them, notes clock steps, writes heartbeats, begins a new file when the day or
//             the node's name changed, and fills its opening rows slice by slice.
// Life-cycle  open() -> write() and tend(), as often as there is something -> stop().
// Ownership   One thread at a time. Owns the file in use.
// Failure     After a failed commit it is *in trouble*, also after that of the start row: events fail at once, or wait
//             (backlog.hpp); tend() tries every second to open the file anew, reads back what is really there, and goes on.
//             Rows that turn out to be there although their events were reported as failed are followed by releases that
//             end them in the instant they began.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "journal/archivist.hpp"
#include "journal/backlog.hpp"
#include "journal/identities.hpp"
#include "journal/log_file.hpp"
#include "journal/open_blocks.hpp"
#include "journal/writer.hpp"

namespace cgn::journal {

class Scribe {
 public:
  struct Item {
    std::uint64_t token;
    std::variant<BlockEvent, Note> event;
    Unwritable unwritable = Unwritable::fails;
  };

  [[nodiscard]] static Result<Scribe> open(const WriterOptions&, const Now&);

  // One commit for all of them. Of those that wait, tend() or stop() will tell.
  [[nodiscard]] std::vector<Completion> write(const std::vector<Item>&);
  // What time alone demands: recovery, heartbeat, the next file, one slice of opening rows. What had waited and is durable.
  std::vector<Completion> tend(const Now&);
  std::vector<Completion> stop(const Now&);

  // True while opening rows wait to be written: tend() again soon.
  [[nodiscard]] bool busy() const { return !trouble_ && !(unopened_.empty() && unopened_identities_.empty()); }
  [[nodiscard]] int wal_pages() const { return file_ ? file_->wal_pages() : 0; }
  [[nodiscard]] WriterHealth health() const;
  [[nodiscard]] Standing standing() const;

  // The past as open() found it.
  [[nodiscard]] const std::vector<OpenBlock>& blocks_found() const { return blocks_found_; }
  [[nodiscard]] const std::vector<Writer::Released>& released_found() const { return released_found_; }
  [[nodiscard]] const std::vector<Row>& identities_found() const { return identities_found_; }
  [[nodiscard]] bool same_boot() const { return same_boot_; }
  [[nodiscard]] WallTime last_record() const { return last_record_; }
  // The newest record of the parameters of computed blocks, as open() found it; empty: none.
  [[nodiscard]] const std::string& parameters_found() const { return parameters_found_; }

 private:
  struct ClockPair {
    WallTime wall;
    BootTime boot;
  };
  [[nodiscard]] static Row row_of(const Item&);
  [[nodiscard]] static std::optional<Row> step_between(const std::optional<ClockPair>&, const Row&);
  explicit Scribe(const WriterOptions& options) : options_{options} {}
  // Learns the past; writes nothing.
  [[nodiscard]] Result<> read_past();
  // The start row, and what must stand before it.
  [[nodiscard]] Result<> begin(const Now&);
  [[nodiscard]] Result<> finish_opening(const Now&);
  [[nodiscard]] std::vector<Row> start_rows(const Now&);
  // Makes the next file and turns to it.
  [[nodiscard]] Result<> turn_page(const Now&);
  [[nodiscard]] std::vector<Row> first_rows(const Now&) const;
  [[nodiscard]] Result<> turn_to(const std::filesystem::path&, const Now&);
  [[nodiscard]] bool page_is_over(const Now&) const;
  [[nodiscard]] Result<> write_opening_slice(const Now&);
  [[nodiscard]] std::vector<Row> opening_slice(const Now&);
  // Numbers the rows, appends, and learns from them. With a step of the clock before each that needs one (with_steps).
  [[nodiscard]] Result<> commit(std::vector<Row>);
  [[nodiscard]] std::vector<Row> with_steps(std::vector<Row>) const;
  // Of rows that are committed next, the numbers of those that are no steps.
  [[nodiscard]] std::vector<std::uint64_t> numbers_of(const std::vector<Row>&) const;
  [[nodiscard]] std::optional<Row> step_before(const Row& row) const { return step_between(clocks_, row); }
  void be_in_trouble(Error, const Now&);
  [[nodiscard]] std::vector<Completion> turn_away(const std::vector<Item>&, bool tried);
  // Writing again, with all that waited; or in trouble as before.
  void recover(const Now&);
  [[nodiscard]] Result<> go_on(const Now&);
  // The file in use, or the one that goes on in its place.
  [[nodiscard]] Result<> open_anew(const Now&);
  [[nodiscard]] Result<> correct_doubtful();
  [[nodiscard]] Header next_header(const Now&) const;

  WriterOptions options_;
  std::optional<LogFile> file_;
  std::string name_before_;  // of the newest file, while no file is in use
  OpenBlocks blocks_;
  Holds holds_;
  std::deque<OpenBlocks::Key> unopened_;  // blocks that still need their opening row
  std::string parameters_;                // of computed blocks, as last recorded: each file repeats them
  Identities identities_;
  std::deque<Identities::Key> unopened_identities_;
  std::optional<ClockPair> clocks_;       // of the newest row of this boot
  std::optional<Row> clock_note_;         // the newest one of this life
  bool step_seen_ = false;                // by the look at the clock before, and no row since
  std::uint64_t last_seq_ = 0;            // durable
  Link link_{};
  WallTime last_wall_{};  // of the newest row
  std::optional<Error> trouble_;
  Backlog backlog_;
  std::optional<Now> start_due_;     // the start that is not on record yet
  std::vector<Completion> settled_;  // what had waited
  std::filesystem::path born_;  // of the next file, while it is not known whether it came to be
  std::string page_trouble_;    // why the next file could not be begun
  Monotonic last_commit_{};
  Monotonic last_try_{};
  std::uint64_t commits_ = 0;
  std::uint64_t events_today_ = 0;

  std::vector<OpenBlock> blocks_found_;
  std::vector<Writer::Released> released_found_;
  std::string parameters_found_;
  std::vector<Row> identities_found_;
  bool same_boot_ = false;
  WallTime last_record_{};
};

}  // namespace cgn::journal
