// SPDX-License-Identifier: Apache-2.0
// Adopting, pinning and sweeping the program's maps; the protocol is in the header.
#include "io/map_pins.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cgn/abi.h"

namespace cgn::io::map_pins {
namespace {

constexpr const char* kVersionMap = "abi_version";
constexpr const char* kWayOut = "cgnctl detach removes them; established mappings are lost";

// The maps of the object that are pinned, abi_version last; .rodata and the like belong to one load of the program.
std::vector<bpf_map*> pinnable(const bpf_object* object) {
  std::vector<bpf_map*> maps;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (!bpf_map__is_internal(map)) maps.push_back(map);
  }
  std::ranges::stable_partition(maps, [](bpf_map* m) { return std::string_view{bpf_map__name(m)} != kVersionMap; });
  return maps;
}

Result<> check_version(const Fd& version_map) {
  const std::uint32_t key = 0;
  std::uint32_t pinned = 0;
  if (bpf_map_lookup_elem(version_map.get(), &key, &pinned) != 0)
    return fail_errno("read the version of the pinned maps");
  if (pinned == CGN_ABI_VERSION) return {};
  return fail(fmt::format("the pinned maps have ABI version {}, this daemon has {}", pinned, CGN_ABI_VERSION),
              fmt::format("run the daemon that made them, or start anew: {}", kWayOut));
}

Result<> check_shape(bpf_map* wanted, const Fd& pinned) {
  bpf_map_info is{};
  __u32 size = sizeof is;
  if (bpf_obj_get_info_by_fd(pinned.get(), &is, &size) != 0) return fail_errno("ask for the shape of a pinned map");
  if (is.type != bpf_map__type(wanted) || is.key_size != bpf_map__key_size(wanted) ||
      is.value_size != bpf_map__value_size(wanted)) {
    return fail(fmt::format("the pinned map {} has another shape (type {}, key {}, value {}) than this daemon's "
                            "(type {}, key {}, value {})",
                            bpf_map__name(wanted), is.type, is.key_size, is.value_size,
                            static_cast<unsigned>(bpf_map__type(wanted)), bpf_map__key_size(wanted),
                            bpf_map__value_size(wanted)),
                kWayOut);
  }
  if (is.max_entries != bpf_map__max_entries(wanted)) {
    return fail(fmt::format("the pinned map {} has room for {} elements, this daemon asks for {}",
                            bpf_map__name(wanted), is.max_entries, bpf_map__max_entries(wanted)),
                fmt::format("put the limit back, or start anew: {}", kWayOut));
  }
  return {};
}

// No whole set is pinned: clear away what a daemon that died early left.
Result<> sweep(bpf_object* object, const PinDirectory& pins) {
  if (!pins.links().empty()) {
    return fail(fmt::format("{} holds links, but no version of the maps they run on", pins.path().string()), kWayOut);
  }
  return unpin(object, pins);
}

}  // namespace

Result<bool> adopt(bpf_object* object, const PinDirectory& pins) {
  TRY(version, PinDirectory::open(pins.map(kVersionMap)));
  if (!version) {
    TRY_VOID(sweep(object, pins));
    return false;
  }
  TRY_VOID(check_version(version));
  // All are checked before the first is taken.
  std::vector<std::pair<bpf_map*, Fd>> found;
  for (bpf_map* map : pinnable(object)) {
    TRY(pinned, PinDirectory::open(pins.map(bpf_map__name(map))));
    if (!pinned) {
      return fail(fmt::format("the pin {} is gone", pins.map(bpf_map__name(map)).string()), kWayOut);
    }
    TRY_VOID(check_shape(map, pinned));
    found.emplace_back(map, std::move(pinned));
  }
  for (const auto& [map, pinned] : found) {
    if (const int refused = bpf_map__reuse_fd(map, pinned.get()); refused != 0) {
      return fail_errno(fmt::format("adopt the pinned map {}", bpf_map__name(map)), -refused);
    }
  }
  return true;
}

Result<> pin(bpf_object* object, const PinDirectory& pins) {
  const bpf_map* version = bpf_object__find_map_by_name(object, kVersionMap);
  const std::uint32_t key = 0;
  const std::uint32_t ours = CGN_ABI_VERSION;
  if (bpf_map_update_elem(bpf_map__fd(version), &key, &ours, BPF_ANY) != 0) return fail_errno("write the ABI version");
  for (bpf_map* map : pinnable(object)) {
    const auto path = pins.map(bpf_map__name(map));
    if (bpf_obj_pin(bpf_map__fd(map), path.c_str()) != 0) return fail_errno(fmt::format("pin {}", path.string()));
  }
  return {};
}

Result<> unpin(bpf_object* object, const PinDirectory& pins) {
  auto maps = pinnable(object);
  std::ranges::reverse(maps);
  for (bpf_map* map : maps) TRY_VOID(PinDirectory::unpin(pins.map(bpf_map__name(map))));
  return {};
}

}  // namespace cgn::io::map_pins
