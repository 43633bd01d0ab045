// SPDX-License-Identifier: Apache-2.0
// A map's content as one thing: written whole, cleared whole.
//
// What        replace_content() makes a hash or prefix map hold exactly the wanted rows: it writes them all first and
//             only then deletes the keys that are not wanted, so a packet meets the old or the new row of a key, never
//             a hole. erase_content() deletes every key.
// Failure     A row that the kernel refuses ends the call before anything was deleted: the old content is all there,
//             some rows are new already, and the call can be repeated.
#pragma once

#include <bpf/bpf.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cgn/result.hpp"

namespace cgn::io {

// Every key of the map, as bytes. Single writer: nobody else inserts or deletes meanwhile.
template <class Key>
[[nodiscard]] std::vector<Key> keys_of(int fd) {
  std::vector<Key> keys;
  Key next{};
  const Key* last = nullptr;
  while (bpf_map_get_next_key(fd, last, &next) == 0) {
    keys.push_back(next);
    last = &keys.back();
  }
  return keys;
}

template <class Key, class Value>
[[nodiscard]] Result<> replace_content(int fd, std::string_view map, std::span<const std::pair<Key, Value>> wanted) {
  using Bytes = std::array<std::byte, sizeof(Key)>;
  const auto bytes_of = [](const Key& key) {
    Bytes bytes;
    std::memcpy(bytes.data(), &key, sizeof key);  // keys have no padding (abi.h)
    return bytes;
  };
  std::set<Bytes> kept;
  for (const auto& [key, value] : wanted) {
    if (bpf_map_update_elem(fd, &key, &value, BPF_ANY) != 0) {
      const int code = errno;
      const bool full = code == E2BIG || code == ENOSPC;
      return fail_errno(std::string{"write the map "}.append(map), code,
                        full ? "it is full: " + std::to_string(wanted.size()) + " rows are wanted" : "");
    }
    kept.insert(bytes_of(key));
  }
  for (const Key& key : keys_of<Key>(fd)) {
    if (!kept.contains(bytes_of(key)) && bpf_map_delete_elem(fd, &key) != 0) {
      return fail_errno(std::string{"delete from the map "}.append(map));
    }
  }
  return {};
}

template <class Key>
[[nodiscard]] Result<> erase_content(int fd, std::string_view map) {
  for (const Key& key : keys_of<Key>(fd)) {
    if (bpf_map_delete_elem(fd, &key) != 0) return fail_errno(std::string{"delete from the map "}.append(map));
  }
  return {};
}

}  // namespace cgn::io
