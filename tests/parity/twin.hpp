// SPDX-License-Identifier: Apache-2.0
// The slow path's own code, as the model calls it.
//
// What        Pointers instead of names, so that the control can put a copy with one wrong line in its place
//             (tests/parity/faults) without a second program.
#pragma once

#include <string_view>
#include <vector>

#include "packet/rewrite.hpp"
#include "packet/tcp_options.hpp"
#include "packet/view.hpp"

namespace cgn::parity {

struct Twin {
  decltype(&packet::read) read = &packet::read;
  decltype(&packet::read_header) read_header = &packet::read_header;
  decltype(&packet::read_whole) read_whole = &packet::read_whole;
  decltype(&packet::translate) translate = &packet::translate;
  decltype(&packet::pass) pass = &packet::pass;
  decltype(&packet::tcp_options) tcp_options = &packet::tcp_options;
  decltype(&packet::with_link_header) with_link_header = &packet::with_link_header;
};

struct FaultyTwin {
  std::string_view name;
  Twin twin;
};

// In the order of their names. Only programs with the control have any.
[[nodiscard]] std::vector<FaultyTwin> faulty_twins();

}  // namespace cgn::parity
