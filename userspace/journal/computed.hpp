// SPDX-License-Identifier: Apache-2.0
// The rows that computed blocks would have, if they had any.
//
// What        A record of parameters stands for the rows of all the blocks that follow from it. Here those that a question is about
//             are written out, with the sequence number of the record, so that they are judged like any other loan:
//             a block is given when its parameters come into force (or when it has rested), and released when other ones
//             that give it to another do.
// Life-cycle  One Computed a run of files: take() each file's turns in order, and it adds to that file's rows. What was parsed is
//             kept in a Book, for the next question.
// Failure     A record that cannot be used is an Error: without it nothing about its time is known.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/parameters.hpp"
#include "journal/record.hpp"
#include "journal/shelf.hpp"

namespace cgn::journal {

class Computed {
 public:
  // Parameters with their plans, by the text of their record.
  struct Entry {
    Parameters parameters{};
    std::vector<DeterministicPlan> plans{};
    struct Former {
      WallTime until{};
      std::vector<DeterministicPlan> plans{};
    };
    std::vector<Former> former{};
  };
  using Book = std::map<std::string, Entry, std::less<>>;

  // What is asked about: an external address (with ports), or an internal prefix.
  struct Subject {
    std::optional<Ipv4> external{};
    std::optional<PortRange> ports{};
    std::optional<Prefix> subscriber{};
  };

  Computed(Book& book, Subject subject) : book_{book}, subject_{subject} {}

  // Both in order of seq.
  [[nodiscard]] Result<> take(const std::vector<Row>& turns, std::vector<Row>& rows);

 private:
  [[nodiscard]] Result<const Entry*> entry_of(const Row& note);
  [[nodiscard]] std::vector<Row> blocks_of(const Entry&, const Row& note) const;
  void follow(const Entry&, const Row& note, std::vector<Row>& rows);

  Book& book_;
  Subject subject_;
  const Entry* in_force_ = nullptr;
  std::vector<Row> held_;  // as they were given
};

// The record in force at this time, which the shelf covers; empty: none.
[[nodiscard]] Result<std::string> parameters_at(Shelf&, WallTime);

}  // namespace cgn::journal
