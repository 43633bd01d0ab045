// SPDX-License-Identifier: Apache-2.0
// Every look-up is itself recorded, before its answer is printed (decision 0025).
//
// What        Finds the record of look-ups that belongs to the log asked: the store beside it when this user may write it,
//             else the daemon's legal.sock. --audit FILE records there. A copy of a log has none: that is said on
//             standard error.
// Failure     What cannot be recorded is not answered.
#pragma once

#include <optional>
#include <string>

#include "cgnctl/session.hpp"
#include "journal/audit.hpp"
#include "journal/reader.hpp"

namespace cgn::cgnctl {

// What was asked and what came out; who and when are found here.
struct Recorded {
  std::string verb{};
  std::string case_reference{};
  std::string query{};
  std::string verdict{};
  journal::Link result{};
};

class Recording {
 public:
  struct Place {
    std::string log_dir{};     // as given; empty: the daemon's
    std::string audit_file{};  // --audit; empty: the log's own
  };
  [[nodiscard]] static Result<Recording> begin(const Session&, const Place&, journal::Reader&);

  // nullopt: this log's look-ups are not recorded.
  [[nodiscard]] Result<std::optional<journal::AuditReceipt>> note(const Recorded&);
  [[nodiscard]] bool require_case() const { return require_case_; }

 private:
  explicit Recording(const Session& session) : session_{&session} {}
  [[nodiscard]] Result<journal::AuditReceipt> tell_daemon(const Recorded&) const;

  const Session* session_;
  std::optional<journal::AuditStore> store_{};
  std::string socket_{};  // of the daemon, when it records for us
  bool require_case_ = false;
};

// How a receipt stands in documents; null when nothing was recorded.
[[nodiscard]] control::Json to_json(const std::optional<journal::AuditReceipt>&, const journal::Link& result);

}  // namespace cgn::cgnctl
