// SPDX-License-Identifier: Apache-2.0
// POST /v1/reload: what came of reading the file again.
#pragma once

#include "cgn/control.hpp"

namespace cgn::control {

namespace path {
inline constexpr std::string_view kReload = "/v1/reload";  // POST {"dry_run": bool}
}  // namespace path

struct ConfigChange {
  std::string key{};
  std::string from{};
  std::string to{};
};
CGN_JSON_FIELDS(ConfigChange, key, from, to)

// The file is taken whole or not at all: `applied` says which.
struct Reloaded {
  std::string schema = "cgn/reload/1";
  std::string file{};
  bool dry_run = false;
  bool applied = false;
  std::vector<ConfigChange> changes{};    // that can be made while packets flow
  std::vector<ConfigChange> restart{};    // that need a restart
  std::vector<std::string> complaints{};  // "FILE:LINE:COLUMN: what (hint)"
  std::string outcome{};                  // a sentence
};
CGN_JSON_FIELDS(Reloaded, schema, file, dry_run, applied, changes, restart, complaints, outcome)

}  // namespace cgn::control
