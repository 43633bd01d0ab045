// SPDX-License-Identifier: Apache-2.0
// Unique prefixes of verbs and nouns: `cgnctl sh po` is `cgnctl show pool`.
//
// What        A pass over the words before CLI11 sees them: along the command tree, a word that is the beginning of
//             exactly one subcommand is written out. Options and their values are left alone, and so is everything
//             after a verb that has no subcommands (a pool may be called "p").
// Failure     A word that begins several is an error that names them; one that begins none is left for CLI11 to refuse.
#pragma once

#include <string>
#include <vector>

#include "cgn/result.hpp"

namespace CLI {
class App;
}

namespace cgn::cgnctl {

[[nodiscard]] Result<std::vector<std::string>> write_out(const CLI::App& tree, std::vector<std::string> words);

}  // namespace cgn::cgnctl
