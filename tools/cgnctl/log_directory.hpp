// SPDX-License-Identifier: Apache-2.0
// Where the legal record is, and its reader.
//
// What        --log-dir if given; else where the daemon says it writes, if one answers; else the default place. The
//             record itself is read from its files, never through the daemon: it answers with the daemon dead, and
//             copied files answer on another machine.
#pragma once

#include <string>

#include "cgnctl/session.hpp"
#include "journal/reader.hpp"

namespace cgn::cgnctl {

inline constexpr std::string_view kDefaultLogDirectory = "/var/lib/cgn/log";

[[nodiscard]] std::string log_directory(const Session&, const std::string& given);
[[nodiscard]] Result<journal::Reader> open_record(const Session&, const std::string& given);

// Who asks: the login name behind sudo, else of the process.
[[nodiscard]] std::string asking_user();

}  // namespace cgn::cgnctl
