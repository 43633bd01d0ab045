// SPDX-License-Identifier: Apache-2.0
// The table of mappings as a BPF hash map (layout `kernel`): system calls in the safe orders, and the walk in batches.
#include "io/entry_table.hpp"

#include <bpf/bpf.h>

#include <algorithm>

namespace cgn::io {
namespace {

// The kernel hands out whole buckets of the hash and answers ENOSPC when the next one does not fit. Buckets hold one or
// two entries as a rule; a buffer of this size hardly ever has to grow.
constexpr std::size_t kSmallestBatch = 64;

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
  std::size_t room = std::max(most, kSmallestBatch);
  std::vector<cgn_entry> entries;
  std::vector<cgn_key> keys;  // the call insists on them; each entry repeats its own
  while (!cursor.done_) {
    entries.resize(room);
    keys.resize(room);
    auto count = static_cast<__u32>(room);
    std::uint32_t after = cursor.position_;
    std::uint32_t* from = cursor.started_ ? &cursor.position_ : nullptr;
    const int refused = bpf_map_lookup_batch(fd_, from, &after, keys.data(), entries.data(), &count, nullptr);
    const int code = refused != 0 ? errno : 0;
    if (code == ENOSPC) {  // one bucket is larger than the whole buffer
      room *= 2;
      continue;
    }
    if (code != 0 && code != ENOENT) return fail_errno("read the table of mappings", code);
    cursor.done_ = code == ENOENT;
    cursor.started_ = true;
    cursor.position_ = after;
    entries.resize(count);
    return entries;
  }
  return std::vector<cgn_entry>{};
}

}  // namespace cgn::io
