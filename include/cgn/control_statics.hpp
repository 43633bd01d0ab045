// SPDX-License-Identifier: Apache-2.0
// GET /v1/statics: the mappings that the config gives, and whether they are in force.
#pragma once

#include "cgn/control.hpp"

namespace cgn::control {

namespace path {
inline constexpr std::string_view kStatics = "/v1/statics";
}  // namespace path

struct Static {
  std::string proto{};     // "tcp", "udp"; "any" of a whole address
  std::string external{};  // with its port, but for a whole address
  std::string internal{};
  std::string realm{};  // of the internal end
  std::string state{};  // "installed", or "pending" until its row is in the log
  std::string since{};  // when the log gave it to this host; empty while pending
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t packets_in = 0;
  std::uint64_t bytes_in = 0;
};
CGN_JSON_FIELDS(Static, proto, external, internal, realm, state, since, packets_out, bytes_out, packets_in, bytes_in)

struct Statics {
  std::string schema = "cgn/statics/1";
  std::vector<Static> statics{};
};
CGN_JSON_FIELDS(Statics, schema, statics)

}  // namespace cgn::control
