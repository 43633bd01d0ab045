// SPDX-License-Identifier: Apache-2.0
// Where those who may read the legal record, but not write beside it, have their look-ups recorded.
//
// What        POST /v1/audit on legal.sock. The store is opened for each one: look-ups are rare, and the file may have been
//             moved meanwhile. Who asks is what the kernel says of the socket's other end, never what the request says.
// Ownership   Called from the control server's threads; SQLite's lock is the lock.
// Failure     What cannot be recorded is answered 500, and cgnctl then refuses the look-up; no case where one is wanted: 400.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "cgn/time.hpp"
#include "config/config.hpp"
#include "io/control_server.hpp"

namespace cgn::daemon {

// Makes the store where the config wants it, with the config's policy.
[[nodiscard]] Result<> prepare_audit(const config::Log&);

[[nodiscard]] std::vector<io::ControlRoute> audit_routes(const std::filesystem::path& log_directory,
                                                         std::function<WallTime()> clock);

}  // namespace cgn::daemon
