// SPDX-License-Identifier: Apache-2.0
// Expiry: ask the kernel who was seen, tell the core.
#include "daemon/sweep.hpp"

namespace cgn::daemon {

bool Sweep::tick(const Now& now) {
  due_.clear();
  translator_.due(now, kMost, due_);
  for (const auto& mapping : due_) {
    translator_.judge(mapping.id, applier_.read(mapping), now, effects_);
    applier_.apply(effects_, now);
  }
  translator_.tick(now, kMost, effects_);
  applier_.apply(effects_, now);
  return due_.size() == kMost;
}

}  // namespace cgn::daemon
