// SPDX-License-Identifier: Apache-2.0
// NIC features that would hide packets from the program: rx VLAN stripping, LRO, and (generic mode) GRO.
//
// What        Switched off at attach, read back, restored at detach; what they were is kept in the state directory.
//             On veth, GRO is how NAPI is turned on: it is left alone there in native mode.
// Failure     A feature that is fixed on is an error naming it; one the driver does not have is fine.
#pragma once

#include <filesystem>
#include <string>

#include "cgn/result.hpp"

namespace cgn::io {

// Remembers the former state in state_directory (first time only), switches off, reads back.
[[nodiscard]] Result<> disable_offloads(const std::string& interface, bool generic_mode,
                                        const std::filesystem::path& state_directory);
// Restores every interface remembered there and forgets them. Interfaces that are gone are skipped.
[[nodiscard]] Result<> restore_offloads(const std::filesystem::path& state_directory);

}  // namespace cgn::io
