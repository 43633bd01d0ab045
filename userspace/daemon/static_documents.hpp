// SPDX-License-Identifier: Apache-2.0
// From the mappings of the config to their document of the control API.
#pragma once

#include "cgn/control_statics.hpp"
#include "core/translator.hpp"
#include "daemon/commands.hpp"

namespace cgn::daemon {

// Counts come from the kernel's table; a mapping without entries has none.
[[nodiscard]] control::Statics statics_document(const std::vector<core::StaticView>&, Facade&);

}  // namespace cgn::daemon
