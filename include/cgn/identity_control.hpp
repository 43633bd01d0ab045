// SPDX-License-Identifier: Apache-2.0
// The control API's documents about identities and RADIUS (control.hpp has the rules).
#pragma once

#include "cgn/control.hpp"

namespace cgn::control {

namespace path {
inline constexpr std::string_view kIdentities = "/v1/identities";         // GET ?subscriber= &realm= or ?id=; POST bindings
inline constexpr std::string_view kIdentitiesEnd = "/v1/identities/end";  // POST bindings
inline constexpr std::string_view kRadius = "/v1/radius";
}  // namespace path

// GET /v1/identities
struct Identity {
  std::string subscriber{};
  std::string realm{};  // empty: the default one
  std::string id{};
  std::string since{};
  std::string source{};   // "cgnctl", or "radius:" and the NAS
  std::string session{};  // of RADIUS
  std::string last_sign{};
};
CGN_JSON_FIELDS(Identity, subscriber, realm, id, since, source, session, last_sign)

struct Identities {
  std::string schema = "cgn/identities/1";
  std::vector<Identity> identities{};
};
CGN_JSON_FIELDS(Identities, schema, identities)

// Why the binding of this place in the request's list is refused.
struct IdentityFault {
  std::size_t index = 0;
  std::string what{};
  std::string hint{};
};
CGN_JSON_FIELDS(IdentityFault, index, what, hint)

// POST /v1/identities {"bindings": [{"subscriber", "id", "realm", "from_ms"}], "check": bool}, and /end
struct IdentityResult {
  std::string schema = "cgn/identity_result/1";
  std::size_t bound = 0, ended = 0, unchanged = 0, late = 0;
  std::vector<IdentityFault> faults{};  // with any, nothing was done
};
CGN_JSON_FIELDS(IdentityResult, schema, bound, ended, unchanged, late, faults)

// GET /v1/radius
struct RadiusSender {
  std::string address{};
  std::uint64_t requests = 0, answered = 0, repeated = 0, malformed = 0, bad_secret = 0, unknown = 0, late = 0,
                outside = 0, unrecorded = 0;
};
CGN_JSON_FIELDS(RadiusSender, address, requests, answered, repeated, malformed, bad_secret, unknown, late, outside,
                unrecorded)

struct Radius {
  std::string schema = "cgn/radius/1";
  std::string listen{};  // empty: not configured
  std::vector<RadiusSender> senders{};
  std::vector<std::string> troubles{};
};
CGN_JSON_FIELDS(Radius, schema, listen, senders, troubles)

}  // namespace cgn::control
