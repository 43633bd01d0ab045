// SPDX-License-Identifier: Apache-2.0
// The table of sessions, call by call.
#include "io/session_table.hpp"

#include <bpf/bpf.h>

#include "io/map_walk.hpp"

namespace cgn::io {

cgn_session_key SessionTable::key_of(const cgn_entry& e) {
  return {.addr = e.key.addr,
          .remote_addr = e.remote_addr,
          .port = e.key.port,
          .remote_port = e.remote_port,
          .proto = e.key.proto,
          .realm = e.key.realm,
          .pad = {}};
}

Result<> SessionTable::insert(const cgn_entry& entry) {
  const auto key = key_of(entry);
  if (bpf_map_update_elem(fd_, &key, &entry, BPF_ANY) == 0) return {};
  const int code = errno;
  return fail_errno("install an entry of a session", code,
                    code == E2BIG ? "the table of sessions is full: raise [limits] mappings" : "");
}

Result<> SessionTable::install(const cgn_entry& inbound, const cgn_entry& outbound) {
  TRY_VOID(insert(inbound));
  if (auto put_outbound = insert(outbound); !put_outbound) {
    remove(key_of(inbound));
    return put_outbound;
  }
  return {};
}

std::optional<cgn_entry> SessionTable::remove(const cgn_session_key& key) {
  cgn_entry last{};
  if (bpf_map_lookup_and_delete_elem(fd_, &key, &last) != 0) return std::nullopt;
  return last;
}

std::optional<cgn_entry> SessionTable::read(const cgn_session_key& key) const {
  cgn_entry entry{};
  if (bpf_map_lookup_elem(fd_, &key, &entry) != 0) return std::nullopt;
  return entry;
}

Result<std::vector<cgn_entry>> SessionTable::next(Cursor& cursor, std::size_t most) const {
  return next_batch<cgn_session_key>(fd_, {cursor.position_, cursor.started_, cursor.done_}, most, "sessions");
}

Result<std::vector<cgn_entry>> SessionTable::all() const {
  constexpr std::size_t kBatch = 4096;
  std::vector<cgn_entry> everything;
  for (Cursor cursor; !cursor.done();) {
    TRY(entries, next(cursor, kBatch));
    everything.insert(everything.end(), entries.begin(), entries.end());
  }
  return everything;
}

}  // namespace cgn::io
