// SPDX-License-Identifier: Apache-2.0
// Where reports of identities arrive: the book, the end of what a former customer had, the log.
//
// What        A report names an address; the rule that covers it tells the subscriber. On the brain's thread, in one question:
//             judge, end what the former customer has, queue the rows *behind* the releases of its blocks, so that no row says
//             that somebody is gone while another shows him as holder. The word `done` comes when all its rows are durable.
// Life-cycle  After adoption, before the doors open. Its callbacks run on the brain's thread.
// Ownership   The book is the brain's thread's. Borrows the config, and of the brain what Hands says.
// Failure     Rows that are not durable: `done` says so, and the book forgets them (identity_book.hpp). Ended is ended, all the
//             same: nobody inherits for want of a disk.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "daemon/identity_book.hpp"
#include "daemon/questions.hpp"
#include "daemon/recorder.hpp"

namespace cgn::daemon {

class IdentityDesk {
 public:
  using Outcome = IdentityBook::Outcome;
  // Of one report: what it did (the weightiest, if it is about several subscribers), or why it is none of ours.
  using Answer = Result<Outcome>;
  // true: everything it did is on disk.
  using Done = std::function<void(bool durable)>;

  // What it needs of the brain. `ask` is called by any thread, the others inside a question.
  struct Hands {
    std::function<Result<>(Questions::Question)> ask;
    std::function<void(const SubscriberId&, const Now&)> end_customer;
    std::function<void(const Note&, Recorder::NoteSink)> record;
  };
  // The config is read on the brain's thread alone.
  IdentityDesk(Hands hands, const config::Config& config, const std::vector<journal::Row>& past)
      : hands_{std::move(hands)}, config_{config}, book_{past} {}

  // Any thread. `done` is called once for each report that got an Outcome, perhaps before this returns; not for undecided ones.
  struct Order {
    IdentityReport report{};
    Done done{};
  };
  [[nodiscard]] Result<std::vector<Answer>> submit(std::vector<Order>);
  // Any thread, waits for the disk.
  [[nodiscard]] Result<std::vector<Answer>> submit_and_wait(std::vector<IdentityReport>);
  // Every subscriber that this source bound before `when` ends. How many there were.
  [[nodiscard]] Result<std::size_t> end_all_of(const std::string& source, const std::string& by,
                                               const journal::Span& when, Done done);

  struct View {
    journal::Identities::Key who{};
    IdentityBook::Binding binding{};
  };
  [[nodiscard]] Result<std::vector<View>> of_address(Ipv4, const std::string& realm);
  [[nodiscard]] Result<std::vector<View>> of_identity(const std::string& id);
  // Only whether a rule covers each.
  [[nodiscard]] Result<std::vector<Answer>> check(const std::vector<IdentityReport>&);

 private:
  static constexpr std::size_t kSlice = 16;  // reports of one question
  static constexpr std::uint64_t kMostAddresses = 256;

  [[nodiscard]] Result<std::vector<SubscriberId>> subscribers_of(const core::Translator&, const IdentityReport&) const;
  [[nodiscard]] Answer take(const Order&, core::Translator&, const Now&);
  [[nodiscard]] bool is_former(const core::Translator&, const SubscriberId&, WallTime older) const;
  using Key = journal::Identities::Key;
  void record(const Key&, IdentityBook::Ruling, const Now&, const Done&);

  Hands hands_;
  const config::Config& config_;
  IdentityBook book_;
};

[[nodiscard]] std::string_view word_of(IdentityBook::Outcome);

}  // namespace cgn::daemon
