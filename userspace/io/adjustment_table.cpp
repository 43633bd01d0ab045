// SPDX-License-Identifier: Apache-2.0
// The map of adjustments, call by call.
#include "io/adjustment_table.hpp"

#include <bpf/bpf.h>

#include "io/map_content.hpp"

namespace cgn::io {

Result<> AdjustmentTable::put(const cgn_session_key& key, const cgn_adjustment& value) {
  if (bpf_map_update_elem(fd_, &key, &value, BPF_ANY) == 0) return {};
  return fail_errno("keep the sequence numbers of a control connection");
}

void AdjustmentTable::remove(const cgn_session_key& key) { (void)bpf_map_delete_elem(fd_, &key); }

std::vector<std::pair<cgn_session_key, cgn_adjustment>> AdjustmentTable::all() const {
  std::vector<std::pair<cgn_session_key, cgn_adjustment>> rows;
  for (const auto& key : keys_of<cgn_session_key>(fd_)) {
    cgn_adjustment value{};
    if (bpf_map_lookup_elem(fd_, &key, &value) == 0) rows.emplace_back(key, value);
  }
  return rows;
}

bool AdjustmentTable::empty() const {
  cgn_session_key first{};
  return bpf_map_get_next_key(fd_, nullptr, &first) != 0;
}

}  // namespace cgn::io
