// SPDX-License-Identifier: Apache-2.0
// The tables of a live log file, and how a Row stands in them.
#include "journal/schema.hpp"

#include <cstring>

namespace cgn::journal {

std::string schema_sql() {
  return "CREATE TABLE header(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
         "CREATE TABLE events(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, wall_ms INTEGER NOT NULL,"
         " boot_ms INTEGER NOT NULL, external INTEGER, first INTEGER, last INTEGER, subscriber INTEGER,"
         " subscriber_length INTEGER, realm TEXT, pool TEXT, allocated_ms INTEGER, detail TEXT);"
         "CREATE INDEX by_external ON events(external, first, wall_ms) WHERE external IS NOT NULL;"
         "CREATE INDEX by_subscriber ON events(subscriber, wall_ms) WHERE subscriber IS NOT NULL;"
         "CREATE INDEX by_identity ON events(json_extract(detail, '$.id')) WHERE kind = 22;"
         "CREATE INDEX turns ON events(seq) WHERE " +
         std::string{kTurnRows} +
         ";"
         "CREATE TABLE commits(last_seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);"
         "CREATE TABLE widths(count INTEGER PRIMARY KEY);"
         "CREATE TABLE reach(wall_ms INTEGER PRIMARY KEY);" +
         words_sql();
}

std::string words_sql() {
  const auto time = [](const std::string& ms) {
    return "strftime('%Y-%m-%dT%H:%M:%S', " + ms + " / 1000, 'unixepoch') || printf('.%03dZ', " + ms + " % 1000)";
  };
  const auto address = [](const std::string& a) {
    return "printf('%d.%d.%d.%d', " + a + " >> 24, " + a + " >> 16 & 255, " + a + " >> 8 & 255, " + a + " & 255)";
  };
  return "CREATE VIEW events_in_words AS SELECT seq, " + time("wall_ms") +
         " AS time, CASE kind WHEN 1 THEN 'continued' WHEN 2 THEN 'heartbeat' WHEN 3 THEN 'start' WHEN 4 THEN 'stop'"
         " WHEN 5 THEN 'opened' WHEN 6 THEN 'complete' WHEN 7 THEN 'clock step' WHEN 16 THEN 'allocated'"
         " WHEN 17 THEN 'released' WHEN 20 THEN 'configuration' WHEN 21 THEN 'deterministic' WHEN 22 THEN 'identity'"
         " WHEN 23 THEN 'adoption' WHEN 24 THEN 'clock' WHEN 25 THEN 'deletion' WHEN 26 THEN 'hold' WHEN 27 THEN 'gap'"
         " ELSE kind END AS what, " +
         address("external") + " AS external, first || '-' || last AS ports, " + address("subscriber") +
         " || '/' || subscriber_length AS subscriber, realm, pool, CASE WHEN allocated_ms <> 0 THEN " +
         time("allocated_ms") + " END AS since, detail FROM events;";
}

std::string insert_row_sql(std::string_view table) {
  return "INSERT INTO " + std::string{table} + "(" + std::string{kRowColumns} +
         ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
}

void bind_text(Statement& s, int column, const std::string& text) {
  if (text.empty()) {
    s.bind_null(column);
  } else {
    s.bind(column, std::string_view{text});
  }
}

void bind_row(Statement& s, const Row& row) {
  s.bind(1, static_cast<std::int64_t>(row.seq));
  s.bind(2, static_cast<std::int64_t>(row.kind));
  s.bind(3, to_ms(row.wall));
  s.bind(4, row.boot.count());
  if (about_block(row.kind)) {
    s.bind(5, std::int64_t{row.external.host()});
    s.bind(6, std::int64_t{row.ports.first.value()});
    s.bind(7, std::int64_t{row.ports.last.value()});
  } else {
    for (int column = 5; column <= 7; ++column) s.bind_null(column);
  }
  if (about_subscriber(row.kind)) {
    s.bind(8, std::int64_t{row.subscriber.address().host()});
    s.bind(9, std::int64_t{row.subscriber.length()});
  } else {
    for (int column = 8; column <= 9; ++column) s.bind_null(column);
  }
  bind_text(s, 10, row.realm);
  bind_text(s, 11, row.pool);
  s.bind(12, to_ms(row.allocated));
  bind_text(s, 13, row.detail);
}

Row read_row(const Statement& s) {
  const auto address = [&](int column) { return Ipv4::from_host(static_cast<std::uint32_t>(s.integer(column))); };
  const auto port = [&](int column) { return Port{static_cast<std::uint16_t>(s.integer(column))}; };
  Row row{.seq = static_cast<std::uint64_t>(s.integer(0)),
          .kind = static_cast<RowKind>(s.integer(1)),
          .wall = from_ms(s.integer(2)),
          .boot = BootTime{s.integer(3)}};
  if (about_block(row.kind)) {
    row.external = address(4);
    row.ports = {port(5), port(6)};
  }
  if (about_subscriber(row.kind)) row.subscriber = Prefix::of(address(7), static_cast<unsigned>(s.integer(8)));
  row.realm = s.text(9);
  row.pool = s.text(10);
  row.allocated = from_ms(s.integer(11));
  row.detail = s.text(12);
  return row;
}

Result<std::vector<Row>> read_rows(Statement& statement) {
  std::vector<Row> rows;
  for (;;) {
    TRY(more, statement.step());
    if (!more) return rows;
    rows.push_back(read_row(statement));
  }
}

Result<std::vector<KeptLink>> read_links(const Database& db, std::string_view sql) {
  TRY(all, db.prepare(sql));
  std::vector<KeptLink> links;
  for (;;) {
    TRY(more, all.step());
    if (!more) return links;
    KeptLink kept{.seq = static_cast<std::uint64_t>(all.integer(0))};
    const auto hash = all.blob(1);
    if (hash.size() != kept.link.size()) return fail(db.path().string() + ": a hash link has a wrong length");
    std::memcpy(kept.link.data(), hash.data(), hash.size());
    links.push_back(kept);
  }
}

Result<> visit_rows(const Database& db, std::uint64_t first, const std::function<bool(const Row&)>& visitor) {
  TRY(rows, db.prepare("SELECT " + std::string{kRowColumns} + " FROM events WHERE seq >= ?1 ORDER BY seq"));
  rows.bind(1, static_cast<std::int64_t>(first));
  for (;;) {
    TRY(more, rows.step());
    if (!more || !visitor(read_row(rows))) return {};
  }
}

}  // namespace cgn::journal
