// SPDX-License-Identifier: Apache-2.0
// The tables of a sealed log file.
#include "journal/sealed_schema.hpp"

#include "journal/schema.hpp"

namespace cgn::journal {

std::string sealed_tables_sql() {
  return "CREATE TABLE header(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
         "CREATE TABLE addresses(id INTEGER PRIMARY KEY, external INTEGER NOT NULL);"
         "CREATE TABLE cuts(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);"
         "CREATE TABLE subscribers(id INTEGER PRIMARY KEY, address INTEGER NOT NULL, length INTEGER NOT NULL,"
         " realm TEXT);"
         "CREATE TABLE sorts(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, pool TEXT, clock_ms INTEGER NOT NULL);"
         "CREATE TABLE blocks(address INTEGER, block INTEGER, ms INTEGER, seq INTEGER, subscriber INTEGER,"
         " sort INTEGER, age INTEGER, PRIMARY KEY(address, block, ms, seq)) WITHOUT ROWID;"
         "CREATE TABLE held(subscriber INTEGER, address INTEGER, block INTEGER,"
         " PRIMARY KEY(subscriber, address, block)) WITHOUT ROWID;"
         "CREATE TABLE others(seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, wall_ms INTEGER NOT NULL,"
         " boot_ms INTEGER NOT NULL, external INTEGER, first INTEGER, last INTEGER, subscriber INTEGER,"
         " subscriber_length INTEGER, realm TEXT, pool TEXT, allocated_ms INTEGER, detail TEXT);"
         "CREATE TABLE links(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);"
         "CREATE TABLE widths(count INTEGER PRIMARY KEY);"
         "CREATE TABLE reach(wall_ms INTEGER PRIMARY KEY);";
}

std::string sealed_views_sql() {
  return "CREATE UNIQUE INDEX by_address ON addresses(external);"
         "CREATE INDEX others_by_external ON others(external, first) WHERE external IS NOT NULL;"
         "CREATE INDEX others_by_subscriber ON others(subscriber) WHERE subscriber IS NOT NULL;"
         "CREATE INDEX turns ON others(seq) WHERE " +
         std::string{kTurnRows} +
         ";"
         "CREATE VIEW events AS SELECT"
         " (SELECT value FROM header WHERE key = 'first_seq') + e.seq AS seq, k.kind AS kind,"
         " (SELECT value FROM header WHERE key = 'base_ms') + e.ms AS wall_ms,"
         " (SELECT value FROM header WHERE key = 'base_ms') + e.ms - k.clock_ms AS boot_ms,"
         " a.external AS external, c.first AS first, c.last AS last, s.address AS subscriber,"
         " s.length AS subscriber_length, s.realm AS realm, k.pool AS pool,"
         " (SELECT value FROM header WHERE key = 'base_ms') + e.ms - e.age AS allocated_ms, NULL AS detail"
         " FROM blocks e JOIN addresses a ON a.id = e.address JOIN cuts c ON c.id = e.block"
         " JOIN subscribers s ON s.id = e.subscriber JOIN sorts k ON k.id = e.sort"
         " UNION ALL SELECT " +
         std::string{kRowColumns} + " FROM others;" + words_sql();
}

}  // namespace cgn::journal
