// SPDX-License-Identifier: Apache-2.0
// Legal holds: which days of the record must outlive their retention, and for which case.
//
// What        PURE. A hold is put and lifted by rows of kind `hold`; each new file repeats those in force, so that its rows
//             alone tell them all. Details: {"action": "add" | "remove" | "kept", "case": TEXT, "from": MS, "to": MS,
//             "by": TEXT}, times in milliseconds since 1970, UTC, both ends included.
// Failure     A detail that cannot be read changes nothing.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "journal/record.hpp"

namespace cgn::journal {

struct Hold {
  std::string case_ref{};
  WallTime from{};
  WallTime to{};
  std::string by{};
  friend bool operator==(const Hold&, const Hold&) = default;
};

[[nodiscard]] Note hold_note(std::string_view action, const Hold&, const Now&);

class Holds {
 public:
  void apply(const Row&);
  [[nodiscard]] std::vector<Hold> all() const;
  // True if a file that covers [from, to] must stay.
  [[nodiscard]] bool cover(WallTime from, WallTime to) const;

 private:
  std::map<std::string, Hold, std::less<>> by_case_;
};

}  // namespace cgn::journal
