// SPDX-License-Identifier: Apache-2.0
// Rows of the record as text, for programs that are not ours.
#include "cgnctl/rows_out.hpp"

#include "cgn/control.hpp"

namespace cgn::cgnctl {

using journal::Row;
using journal::RowKind;

std::string word_of(RowKind kind) {
  switch (kind) {
    case RowKind::continued: return "continued";
    case RowKind::heartbeat: return "heartbeat";
    case RowKind::start: return "start";
    case RowKind::stop: return "stop";
    case RowKind::opened: return "opened";
    case RowKind::complete: return "complete";
    case RowKind::clock_step: return "clock step";
    case RowKind::allocated: return "allocated";
    case RowKind::released: return "released";
    case RowKind::configuration: return "configuration";
    case RowKind::deterministic: return "deterministic";
    case RowKind::identity: return "identity";
    case RowKind::adoption: return "adoption";
    case RowKind::clock: return "clock";
    case RowKind::deletion: return "deletion";
    case RowKind::hold: return "hold";
    case RowKind::gap: return "gap";
  }
  return std::to_string(static_cast<std::int64_t>(kind));  // of a later version
}

CsvRecord row_header() {
  return {"node", "seq",        "kind",  "time", "boot_ms", "external", "first",
          "last", "subscriber", "realm", "pool", "since",   "detail"};
}

CsvRecord to_record(std::uint32_t node, const Row& row) {
  const bool block = about_block(row.kind);
  return {std::to_string(node),
          std::to_string(row.seq),
          word_of(row.kind),
          control::to_text(row.wall),
          std::to_string(row.boot.count()),
          block ? to_string(row.external) : "",
          block ? std::to_string(row.ports.first.value()) : "",
          block ? std::to_string(row.ports.last.value()) : "",
          about_subscriber(row.kind) ? to_string(row.subscriber) : "",
          row.realm,
          row.pool,
          row.allocated == WallTime{} ? "" : control::to_text(row.allocated),
          row.detail};
}

std::string to_json_line(std::uint32_t node, const Row& row) {
  control::Json line{{"node", node},
                     {"seq", row.seq},
                     {"kind", word_of(row.kind)},
                     {"time", control::to_text(row.wall)},
                     {"boot_ms", row.boot.count()}};
  if (about_block(row.kind)) {
    line["external"] = to_string(row.external);
    line["first"] = row.ports.first.value();
    line["last"] = row.ports.last.value();
    line["pool"] = row.pool;
  }
  if (about_subscriber(row.kind)) {
    line["subscriber"] = to_string(row.subscriber);
    line["realm"] = row.realm;
  }
  if (row.allocated != WallTime{}) line["since"] = control::to_text(row.allocated);
  if (!row.detail.empty()) line["detail"] = row.detail;
  return control::to_text(line) + "\n";
}

}  // namespace cgn::cgnctl
