// SPDX-License-Identifier: Apache-2.0
// The daemon, from start to stop, each in one function.
//
// What        Start order (decision 9): one instance only -> journal open -> guard in and read back -> program loaded or
//             adopted -> log, table and core agree -> AF_XDP bound -> attached -> control sockets -> `ready`.
//             Stop order: control sockets -> loop -> journal's stop row. Maps, links and guard stay, unless the operator
//             asked to detach: then loans are ended in the log and everything is taken down.
// Failure     start errors say what, why, and the next step, and leave what was there before as it was.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "cgn/result.hpp"
#include "config/config.hpp"
#include "daemon/dataplane.hpp"
#include "daemon/load_config.hpp"

namespace cgn::daemon {

struct Options {
  ConfigSource source;
  std::filesystem::path bpf_dir = "/sys/fs/bpf/cgn";
};

struct Signs {
  std::atomic<bool>& stop;      // set by a signal
  std::function<void()> ready;  // packets flow
  std::function<void()> alive;  // once a second
  int reload = -1;              // an eventfd that counts the SIGHUPs
};

// Runs until `stop`; returns when all is down in order.
[[nodiscard]] Result<> run(const LoadedConfig&, const Options&, const Signs&);

// Takes everything down; for when no daemon lives. Refused while one does.
[[nodiscard]] Result<> detach(const Options&);

}  // namespace cgn::daemon
