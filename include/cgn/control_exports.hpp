// SPDX-License-Identifier: Apache-2.0
// GET /v1/exports: how the copies of the legal record get on, one entry for each [[export]].
#pragma once

#include "cgn/control.hpp"

namespace cgn::control {

namespace path {
inline constexpr std::string_view kExports = "/v1/exports";
}  // namespace path

struct Export {
  std::string name{};
  std::string type{};          // "ipfix", "netflow9", "syslog"
  std::string to{};            // "tls://log.example.net:6514"
  std::string format{};        // of syslog
  bool sessions = false;       // mappings one by one, too: not from the legal record
  std::string state{};         // "connecting", "sending", "waiting"
  std::uint64_t sent = 0;      // records
  std::uint64_t repeated = 0;  // of them, again after a break
  std::uint64_t lost = 0;      // records that could not be sent: of UDP and of what stands in no record
  std::uint64_t missing = 0;   // rows that had left the record before they were sent
  std::uint64_t queued = 0;    // notices and sessions
  std::uint64_t next_seq = 0;
  std::uint64_t confirmed_seq = 0;  // up to here the collector has it (UDP: it was sent)
  std::uint64_t behind = 0;         // rows
  std::uint64_t lag_ms = 0;
  std::uint64_t connections = 0;
  std::string last_template{};  // when templates were sent, empty: never
  std::string last_error{};     // empty: none since the last success
  std::string last_error_at{};
};
CGN_JSON_FIELDS(Export, name, type, to, format, sessions, state, sent, repeated, lost, missing, queued, next_seq,
                confirmed_seq, behind, lag_ms, connections, last_template, last_error, last_error_at)

struct Exports {
  std::string schema = "cgn/exports/1";
  std::vector<Export> exports{};
};
CGN_JSON_FIELDS(Exports, schema, exports)

}  // namespace cgn::control
