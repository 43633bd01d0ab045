// SPDX-License-Identifier: Apache-2.0
// A walk over a hash map of entries in batches, whatever its key.
//
// What        One call is one batch. The kernel hands out whole buckets of the hash and answers ENOSPC when the next one does
//             not fit. Buckets hold one or two entries as a rule; a buffer of kSmallestBatch hardly ever has to grow.
// Failure     An error of the system call, which ends the walk.
#pragma once

#include <bpf/bpf.h>

#include <algorithm>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

struct WalkPosition {
  std::uint32_t& at;
  bool& started;
  bool& done;
};

template <class Key>
[[nodiscard]] Result<std::vector<cgn_entry>> next_batch(int fd, WalkPosition position, std::size_t most,
                                                        const char* table) {
  constexpr std::size_t kSmallestBatch = 64;
  std::size_t room = std::max(most, kSmallestBatch);
  std::vector<cgn_entry> entries;
  std::vector<Key> keys;  // the call insists on them; each entry repeats its own
  while (!position.done) {
    entries.resize(room);
    keys.resize(room);
    auto count = static_cast<__u32>(room);
    std::uint32_t after = position.at;
    std::uint32_t* from = position.started ? &position.at : nullptr;
    const int refused = bpf_map_lookup_batch(fd, from, &after, keys.data(), entries.data(), &count, nullptr);
    const int code = refused != 0 ? errno : 0;
    if (code == ENOSPC) {  // one bucket is larger than the whole buffer
      room *= 2;
      continue;
    }
    if (code != 0 && code != ENOENT) return fail_errno(std::string{"read the table of "} + table, code);
    position.done = code == ENOENT;
    position.started = true;
    position.at = after;
    entries.resize(count);
    return entries;
  }
  return std::vector<cgn_entry>{};
}

}  // namespace cgn::io
