// SPDX-License-Identifier: Apache-2.0
// Closed log files become sealed ones.
//
// What        A live file that another one follows is written anew in the sealed form, beside it; read back whole and its
//             chain compared with the link on which the next file builds; signed; named; and only then the live one goes.
// Life-cycle  One call does all that waits. A crash at any point leaves either the live file, or both (then the sealed one
//             counts and the next call takes the other away), and drafts, which the next call takes away.
// Failure     A file whose rows do not make the link on which the next one builds is not sealed: it stays as evidence, and
//             the error says so.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "journal/signing.hpp"

namespace cgn::journal {

struct SealingReport {
  std::vector<std::string> sealed{};    // names
  std::vector<std::string> troubles{};  // sentences: what could not be sealed, and why
};

// All closed files of the directory but the one that is called `in_use`. Without a key they are sealed and not signed.
[[nodiscard]] SealingReport seal_closed(const std::filesystem::path& directory, const std::string& in_use,
                                        const SigningKey* key);

// Takes away what a crash left.
void remove_drafts(const std::filesystem::path& directory);

}  // namespace cgn::journal
