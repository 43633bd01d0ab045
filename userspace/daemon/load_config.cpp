// SPDX-License-Identifier: Apache-2.0
// The config file as this run of the daemon means it.
#include "daemon/load_config.hpp"

#include <fstream>
#include <sstream>

#include "daemon/facts.hpp"

namespace cgn::daemon {

Result<LoadedConfig> load_config(const ConfigSource& source, Memory memory) {
  std::ifstream file{source.file};
  if (!file) return fail("cannot read " + source.file.string(), "cgnd --config FILE");
  LoadedConfig loaded{.text = (std::ostringstream{} << file.rdbuf()).str()};
  auto parsed = config::parse(loaded.text);
  TRY(facts, machine_facts());
  if (memory == Memory::is_taken) facts.memory_bytes = 0;
  loaded.complaints = config::all_complaints(parsed, facts);
  if (!source.socket.empty()) parsed.config.api.socket = source.socket;
  if (parsed.config.log.path == config::Log{}.path) parsed.config.log.path = source.state_dir / "log";
  if (parsed.config.log.sign_key.empty()) parsed.config.log.sign_key = source.state_dir / "sign.key";
  loaded.config = std::move(parsed.config);
  return loaded;
}

}  // namespace cgn::daemon
