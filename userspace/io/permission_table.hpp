// SPDX-License-Identifier: Apache-2.0
// The kernel's map of permissions, from the daemon's side: which remotes a mapping with dependent filtering hears.
//
// Ownership   Borrows the map's descriptor from io::Program. The daemon inserts and deletes, the kernel stamps.
// Failure     A full map, or no memory for one more: insert() says so, and nothing was changed.
#pragma once

#include <optional>
#include <vector>

#include "cgn/abi.h"
#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::io {

class PermissionTable {
 public:
  explicit PermissionTable(int map_fd) : fd_{map_fd} {}

  // Port 0 of the remote: whatever its port.
  [[nodiscard]] static cgn_permission_key key_of(Proto proto, Endpoint external, Endpoint remote) {
    return {.addr = external.address.net(),
            .remote_addr = remote.address.net(),
            .port = external.port.net(),
            .remote_port = remote.port.net(),
            .proto = static_cast<__u8>(proto),
            .pad = {}};
  }

  [[nodiscard]] Result<> insert(const cgn_permission_key&, const cgn_permission&);
  void remove(const cgn_permission_key&);  // absent is fine
  [[nodiscard]] std::optional<cgn_permission> read(const cgn_permission_key&) const;
  [[nodiscard]] std::vector<cgn_permission_key> keys() const;

 private:
  int fd_;
};

}  // namespace cgn::io
