// SPDX-License-Identifier: Apache-2.0
// What control requests name alike: values of their query, and realms.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "io/control_server.hpp"

namespace cgn::daemon {

[[nodiscard]] std::optional<std::string> value_of(const io::ControlRequest&, const char* key);

// By name; none: whichever it is.
[[nodiscard]] Result<std::optional<RealmId>> asked_realm(const std::vector<config::Realm>&,
                                                         const std::optional<std::string>& name);
// The one, or all of them: the default one first.
[[nodiscard]] std::vector<RealmId> one_or_all(const std::vector<config::Realm>&, std::optional<RealmId>);

}  // namespace cgn::daemon
