// SPDX-License-Identifier: Apache-2.0
// Whose the address of one subscriber may have been, at a time.
//
// What        PURE. Takes the identity rows of a gap-free run of files, in order of seq, and says who is possible in a window
//             of time: everybody whose term may touch it, and nobody unless known terms fill it. Epochs as of Loans.
// Life-cycle  apply() of every row of the subscriber, wherever in the run; then possible(), as often as there are questions.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "journal/identity_row.hpp"

namespace cgn::journal {

// [from, to); an instant has a length of 1 ms.
struct Window {
  WallTime from{};
  WallTime to{};
};

class IdentityTerms {
 public:
  IdentityTerms(Prefix subscriber, std::string realm) : subscriber_{subscriber}, realm_{std::move(realm)} {}

  void apply(const Row&, std::size_t epoch);

  struct Term {
    std::string id{};
    std::string session{};
    Span from{};
    Span to{};
    bool open = true;  // no end is known
    std::size_t from_epoch = 0, to_epoch = 0;
    bool before_a_step = false;  // it began before the clock went back: in this run it was there from the beginning
  };
  [[nodiscard]] const std::vector<Term>& all() const { return terms_; }

  // Who is possible within the window as this epoch saw it; "" stands for nobody whose name is known.
  [[nodiscard]] std::set<std::string> possible(std::size_t epoch, const Window&) const;
  // The same, in any epoch.
  [[nodiscard]] std::set<std::string> possible_ever(const Window&) const;

 private:
  struct Seen {
    Span from, to;
  };
  [[nodiscard]] bool concerns(const Row&) const;
  void end_unsaid(const Span& next, std::size_t epoch);
  [[nodiscard]] Seen seen_in(const Term&, std::size_t epoch) const;

  Prefix subscriber_;
  std::string realm_;
  std::vector<Term> terms_;
};

}  // namespace cgn::journal
