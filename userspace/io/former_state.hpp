// SPDX-License-Identifier: Apache-2.0
// What the machine was set to before we changed it, kept on disk so that a later process can put it back.
//
// What        A small file of `KEY=VALUE` lines. The first value remembered for a key stays: a restarted daemon finds
//             its own settings in force and must not take them for the operator's.
// Life-cycle  remember() before each first change; forget() as each is restored; the file goes with its last key.
// Ownership   One file per kind of setting, in the state directory; one process at a time.
// Failure     remember() returns only when the line is on disk (written aside, synced, renamed, directory synced); if
//             it fails, the change must not be made. A line that cannot be read is an error that names it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cgn/result.hpp"

namespace cgn::io {

class FormerState {
 public:
  // An absent file is an empty memory.
  [[nodiscard]] static Result<FormerState> load(const std::filesystem::path& file);

  [[nodiscard]] const std::map<std::string, std::string>& values() const { return values_; }
  [[nodiscard]] Result<> remember(const std::string& key, const std::string& value);
  [[nodiscard]] Result<> forget(const std::string& key);

 private:
  explicit FormerState(std::filesystem::path file) : file_{std::move(file)} {}
  [[nodiscard]] Result<> save() const;
  std::filesystem::path file_;
  std::map<std::string, std::string> values_;
};

}  // namespace cgn::io
