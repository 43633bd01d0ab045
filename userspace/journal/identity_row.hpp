// SPDX-License-Identifier: Apache-2.0
// What a row of kind `identity` says: whose address it was from when, or until when.
//
// What        PURE. The detail of the row (JSON, docs/log.md) and back. A change is known to lie in a Span: reports come late,
//             tell whole seconds, or are missing, so the instant of a change may be known only to lie between two. A row of
//             event `set` begins a term, `end` ends the one that is open (and tells when it began, because its file may not),
//             `was` tells of a term that was over when it became known.
// Failure     A detail that this version cannot read is no identity: nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "journal/record.hpp"

namespace cgn::journal {

// A report is recorded up to this long after what it tells of; so far ahead a look-up reads identities.
inline constexpr auto kLatestReport = std::chrono::hours{24};

// A change that happened in [earliest, latest].
struct Span {
  WallTime earliest{};
  WallTime latest{};
  [[nodiscard]] static Span at(WallTime t) { return {t, t}; }
  friend bool operator==(const Span&, const Span&) = default;
};

enum class IdentityEvent { set, end, was };

struct IdentityRow {
  IdentityEvent event = IdentityEvent::set;
  std::string id{};
  std::string source{};   // "cgnctl", or "radius:" and the NAS
  std::string by{};       // who said so
  std::string session{};  // the NAS's word for it; empty of cgnctl's
  Span from{};
  Span to{};  // of end and was
  friend bool operator==(const IdentityRow&, const IdentityRow&) = default;
};

// 1 to 64 printable characters of ASCII; nullopt: it is one, else what is wrong with it.
[[nodiscard]] std::optional<std::string> fault_of_identity(std::string_view id);

[[nodiscard]] std::string to_detail(const IdentityRow&);
[[nodiscard]] std::optional<IdentityRow> read_identity(const Row&);

}  // namespace cgn::journal
