// SPDX-License-Identifier: Apache-2.0
// What a log file says of itself.
#include "journal/header.hpp"

#include <cstring>

#include "journal/schema.hpp"

namespace cgn::journal {
namespace {

constexpr std::string_view kInsert = "INSERT INTO header(key, value) VALUES (?1, ?2)";

template <class Value>
Result<> put(Statement& insert, std::string_view key, const Value& value) {
  insert.bind(1, key);
  insert.bind(2, value);
  return insert.run();
}

void take_link(Link& into, std::span<const std::byte> blob) {
  if (blob.size() == into.size()) std::memcpy(into.data(), blob.data(), blob.size());
}

// Takes one key of the header; keys of later versions are passed over.
void take(Header& header, std::string_view key, const Statement& row) {
  const auto number = row.integer(1);
  if (key == "schema") header.schema = static_cast<int>(number);
  if (key == "node_id") header.node_id = static_cast<std::uint32_t>(number);
  if (key == "node_name") header.node_name = row.text(1);
  if (key == "opened_ms") header.opened = from_ms(number);
  if (key == "closed_ms") header.closed = from_ms(number);
  if (key == "first_seq") header.first_seq = static_cast<std::uint64_t>(number);
  if (key == "last_seq") header.last_seq = static_cast<std::uint64_t>(number);
  if (key == "previous") header.previous = row.text(1);
  if (key == "identity") header.identity = row.text(1);
  if (key == "heartbeat_ms") header.heartbeat = std::chrono::milliseconds{number};
  if (key == "retention_s") header.retention = std::chrono::seconds{number};
  if (key == "base_ms") header.base = from_ms(number);
  if (key == "previous_hash") take_link(header.previous_link, row.blob(1));
  if (key == "last_hash") take_link(header.last_link, row.blob(1));
}

Result<> put_end(Statement& insert, WallTime closed, std::uint64_t last_seq) {
  TRY_VOID(put(insert, "closed_ms", to_ms(closed)));
  return put(insert, "last_seq", static_cast<std::int64_t>(last_seq));
}

Result<> put_sealed(Statement& insert, const Header& header) {
  TRY_VOID(put_end(insert, header.closed.value_or(header.opened), header.last_seq.value_or(header.first_seq - 1)));
  TRY_VOID(put(insert, "base_ms", to_ms(header.base)));
  return put(insert, "last_hash", std::span<const std::byte>{header.last_link});
}

}  // namespace

Result<> write_header(const Database& db, const Header& header) {
  using std::chrono::duration_cast;
  TRY(insert, db.prepare(kInsert));
  const bool sealed = header.schema == kSealedSchema;
  TRY_VOID(put(insert, "schema", std::int64_t{sealed ? kSealedSchema : kSchemaVersion}));
  TRY_VOID(put(insert, "node_id", std::int64_t{header.node_id}));
  TRY_VOID(put(insert, "node_name", std::string_view{header.node_name}));
  TRY_VOID(put(insert, "opened_ms", to_ms(header.opened)));
  TRY_VOID(put(insert, "first_seq", static_cast<std::int64_t>(header.first_seq)));
  TRY_VOID(put(insert, "previous", std::string_view{header.previous}));
  TRY_VOID(put(insert, "previous_hash", std::span<const std::byte>{header.previous_link}));
  TRY_VOID(put(insert, "identity", std::string_view{header.identity}));
  TRY_VOID(put(insert, "heartbeat_ms", duration_cast<std::chrono::milliseconds>(header.heartbeat).count()));
  TRY_VOID(put(insert, "retention_s", duration_cast<std::chrono::seconds>(header.retention).count()));
  if (sealed) return put_sealed(insert, header);
  return {};
}

Result<> write_closed(const Database& db, WallTime closed, std::uint64_t last_seq) {
  TRY_VOID(db.execute("BEGIN IMMEDIATE"));
  const auto put_both = [&]() -> Result<> {
    TRY(insert, db.prepare(kInsert));
    TRY_VOID(put_end(insert, closed, last_seq));
    return db.execute("COMMIT");
  };
  auto done = put_both();
  if (!done && !db.idle()) (void)db.execute("ROLLBACK");
  return done;
}

Result<Header> read_header(const Database& db) {
  TRY(all, db.prepare("SELECT key, value FROM header"));
  Header header;
  for (;;) {
    TRY(row, all.step());
    if (!row) break;
    take(header, all.text(0), all);
  }
  if (header.schema != kSchemaVersion && header.schema != kSealedSchema) {
    return fail(db.path().string() + " has log schema " + std::to_string(header.schema) + ", this program knows " +
                    std::to_string(kSchemaVersion) + " and " + std::to_string(kSealedSchema),
                "use the cgnctl of the version that wrote it");
  }
  return header;
}

}  // namespace cgn::journal
