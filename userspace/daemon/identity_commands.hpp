// SPDX-License-Identifier: Apache-2.0
// Control requests about identities and RADIUS.
//
// What        Turns requests into reports for the identity desk. Who somebody is concerns nobody who may only view: all of it
//             is for the admin socket.
// Life-cycle  The routes borrow desk and listener: the control server that holds them must end before.
// Failure     As commands.hpp.
#pragma once

#include <vector>

#include "daemon/identity_desk.hpp"
#include "daemon/radius_listener.hpp"
#include "io/control_server.hpp"

namespace cgn::daemon {

// `listener` may be null: RADIUS is not configured.
[[nodiscard]] std::vector<io::ControlRoute> make_identity_routes(IdentityDesk&, const RadiusListener* listener);

}  // namespace cgn::daemon
