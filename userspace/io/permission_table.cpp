// SPDX-License-Identifier: Apache-2.0
// The map of permissions, call by call.
#include "io/permission_table.hpp"

#include <bpf/bpf.h>

#include "io/map_content.hpp"

namespace cgn::io {

Result<> PermissionTable::insert(const cgn_permission_key& key, const cgn_permission& value) {
  if (bpf_map_update_elem(fd_, &key, &value, BPF_ANY) == 0) return {};
  return fail_errno("let a mapping hear a remote");
}

void PermissionTable::remove(const cgn_permission_key& key) { (void)bpf_map_delete_elem(fd_, &key); }

std::optional<cgn_permission> PermissionTable::read(const cgn_permission_key& key) const {
  cgn_permission value{};
  if (bpf_map_lookup_elem(fd_, &key, &value) != 0) return std::nullopt;
  return value;
}

std::vector<cgn_permission_key> PermissionTable::keys() const { return keys_of<cgn_permission_key>(fd_); }

}  // namespace cgn::io
