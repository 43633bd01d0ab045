// SPDX-License-Identifier: Apache-2.0
// Legal holds, put and lifted by request: each is a row of the record, with who asked.
#pragma once

#include "daemon/commands.hpp"

namespace cgn::daemon {

// POST {"action": "add" | "remove", "case": TEXT, "from": TIME, "to": TIME}; answers when the row is durable.
[[nodiscard]] io::ControlResponse change_hold(Facade&, const io::ControlRequest&);

}  // namespace cgn::daemon
