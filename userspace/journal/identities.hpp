// SPDX-License-Identifier: Apache-2.0
// Whose each subscriber's address is now, as the rows so far show it.
//
// What        PURE. Rows in, in order of seq; out come the rows that a new file must repeat so that it answers alone, and what
//             a daemon that starts must know of the past: bindings that hold, and those that ended lately.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "journal/identity_row.hpp"

namespace cgn::journal {

class Identities {
 public:
  using Key = std::pair<std::string, Prefix>;  // realm, subscriber
  [[nodiscard]] static Key key_of(const Row& row) { return {row.realm, row.subscriber}; }

  void apply(const Row&);
  // Forgets what holds, because a file's opening rows tell it anew.
  void begin_file() { current_.clear(); }
  // Forgets of ended terms those that ended before.
  void forget_before(WallTime);

  // The row that bound it; nullptr: it is nobody's.
  [[nodiscard]] const Row* find(const Key&) const;
  // The newest row that tells of an end; nullptr: none is known.
  [[nodiscard]] const Row* find_over(const Key&) const;
  [[nodiscard]] std::vector<Key> keys() const;
  [[nodiscard]] std::vector<Row> current() const;
  // The newest row of each subscriber that tells of an end.
  [[nodiscard]] std::vector<Row> over() const;
  // Rows after which everything about these subscribers is as in `former` again.
  [[nodiscard]] std::vector<Row> back_to(const Identities& former, const std::vector<Key>&) const;

 private:
  std::map<Key, Row> current_;
  std::map<Key, Row> over_;
};

}  // namespace cgn::journal
