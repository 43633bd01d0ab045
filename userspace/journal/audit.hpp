// SPDX-License-Identifier: Apache-2.0
// Who asked the legal record what, and when: a record of its own (decision 0025).
//
// What        One row a look-up, in audit.cgnaudit beside the log: an SQLite file that refuses to change or delete rows, each
//             tied to the one before by SHA-256. Also the policy of the log's owner: whether a case must be named.
// Life-cycle  Made by the daemon, or by the first look-up of somebody who may. Grows for ever, slowly.
// Ownership   Any number of processes may append: each row is one transaction, synced before append() returns.
// Failure     An Error means that nothing was recorded; the look-up is then refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "journal/database.hpp"
#include "journal/digest.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

inline constexpr std::string_view kAuditName = "audit.cgnaudit";

struct AuditEntry {
  WallTime at{};
  std::uint32_t uid = 0;
  std::string login{};
  std::string verb{};  // lookup, whereis, batch, batch-end
  std::string case_reference{};
  std::string query{};    // as it was asked, in words
  std::string verdict{};  // ONE HOLDER, ...; of a batch the counts
  Link result{};          // SHA-256 of the answer; zero of the beginning of a batch
};

struct AuditRow {
  std::uint64_t seq = 0;
  AuditEntry entry{};
  Link link{};
};

// What a look-up shows as proof that it was recorded.
struct AuditReceipt {
  std::uint64_t seq = 0;
  Link link{};
};

class AuditStore {
 public:
  // Opens it to append; makes it when there is none.
  [[nodiscard]] static Result<AuditStore> open(const std::filesystem::path&);

  // Refuses an entry without case when the policy wants one.
  [[nodiscard]] Result<AuditReceipt> append(const AuditEntry&);
  [[nodiscard]] Result<bool> require_case() const;
  [[nodiscard]] Result<> set_require_case(bool);

 private:
  explicit AuditStore(Database db) : db_{std::move(db)} {}
  [[nodiscard]] Result<AuditReceipt> insert(const AuditEntry&);
  Database db_;
};

// The policy of a store that one may only read.
[[nodiscard]] Result<bool> reads_require_case(const std::filesystem::path&);

// In order; only those of the case when one is given.
[[nodiscard]] Result<std::vector<AuditRow>> read_audit(const std::filesystem::path&,
                                                       const std::optional<std::string>& case_reference = {});

struct AuditVerdict {
  std::uint64_t rows = 0;
  std::optional<std::uint64_t> broken_at{};  // the first row that is not what was written, or that should be there
  std::string reason{};
};
[[nodiscard]] Result<AuditVerdict> verify_audit(const std::filesystem::path&);

// Where the store of this log directory is, and the link to it when the config puts it elsewhere.
[[nodiscard]] std::filesystem::path audit_path(const std::filesystem::path& log_directory);
[[nodiscard]] Result<> place_audit(const std::filesystem::path& log_directory, const std::filesystem::path& elsewhere);

// What is said to who must name a case and did not.
[[nodiscard]] Error case_is_missing();

}  // namespace cgn::journal
