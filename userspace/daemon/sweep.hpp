// SPDX-License-Identifier: Apache-2.0
// Expiry: ask the kernel who was seen, tell the core.
//
// What        Each tick takes the mappings whose deadline has passed, at most kMost, reads both entries, and lets the core
//             judge: live on, or be removed (outbound first; a packet that slips in revives it).
// Ownership   Borrows. The cost of a tick is bounded; what is left over comes in the next one, at once.
#pragma once

#include "daemon/applier.hpp"

namespace cgn::daemon {

class Sweep {
 public:
  static constexpr std::size_t kMost = 256;

  Sweep(core::Translator& translator, Applier& applier) : translator_{translator}, applier_{applier} {}
  // True when more is due already.
  bool tick(const Now&);

 private:
  core::Translator& translator_;
  Applier& applier_;
  std::vector<core::MappingView> due_;
  core::Effects effects_;
};

}  // namespace cgn::daemon
