// SPDX-License-Identifier: Apache-2.0
// TCP connections that an ALG has changed, kept where they outlive the daemon: the kernel's map `adjustments`.
//
// Ownership   Borrows the map's descriptor from io::Program. The daemon alone reads and writes it.
// Failure     A full map, or no memory for one more: put() says so, and nothing was changed.
#pragma once

#include <utility>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

class AdjustmentTable {
 public:
  explicit AdjustmentTable(int map_fd) : fd_{map_fd} {}

  [[nodiscard]] Result<> put(const cgn_session_key&, const cgn_adjustment&);  // in the place of an older one
  void remove(const cgn_session_key&);                                        // absent is fine
  [[nodiscard]] std::vector<std::pair<cgn_session_key, cgn_adjustment>> all() const;
  [[nodiscard]] bool empty() const;

 private:
  int fd_;
};

}  // namespace cgn::io
