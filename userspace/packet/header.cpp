// SPDX-License-Identifier: Apache-2.0
// Judging an IPv4 header, in the order of bpf/header.h.
#include "packet/header.hpp"

#include "packet/checksum.hpp"
#include "packet/wire.hpp"

namespace cgn::packet {
namespace {

constexpr std::uint8_t kEnd = 0, kNothing = 1, kLooseRoute = 131, kStrictRoute = 137;

std::optional<Verdict> fault_of_options(std::span<const std::byte> options) {
  while (!options.empty()) {
    const auto kind = load8(options, 0);
    if (kind == kEnd) return std::nullopt;
    std::size_t length = 1;
    if (kind != kNothing) {
      if (options.size() < 2) return CGN_VERDICT_IP_OPTIONS;
      length = load8(options, 1);
      if (length < 2 || length > options.size()) return CGN_VERDICT_IP_OPTIONS;
      if (kind == kLooseRoute || kind == kStrictRoute) return CGN_VERDICT_SOURCE_ROUTE;
    }
    options = options.subspan(length);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Verdict> fault_of_header(std::span<const std::byte> header) {
  if (sum(header) != 0xffff) return CGN_VERDICT_HEADER_CHECKSUM;
  return fault_of_options(header.subspan(kIpv4Size));
}

}  // namespace cgn::packet
