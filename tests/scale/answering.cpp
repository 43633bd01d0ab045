// SPDX-License-Identifier: Apache-2.0
// Questions put to the record, and its answers in the oracle's words; both as text, for a process that answers one.
#include "scale/answering.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "journal/schema.hpp"

namespace cgn::scale {

Result<journal::Reader> open_record(const std::filesystem::path& directory) {
  constexpr std::int64_t kNow = kBeginMs + 100'000 * kDayMs;
  return journal::Reader::open(directory, journal::from_ms(kNow));
}

Expected ask(journal::Reader& record, const Query& query) {
  journal::Question question{.external = address_of(query.block),
                             .at = journal::from_ms(query.at),
                             .tolerance = std::chrono::milliseconds{query.tolerance}};
  const Port port{static_cast<std::uint16_t>(query.port)};
  if (!query.whole_address) question.ports = PortRange{port, port};
  const auto answer = record.holders(question);
  Expected words{std::string{journal::to_string(answer.certainty)}, {}};
  for (const auto& holder : answer.holders) words.subscribers.insert(to_string(holder.subscriber));
  return words;
}

std::string to_text(const Query& q) {
  return fmt::format("{} {} {} {} {}", q.block, q.whole_address ? 1 : 0, q.port, q.at, q.tolerance);
}

Query query_of(const std::string& text) {
  Query query;
  std::istringstream{text} >> query.block >> query.whole_address >> query.port >> query.at >> query.tolerance;
  return query;
}

std::string to_text(const Timed& timed) {
  return fmt::format("{:.4f}\n{}\n{}\n", timed.milliseconds, timed.answer.verdict,
                     fmt::join(timed.answer.subscribers, "\n"));
}

std::optional<Timed> timed_of(const std::string& text) {
  std::istringstream lines{text};
  Timed timed;
  if (!(lines >> timed.milliseconds >> std::ws) || !std::getline(lines, timed.answer.verdict)) return std::nullopt;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) timed.answer.subscribers.insert(line);
  }
  return timed;
}

}  // namespace cgn::scale
