// SPDX-License-Identifier: Apache-2.0
// The look-up that is about to be answered, as cgnctl tells the daemon of it (decision 0025).
//
// What        POST /v1/audit on legal.sock, for those who may read the legal record but not write beside it. Who asks is
//             known from the socket, and no field of the request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cgn/control.hpp"

namespace cgn::control {

inline constexpr std::string_view kLegalName = "legal.sock";  // beside the admin socket; of group cgn-legal

namespace path {
inline constexpr std::string_view kAudit = "/v1/audit";  // POST AuditRequest
}  // namespace path

struct AuditRequest {
  std::string verb{};
  std::string case_reference{};
  std::string query{};
  std::string verdict{};
  std::string result{};  // SHA-256 of the answer in hex; empty: none yet
};
CGN_JSON_FIELDS(AuditRequest, verb, case_reference, query, verdict, result)

struct AuditReceipt {
  std::string schema = "cgn/audit/1";
  std::uint64_t seq = 0;
  std::string link{};  // of the row, in hex
};
CGN_JSON_FIELDS(AuditReceipt, schema, seq, link)

}  // namespace cgn::control
