// SPDX-License-Identifier: Apache-2.0
// Playing rows: which labs are needed, and what each row gave.
//
// What        One lab for each group of rows and mode of the program; the ways slow and native share the native one.
//             A few labs stand at a time. In a lab the patient rows play side by side first, then the others one by
//             one. A line on Plan::progress says when a device is up and when its rows have played, so that one sees
//             where it stands, and where it stood when it hung.
// Ownership   Labs and devices live no longer than run_rows().
// Failure     Rows of a device that does not come up are not played, and say why.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>

#include "row.hpp"

namespace cgn::selftest {

struct Outcome {
  bool passed = false;
  bool played = true;    // false: the device did not come up, which says nothing about it
  std::string reason{};  // of a failure
  unsigned sent = 0, received = 0;
  milliseconds took{0};
};

struct Played {
  Row row;
  std::optional<Outcome> slow, native, generic;  // on another device than cgnd only `native`, which is then the kernel

  [[nodiscard]] std::optional<Outcome>& on(Way way) {
    return way == Way::slow ? slow : way == Way::native ? native : generic;
  }
  [[nodiscard]] bool played() const;  // on all ways that were asked for
  [[nodiscard]] bool passed() const;
};

struct Plan {
  Kind kind = Kind::cgnd;
  bool native = true, generic = true;
  std::filesystem::path work;
  Programs programs;
  std::ostream* progress = nullptr;  // written by several threads, a line at a time
};

// Blocks until all have played. Interrupted: what has not played stays without outcome.
[[nodiscard]] std::vector<Played> run_rows(const std::vector<Row>& rows, const Plan& plan);

}  // namespace cgn::selftest
