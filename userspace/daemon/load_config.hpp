// SPDX-License-Identifier: Apache-2.0
// The config file as this run of the daemon means it: read, judged against the machine, with the command line's places.
//
// What        The same for the first start and for every reload, so that a file that would start also reloads.
// Failure     An error when the file or the machine cannot be read; what is wrong with the file are complaints.
#pragma once

#include <filesystem>
#include <string>

#include "cgn/result.hpp"
#include "config/parse.hpp"

namespace cgn::daemon {

// What the command line says of the config.
struct ConfigSource {
  std::filesystem::path file = "/etc/cgn/cgn.toml";
  std::string socket{};  // instead of [api] socket; empty: as the file says
  std::filesystem::path state_dir = "/var/lib/cgn";
};

struct LoadedConfig {
  std::string text{};
  config::Config config{};
  config::Complaints complaints{};  // not empty: the config is good for nothing
};

// A daemon that runs has its memory already, so that a reload must not ask for it a second time.
enum class Memory { is_needed, is_taken };
[[nodiscard]] Result<LoadedConfig> load_config(const ConfigSource&, Memory);

}  // namespace cgn::daemon
