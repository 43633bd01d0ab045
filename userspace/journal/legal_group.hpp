// SPDX-License-Identifier: Apache-2.0
// The group that may read the legal record besides root: cgn-legal.
//
// What        Gives the log directory (2750: new files inherit the group), its files, and the audit store (0640) to it.
// Failure     A machine without the group keeps the record for root alone. What could not be given is said in a sentence
//             for the operator's log; the record is written all the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cgn::journal {

inline constexpr const char* kLegalGroup = "cgn-legal";

[[nodiscard]] std::optional<unsigned> legal_group();
// An open file of ours; without effect when there is no such group.
void give_to_legal_group(int fd);
// The directory and what is in it. Sentences about what could not be done; empty as a rule.
[[nodiscard]] std::string open_to_legal_group(const std::filesystem::path& log_directory);

}  // namespace cgn::journal
