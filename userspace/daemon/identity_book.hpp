// SPDX-License-Identifier: Apache-2.0
// Whose an address is: what a report changes, and what of it goes into the log.
//
// What        PURE. A report (of RADIUS accounting, or of an operator) is a Claim; judge() says which rows it is worth, whether
//             the address has passed to another customer, and keeps in mind what it now knows. Reports may come twice, late, in
//             any order or not at all:
//               - the same session again says only that it still lasts;
//               - another session ends the one before, known only to have ended between its last sign and then;
//               - what is older than what is known changes nobody's present, and is recorded as a term that was over;
//               - an end that was never announced by a beginning is one all the same.
//             So what the rows say is right or uncertain, and never wrong for want of a report.
// Life-cycle  Begins with what the log shows; judge() -> rows to disk -> recorded() or unrecorded().
// Ownership   The caller is the lock. One entry for each subscriber that was ever reported.
// Failure     Rows that did not become durable: what was known before is known again, so that the repeated report is worth its
//             rows anew. Meanwhile a report of that subscriber is *undecided*, and is not to be acknowledged.
// RFC         2866 (Start, Stop, Interim-Update, Accounting-On and -Off)
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cgn/events.hpp"
#include "journal/identities.hpp"

namespace cgn::daemon {

struct Claim {
  enum class Kind { begins, lasts, ends };
  Kind kind = Kind::begins;
  journal::Identities::Key who{};
  std::string id{};
  std::string session{};  // empty: an operator's word, which no session ends or begins
  std::string source{};
  std::string by{};
  journal::Span when{};                  // of what it tells
  std::optional<journal::Span> began{};  // of lasts and ends: by the session's own length
};

// A report as it came: of an address or a network, not yet of subscribers.
struct IdentityReport {
  Prefix address{};
  Claim claim{};  // of `who` the realm is known; the subscriber is found out by the identity desk
};

class IdentityBook {
 public:
  struct Session {
    std::string name{};
    journal::Span from{};
    bool exact = false;  // its end was reported
  };
  struct Binding {
    std::string id{};
    std::string session{};
    std::string source{};
    journal::Span from{};
    WallTime last_sign{};
  };
  struct Entry {
    std::optional<Binding> now{};
    std::optional<WallTime> over{};  // the latest instant at which the address is known to have been given back
    std::deque<Session> finished{};  // the latest few
    std::uint64_t version = 0;
    unsigned undecided = 0;  // rows of it are on their way
  };

  enum class Outcome { bound, unchanged, ended, late, undecided };
  struct Ruling {
    Outcome outcome = Outcome::unchanged;
    std::vector<journal::IdentityRow> rows{};
    bool changes_hands = false;  // what the address has ends now
    // Nobody was known there: blocks from before then are a former customer's.
    std::optional<WallTime> older_is_former{};
    std::uint64_t version = 0;
    Entry before{}, after{};
  };

  IdentityBook() = default;
  // From the rows of journal::Writer::identities().
  explicit IdentityBook(const std::vector<journal::Row>&);

  [[nodiscard]] Ruling judge(const Claim&);
  void recorded(const journal::Identities::Key&, const Ruling&);
  void unrecorded(const journal::Identities::Key&, const Ruling&);

  [[nodiscard]] const Binding* find(const journal::Identities::Key&) const;
  // Subscribers bound by this source, in order, after `after`, at most `most`.
  using Key = journal::Identities::Key;
  [[nodiscard]] std::vector<Key> of_source(const std::string& source, const std::optional<Key>& after,
                                           std::size_t most) const;
  [[nodiscard]] std::vector<Key> of_identity(const std::string& id, std::size_t most) const;
  [[nodiscard]] std::size_t bound() const { return bound_; }

 private:
  void begin(Entry&, const Claim&, Ruling&) const;
  void last(Entry&, const Claim&, Ruling&) const;
  void end(Entry&, const Claim&, Ruling&) const;
  static void bind(Entry&, const Claim&, const journal::Span& from, Ruling&);
  static void finish(Entry&, const Claim&, const journal::Span& to, Ruling&);
  static void note_past(Entry&, const Claim&, const journal::Span& from, const journal::Span& to, Ruling&);
  void put(const Key&, const Entry&);

  std::map<Key, Entry> entries_;
  std::size_t bound_ = 0;
  std::uint64_t versions_ = 0;
};

// The row of it; `at` is when it is recorded.
[[nodiscard]] Note to_note(const journal::Identities::Key&, const journal::IdentityRow&, const Now& at);

}  // namespace cgn::daemon
