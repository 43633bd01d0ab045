// SPDX-License-Identifier: Apache-2.0
// How much memory the tables of a config take when they are full.
//
// What        The kernel's part is exact: a preallocated hash map has one element for each entry and one bucket for
//             each power of two of them. The daemon's part is estimated from its structs and rounded up.
#include "config/check.hpp"

#include <fmt/core.h>

#include <bit>

namespace cgn::config {
namespace {

constexpr std::uint64_t kKernelElement = 48 + sizeof(cgn_key) + sizeof(cgn_entry);  // struct htab_elem in front
constexpr std::uint64_t kKernelBucket = 16;
constexpr std::uint64_t kSession = 48 + sizeof(cgn_session_key) + sizeof(cgn_entry);  // made on demand
constexpr std::uint64_t kDaemonMapping = 256;  // the mapping, two indexes at most half full, its deadline
constexpr std::uint64_t kDaemonPort = 2;       // three protocols' bitmaps and the rests of a pool's port
constexpr std::uint64_t kDaemonSubscriber = 512;
constexpr std::uint64_t kPermission = 72 + 128;  // the kernel's element (made on demand); the daemon's book
constexpr std::uint64_t kFixed = 96ull << 20;    // frames of AF_XDP, policers, program and log

std::uint64_t mebi(std::uint64_t bytes) { return (bytes + (1u << 20) - 1) >> 20; }

}  // namespace

MemoryNeed memory_need(const Config& config) {
  const std::uint64_t mappings = config.limits.mappings;
  const auto entries = 2 * mappings;
  const auto buckets = std::bit_ceil(entries);
  std::uint64_t ports = 0, subscribers = 0;
  bool filters = false, overloads = false;
  for (const auto& pool : config.pools) {
    ports += pool.address_count() * pool.ports.count();
    subscribers += pool.max_subscribers;
    filters = filters || pool.filters();
    overloads = overloads || pool.overloads();
  }
  const std::uint64_t permissions = filters ? config.limits.permissions : 0;
  const auto kernel = entries * kKernelElement + 2 * buckets * kKernelBucket;
  const auto daemon = mappings * kDaemonMapping + ports * kDaemonPort + subscribers * kDaemonSubscriber;
  const auto heard = permissions * kPermission;
  const auto shared = overloads ? entries * kSession : 0;
  auto more = filters ? fmt::format("; {} permissions x {} B = {} MiB", permissions, kPermission, mebi(heard)) : "";
  if (overloads) more += fmt::format("; 2 x {} sessions x {} B = {} MiB", mappings, kSession, mebi(shared));
  return {.bytes = kernel + daemon + heard + shared + kFixed,
          .arithmetic =
              fmt::format("kernel 2 x {} entries x {} B + 2 x {} buckets x {} B = {} MiB; daemon {} mappings x {} B "
                          "+ {} ports x {} B + {} subscribers x {} B = {} MiB; fixed {} MiB{}",
                          mappings, kKernelElement, buckets, kKernelBucket, mebi(kernel), mappings, kDaemonMapping,
                          ports, kDaemonPort, subscribers, kDaemonSubscriber, mebi(daemon), mebi(kFixed), more)};
}

}  // namespace cgn::config
