// SPDX-License-Identifier: Apache-2.0
// A punted frame, opened: the kernel's header and the frame it stands before.
//
// What        open_punt() checks magic, version and every offset against the bytes.
// Ownership   Borrows the bytes.
// Failure     MALFORMED when anything contradicts: the kernel sent what it would never send.
#pragma once

#include <cstddef>
#include <expected>
#include <span>

#include "cgn/abi.h"
#include "cgn/realm.hpp"
#include "packet/view.hpp"

namespace cgn::daemon {

struct Punted {
  cgn_punt header{};
  std::span<const std::byte> frame{};
  packet::View view{};  // bypassed packets, and those that are only told: what read_header() fills in
  unsigned queue = 0;
  unsigned port = 0;

  // Of the internal hosts on the link that it came in by; of no use to what came from outside.
  [[nodiscard]] RealmId realm() const { return RealmId{header.view}; }
  // Who sent it, where that is a subscriber.
  [[nodiscard]] InternalAddress sender() const { return {view.source.address, realm()}; }
  [[nodiscard]] InternalEndpoint source() const { return {view.source, realm()}; }
};

[[nodiscard]] std::expected<Punted, Verdict> open_punt(std::span<const std::byte> bytes, unsigned queue, unsigned port);

}  // namespace cgn::daemon
