// SPDX-License-Identifier: Apache-2.0
// The table of mappings as a BPF hash map (layout `kernel`): system calls in the safe orders, and the walk in batches.
#include "io/entry_table.hpp"

#include <bpf/bpf.h>

#include "io/map_walk.hpp"

namespace cgn::io {
namespace {

Result<> put(int fd, const cgn_entry& entry, const char* direction) {
  if (bpf_map_update_elem(fd, &entry.key, &entry, BPF_ANY) == 0) return {};
  const int code = errno;
  return fail_errno(std::string{"install the "} + direction + " entry of a mapping", code,
                    code == E2BIG ? "the mapping table is full: raise [limits] mappings" : "");
}

}  // namespace

Result<> EntryTable::install(const cgn_entry& inbound, const cgn_entry& outbound) {
  // The way back first: the first packet that leaves may be answered before this call returns.
  TRY_VOID(put(fd_, inbound, "inbound"));
  if (auto put_outbound = put(fd_, outbound, "outbound"); !put_outbound) {
    (void)bpf_map_delete_elem(fd_, &inbound.key);
    return put_outbound;
  }
  return {};
}

std::optional<cgn_entry> EntryTable::remove(const cgn_key& key) {
  cgn_entry last{};
  if (bpf_map_lookup_and_delete_elem(fd_, &key, &last) != 0) return std::nullopt;
  return last;
}

std::optional<cgn_entry> EntryTable::read(const cgn_key& key) const {
  cgn_entry entry{};
  if (bpf_map_lookup_elem(fd_, &key, &entry) != 0) return std::nullopt;
  return entry;
}

Result<std::vector<cgn_entry>> EntryTable::next(Cursor& cursor, std::size_t most) const {
  return next_batch<cgn_key>(fd_, {cursor.position_, cursor.started_, cursor.done_}, most, "mappings");
}

}  // namespace cgn::io
