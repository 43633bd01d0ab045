// SPDX-License-Identifier: Apache-2.0
// One log file, opened to be asked.
//
// What        Opens a file of either form without leaving a trace: a live one with its -wal when there is one, immutable when
//             there is none, through a private copy when the directory may not be written (SQLite needs a -shm beside a
//             -wal); a sealed one immutable. A live file that has been sealed since its name was read is opened sealed.
// Ownership   Holds read locks only while a question runs, or once it was told to hold still. A private copy has no name any more
//             once it is open.
// Failure     A live file without -wal is checked through and through, because a copy made in the middle of a checkpoint may
//             be torn; what cannot be read is an Error with the reason.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/form.hpp"
#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

class Source {
 public:
  [[nodiscard]] static Result<Source> open(const std::filesystem::path&);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool has_wal() const { return has_wal_; }
  [[nodiscard]] bool sealed() const;
  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] Result<std::optional<Row>> last_row() const { return form_->last_row(); }
  // Starts, steps, markers: everything that is about no block but changes what rows mean.
  [[nodiscard]] Result<std::vector<Row>> turns() const { return form_->turns(); }

  // From the next question on, what is written meanwhile is not seen: several of them are about one moment. A log that is
  // written cannot be checkpointed beyond that moment while the source lives.
  [[nodiscard]] Result<> hold_still() const { return db_->execute("BEGIN"); }

  // The rows with first <= seq, in order, until the visitor says no. Of a sealed file this sorts them all.
  [[nodiscard]] Result<> visit(std::uint64_t first, const RowVisitor& visitor) const {
    return form_->visit(first, visitor);
  }

  // The earliest wall time of a row about a block, if it is before the file was opened.
  [[nodiscard]] Result<std::optional<WallTime>> reach() const { return reach_of(*db_); }
  // The links that the file keeps, in order.
  [[nodiscard]] Result<std::vector<KeptLink>> links() const { return form_->links(); }

  // Rows of blocks of this address, in order of seq; only of blocks that overlap `ports` when given.
  [[nodiscard]] Result<std::vector<Row>> rows(Ipv4 external, const std::optional<PortRange>& ports) {
    return form_->rows(external, ports);
  }
  // Rows of blocks and identities of subscribers that overlap the prefix.
  [[nodiscard]] Result<std::vector<Row>> rows(const Prefix& subscriber) { return form_->rows(subscriber); }
  // Rows of kind identity of subscribers that contain the prefix, in order of seq.
  [[nodiscard]] Result<std::vector<Row>> identities(const Prefix& subscriber) { return form_->identities(subscriber); }
  // Rows of kind identity with this one, in order of seq.
  [[nodiscard]] Result<std::vector<Row>> rows_of_identity(const std::string& id) { return form_->rows_of_identity(id); }

 private:
  Source() = default;
  [[nodiscard]] static Result<Source> open_at(const std::filesystem::path&);
  [[nodiscard]] static Result<Source> try_open(const std::filesystem::path&, Database::Mode);
  [[nodiscard]] static Result<Source> open_copy(const std::filesystem::path&);

  std::filesystem::path path_;
  std::unique_ptr<Database> db_;  // the form holds its address
  Header header_;
  std::unique_ptr<Form> form_;
  bool has_wal_ = false;
};

}  // namespace cgn::journal
