// SPDX-License-Identifier: Apache-2.0
// The command line: from words to a verb with its arguments.
//
// What        run() reads the words (without the program's name), calls the verb and gives the exit code. Whatever
//             CLI11 refuses is exit code 2.
#pragma once

#include <string>
#include <vector>

#include "cgnctl/session.hpp"

namespace cgn::cgnctl {

[[nodiscard]] Exit run(Session session, const std::vector<std::string>& words);

}  // namespace cgn::cgnctl
