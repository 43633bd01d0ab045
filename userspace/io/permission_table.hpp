// SPDX-License-Identifier: Apache-2.0
// The kernel's map of permissions, from the daemon's side: which remotes a mapping with dependent filtering hears.
//
// Ownership   Borrows the map's descriptor from io::Program. The daemon inserts and deletes, the kernel stamps.
// Failure     A full map, or no memory for one more: insert() says so, and nothing was changed.
#pragma once

#include <optional>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

class PermissionTable {
 public:
  explicit PermissionTable(int map_fd) : fd_{map_fd} {}

  [[nodiscard]] Result<> insert(const cgn_permission_key&, const cgn_permission&);
  void remove(const cgn_permission_key&);  // absent is fine
  [[nodiscard]] std::optional<cgn_permission> read(const cgn_permission_key&) const;
  [[nodiscard]] std::vector<cgn_permission_key> keys() const;

 private:
  int fd_;
};

}  // namespace cgn::io
