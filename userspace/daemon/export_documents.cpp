// SPDX-License-Identifier: Apache-2.0
// How exports get on.
#include "daemon/export_documents.hpp"

#include <fmt/format.h>

namespace cgn::daemon {
namespace {

// Less is what a break, or a batch, takes.
constexpr Duration kLateAfter = std::chrono::seconds{60};

std::string text_of(const std::optional<WallTime>& t) { return t ? control::to_text(*t) : std::string{}; }

control::Export entry_of(const ExportFacts& f) {
  const auto& [c, s] = f;
  return {.name = c.name,
          .type = std::string{cgn::word_of(c.type)},
          .to = url_of(c),
          .format = c.type == ExportType::syslog ? std::string{cgn::word_of(c.format)} : "",
          .sessions = c.sessions,
          .state = std::string{journal::word_of(s.state)},
          .sent = s.sent,
          .repeated = s.repeated,
          .lost = s.lost,
          .missing = s.missing,
          .queued = s.queued,
          .next_seq = s.next_seq,
          .confirmed_seq = s.confirmed_seq,
          .behind = s.behind,
          .lag_ms = static_cast<std::uint64_t>(
              std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(s.lag).count())),
          .connections = s.connections,
          .last_template = text_of(s.last_template),
          .last_error = s.last_error,
          .last_error_at = text_of(s.last_error_at)};
}

std::string lag_of(const journal::ExporterStatus& s) {
  return fmt::format("{} rows ({} s) behind", s.behind,
                     std::chrono::duration_cast<std::chrono::seconds>(s.lag).count());
}

}  // namespace

control::Exports exports_document(const std::vector<ExportFacts>& facts) {
  control::Exports document;
  for (const auto& f : facts) document.exports.push_back(entry_of(f));
  return document;
}

std::vector<std::string> warnings_of(const std::vector<ExportFacts>& facts) {
  std::vector<std::string> warnings;
  for (const auto& [collector, s] : facts) {
    const auto name = "export " + collector.name;
    if (!s.last_error.empty()) {
      warnings.push_back(fmt::format("{}: {}; {}", name, s.last_error, lag_of(s)));
    } else if (s.lag > kLateAfter) {
      warnings.push_back(fmt::format("{}: the collector is slow: {}", name, lag_of(s)));
    }
    if (s.lost > 0) {
      warnings.push_back(
          fmt::format("{}: {} records could not be sent: cgnctl log replay sends rows again", name, s.lost));
    }
    if (s.missing > 0) {
      warnings.push_back(fmt::format("{}: {} rows had left the record before they were sent", name, s.missing));
    }
  }
  return warnings;
}

}  // namespace cgn::daemon
