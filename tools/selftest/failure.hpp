// SPDX-License-Identifier: Apache-2.0
// How a row ends before its end.
//
// What        Failed: something was seen that must not be, or was not seen that must be. Late: the machine was too
//             slow for a row that races a timer, so that it has shown nothing and is run again. Interrupted: somebody
//             pressed Ctrl-C, and everything is taken down in order.
#pragma once

#include <stdexcept>

namespace cgn::selftest {

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Late : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error{"interrupted"} {}
};

}  // namespace cgn::selftest
