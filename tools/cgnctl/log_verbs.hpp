// SPDX-License-Identifier: Apache-2.0
// The verbs of `cgnctl log`: about the record's files, not about what they say.
#pragma once

#include <string>
#include <vector>

#include "cgnctl/session.hpp"

namespace cgn::cgnctl {

struct LogArguments {
  std::string log_dir{};
  std::string day{};                // "2026-11-20"; empty: all
  std::vector<std::string> keys{};  // files of public keys; none: the node's own
  bool unsigned_ = false;           // do not look at signatures
  std::string case_reference{};
  std::string from{};
  std::string to{};
  std::string file{};
};

Exit log_verify(const Session&, const LogArguments&);
Exit log_segments(const Session&, const LogArguments&);
Exit log_stats(const Session&, const LogArguments&);
Exit log_key(const Session&, const LogArguments&);
Exit log_hold_add(const Session&, const LogArguments&);
Exit log_hold_remove(const Session&, const LogArguments&);
Exit log_hold_list(const Session&, const LogArguments&);

}  // namespace cgn::cgnctl
