// SPDX-License-Identifier: Apache-2.0
// Rows of the record as ClickHouse takes them.
#include "cgnctl/clickhouse_text.hpp"

#include <fmt/format.h>

#include <iterator>
#include <limits>

#include "journal/parameters.hpp"

namespace cgn::cgnctl {
namespace {

using journal::Row;
using journal::TranscriptFile;

std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }

// A string as its SQL has it.
std::string sql_text(std::string_view text) {
  std::string all = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') all += '\\';
    all += c;
  }
  return all + "'";
}

// What every row begins with: node, file, day.
std::string place_of(const TranscriptFile& file) {
  return fmt::format("{},{},'{}'", file.node_id, file.first_seq, file.day);
}

void add_block(std::string& into, const std::string& place, const Row& row) {
  fmt::format_to(std::back_inserter(into), "({},{},{},{},{},{},{},{},{},{},{},{},{}),", place, row.seq,
                 static_cast<int>(row.kind), to_ms(row.wall), row.boot.count(), row.external.host(),
                 row.ports.first.value(), row.ports.last.value(), row.subscriber.address().host(),
                 row.subscriber.length(), sql_text(row.realm), sql_text(row.pool), to_ms(row.allocated));
}

void add_note(std::string& into, const std::string& place, const Row& row) {
  fmt::format_to(std::back_inserter(into), "({},{},{},{},{},{},{},{},{},{}),", place, row.seq,
                 static_cast<int>(row.kind), to_ms(row.wall), row.boot.count(), row.subscriber.address().host(),
                 row.subscriber.length(), sql_text(row.realm), to_ms(row.allocated), sql_text(row.detail));
}

// First and last addresses of ranges.
struct Ranges {
  std::vector<std::uint32_t> first{}, last{};
  void add(Ipv4 from, Ipv4 to) {
    first.push_back(from.host());
    last.push_back(to.host());
  }
  void add(const journal::PoolParameters& pools) {
    for (const auto& pool : pools) {
      for (const auto& prefix : pool.external) add(prefix.first(), prefix.last());
    }
  }
};

// The external addresses whose blocks these records compute. A record that cannot be read may speak of any.
Ranges computed_by(const std::vector<Row>& records) {
  Ranges ranges;
  for (const auto& record : records) {
    const auto parameters = journal::parse_parameters(record.detail);
    if (!parameters) {
      ranges.add(Ipv4{}, Ipv4::from_host(std::numeric_limits<std::uint32_t>::max()));
      continue;
    }
    ranges.add(parameters->pools);
    for (const auto& former : parameters->former) ranges.add(former.pools);
  }
  return ranges;
}

}  // namespace

std::vector<std::string> ClickHouseText::rows(const TranscriptFile& file, const std::vector<Row>& rows) const {
  const auto blocks_head = fmt::format(
      "INSERT INTO {}.blocks (node, file, day, seq, kind, wall_ms, boot_ms, external, first, last, subscriber, "
      "subscriber_length, realm, pool, allocated_ms) VALUES ",
      database_);
  const auto notes_head = fmt::format(
      "INSERT INTO {}.notes (node, file, day, seq, kind, wall_ms, boot_ms, subscriber, subscriber_length, realm, "
      "allocated_ms, detail) VALUES ",
      database_);
  auto blocks = blocks_head;
  auto notes = notes_head;
  const auto place = place_of(file);
  for (const auto& row : rows) {
    if (about_block(row.kind)) {
      add_block(blocks, place, row);
    } else {
      add_note(notes, place, row);
    }
  }
  std::vector<std::string> statements;
  for (auto* text : {&blocks, &notes}) {
    if (text->size() == (text == &blocks ? blocks_head : notes_head).size()) continue;
    text->pop_back();  // the last comma
    statements.push_back(std::move(*text));
  }
  return statements;
}

std::string ClickHouseText::file(const TranscriptFile& file, const std::vector<Row>& parameters,
                                 WallTime exported) const {
  const auto computed = computed_by(parameters);
  return fmt::format(
      "INSERT INTO {}.files (node, file, day, last_seq, name, node_name, opened_ms, from_ms, to_ms, reach_ms, "
      "complete, "
      "finished, end_reason, computed_first, computed_last, exported_ms) VALUES "
      "({},{},{},{},{},{},{},{},{},{},{},[{}],[{}],{})",
      database_, place_of(file), file.last_seq, sql_text(file.name), sql_text(file.node_name), to_ms(file.opened),
      to_ms(file.from), to_ms(file.to), to_ms(file.reach), int{file.complete}, int{file.finished},
      sql_text(file.end_reason), fmt::join(computed.first, ","), fmt::join(computed.last, ","), to_ms(exported));
}

std::string ClickHouseText::question(std::uint32_t node) const {
  return fmt::format(
      "SELECT file, last_seq, opened_ms, finished FROM {}.files FINAL WHERE node = {} ORDER BY file FORMAT "
      "TabSeparated",
      database_, node);
}

}  // namespace cgn::cgnctl
