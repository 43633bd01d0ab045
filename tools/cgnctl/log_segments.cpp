// SPDX-License-Identifier: Apache-2.0
// cgnctl log segments, cgnctl log stats, cgnctl log key: which files the record has, what is in them, and with what they
// are signed.
#include <fmt/format.h>

#include <ostream>

#include "cgnctl/log_directory.hpp"
#include "cgnctl/log_verbs.hpp"
#include "cgnctl/render.hpp"
#include "cgnctl/show.hpp"
#include "journal/segments.hpp"
#include "journal/signing.hpp"

namespace cgn::cgnctl {
namespace {

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

std::string each(std::uint64_t whole, std::uint64_t parts) {
  return parts == 0 ? "-" : fmt::format("{:.1f}", static_cast<double>(whole) / static_cast<double>(parts));
}

}  // namespace

Exit log_segments(const Session& session, const LogArguments& arguments) {
  const auto found = journal::segments(log_directory(session, arguments.log_dir), session.clock());
  if (!found) return session.fail(Exit::failed, found.error());
  control::Json list = control::Json::array();
  Table table{{{"FILE"}, {"STATE"}, {"FROM"}, {"TO"}, {"FIRST", true}, {"LAST", true}, {"BYTES", true}, {"HOLDS"}}, {}};
  for (const auto& s : *found) {
    const auto from = s.why_not.empty() ? control::to_text(s.from) : "";
    const auto to = s.why_not.empty() ? control::to_text(s.to) : "";
    list.push_back({{"file", s.name},
                    {"state", s.state},
                    {"node_id", s.node_id},
                    {"from", from},
                    {"to", to},
                    {"first_seq", s.first_seq},
                    {"last_seq", s.last_seq},
                    {"bytes", s.bytes},
                    {"follows", s.follows},
                    {"cases", s.cases},
                    {"unreadable", s.why_not}});
    const auto state = s.why_not.empty() ? s.state + (s.follows ? "" : ", gap before") : "unreadable: " + s.why_not;
    table.rows.push_back({s.name, state, from, to, std::to_string(s.first_seq), std::to_string(s.last_seq),
                          std::to_string(s.bytes), joined(s.cases)});
  }
  if (!session.options.wants_json()) return print(session, {{}, table});
  session.print({{"schema", "cgn/log-segments/1"}, {"segments", list}});
  return Exit::ok;
}

Exit log_stats(const Session& session, const LogArguments& arguments) {
  const auto found = journal::stats(log_directory(session, arguments.log_dir), arguments.day);
  if (!found) return session.fail(Exit::failed, found.error());
  control::Json list = control::Json::array();
  Table table{{{"FILE"},
               {"ROWS", true},
               {"ALLOCATED", true},
               {"RELEASED", true},
               {"OPENING", true},
               {"NOTES", true},
               {"SUBSCRIBERS", true},
               {"BYTES", true},
               {"ROWS/SUBSCRIBER", true},
               {"BYTES/SUBSCRIBER", true},
               {"BYTES/ROW", true}},
              {}};
  for (const auto& s : *found) {
    list.push_back({{"file", s.name},
                    {"rows", s.rows},
                    {"allocated", s.allocations},
                    {"released", s.releases},
                    {"opening", s.opening},
                    {"notes", s.notes},
                    {"subscribers", s.subscribers},
                    {"bytes", s.bytes}});
    table.rows.push_back({s.name, std::to_string(s.rows), std::to_string(s.allocations), std::to_string(s.releases),
                          std::to_string(s.opening), std::to_string(s.notes), std::to_string(s.subscribers),
                          std::to_string(s.bytes), each(s.rows, s.subscribers), each(s.bytes, s.subscribers),
                          each(s.bytes, s.rows)});
  }
  if (!session.options.wants_json()) return print(session, {{}, table});
  session.print({{"schema", "cgn/log-stats/1"}, {"files", list}});
  return Exit::ok;
}

Exit log_key(const Session& session, const LogArguments& arguments) {
  const auto key = journal::SigningKey::open_or_make(arguments.file);
  if (!key) return session.fail(Exit::failed, key.error());
  session.out << fmt::format("{} {}\n", key->fingerprint(), journal::public_half(arguments.file).string());
  return Exit::ok;
}

}  // namespace cgn::cgnctl
