// SPDX-License-Identifier: Apache-2.0
// A table of entries as a BPF hash map: system calls in the safe orders, and the walk in batches.
#include "io/entry_map.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <string>

namespace cgn::io {
namespace {

constexpr const char* table_of(const cgn_key*) { return "mappings"; }
constexpr const char* table_of(const cgn_session_key*) { return "sessions"; }
template <class Key>
constexpr const char* kTable = table_of(static_cast<const Key*>(nullptr));

}  // namespace

template <class Key>
Result<> EntryMap<Key>::insert(const cgn_entry& entry) {
  const auto key = key_of(entry);
  if (bpf_map_update_elem(fd_, &key, &entry, BPF_ANY) == 0) return {};
  const int code = errno;
  const std::string table{kTable<Key>};
  const std::string half = entry.key.realms & CGN_REALM_EXTERNAL ? "inbound" : "outbound";
  return fail_errno("install an " + half + " entry of the table of " + table, code,
                    code == E2BIG ? "the table of " + table + " is full: raise [limits] mappings" : "");
}

template <class Key>
Result<> EntryMap<Key>::install(const cgn_entry& inbound, const cgn_entry& outbound) {
  // The way back first: the first packet that leaves may be answered before this call returns.
  TRY_VOID(insert(inbound));
  if (auto put_outbound = insert(outbound); !put_outbound) {
    remove(key_of(inbound));
    return put_outbound;
  }
  return {};
}

template <class Key>
std::optional<cgn_entry> EntryMap<Key>::remove(const Key& key) {
  cgn_entry last{};
  if (bpf_map_lookup_and_delete_elem(fd_, &key, &last) != 0) return std::nullopt;
  return last;
}

template <class Key>
std::optional<cgn_entry> EntryMap<Key>::read(const Key& key) const {
  cgn_entry entry{};
  if (bpf_map_lookup_elem(fd_, &key, &entry) != 0) return std::nullopt;
  return entry;
}

// The kernel hands out whole buckets of the hash and answers ENOSPC when the next one does not fit. Buckets hold one or two
// entries as a rule; a buffer of kSmallestBatch hardly ever has to grow.
template <class Key>
Result<std::vector<cgn_entry>> EntryMap<Key>::next(Cursor& cursor, std::size_t most) const {
  constexpr std::size_t kSmallestBatch = 64;
  std::size_t room = std::max(most, kSmallestBatch);
  std::vector<cgn_entry> entries;
  std::vector<Key> keys;  // the call insists on them; each entry repeats its own
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
    if (code != 0 && code != ENOENT) return fail_errno(std::string{"read the table of "} + kTable<Key>, code);
    cursor.done_ = code == ENOENT;
    cursor.started_ = true;
    cursor.position_ = after;
    entries.resize(count);
    return entries;
  }
  return std::vector<cgn_entry>{};
}

template <class Key>
Result<std::vector<cgn_entry>> EntryMap<Key>::all() const {
  constexpr std::size_t kBatch = 4096;
  std::vector<cgn_entry> everything;
  for (Cursor cursor; !cursor.done();) {
    TRY(entries, next(cursor, kBatch));
    everything.insert(everything.end(), entries.begin(), entries.end());
  }
  return everything;
}

template class EntryMap<cgn_key>;
template class EntryMap<cgn_session_key>;

}  // namespace cgn::io
