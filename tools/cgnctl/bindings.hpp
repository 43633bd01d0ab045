// SPDX-License-Identifier: Apache-2.0
// A list of identities to be bound, read from CSV and checked before anything is sent.
//
// What        The first line names the columns: subscriber, id, and perhaps realm and from. Every line is read and every fault
//             told with its line, so that a list is mended at once and not fault by fault.
// Failure     A file without these columns is an Error; a bad line is a fault.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cgn/control.hpp"
#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::cgnctl {

struct Binding {
  std::string subscriber{};
  std::string id{};
  std::string realm{};
  std::string from{};  // empty: now
};

// As the API takes it; an error says what is wrong with it.
[[nodiscard]] Result<control::Json> to_request(const Binding&, WallTime now, bool needs_id = true);

struct BindingList {
  struct Line {
    std::size_t number = 0;
    control::Json request{};
  };
  struct Fault {
    std::size_t number = 0;
    Error error{};
  };
  std::vector<Line> lines{};
  std::vector<Fault> faults{};
};
[[nodiscard]] Result<BindingList> read_bindings(std::istream&, WallTime now);

}  // namespace cgn::cgnctl
