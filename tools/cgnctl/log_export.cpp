// SPDX-License-Identifier: Apache-2.0
// cgnctl log export: the rows of the record, for programs that are not ours.
//
// What        CSV and JSON Lines: the rows of an interval, to standard output. ClickHouse: whole files (a row means what it means
//             together with its file), to standard output as INSERT statements, or into a server with --into; there what the
//             server has already is not sent again, unless --again.
//             An export is recorded as a look-up is (decision 0025), before its first row.
// Failure     The row of a file, which says what it covers, follows its rows: an export that was cut short covers less, and
//             is finished by the next one.
#include <fmt/format.h>

#include <map>
#include <optional>
#include <ostream>
#include <sstream>

#include "cgnctl/clickhouse_server.hpp"
#include "cgnctl/clickhouse_text.hpp"
#include "cgnctl/copies.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "cgnctl/recording.hpp"
#include "cgnctl/rows_out.hpp"
#include "journal/transcript.hpp"

namespace cgn::cgnctl {
namespace {

using journal::Row;
using journal::Transcript;
using journal::TranscriptFile;

constexpr std::size_t kRowsAtOnce = 50'000;

// [from, to), and the files of a day.
struct Choice {
  WallTime from = WallTime::min();
  WallTime to = WallTime::max();
  std::string day{};

  [[nodiscard]] bool has(const TranscriptFile& file) const {
    return file.to >= from && file.reach < to && file.name.starts_with(day);
  }
  [[nodiscard]] bool has(const Row& row) const { return from <= row.wall && row.wall < to; }
};

Result<Choice> read_choice(const Session& session, const ExportArguments& arguments) {
  Choice choice{.day = arguments.day};
  for (const auto& [text, time] : {std::pair{&arguments.from, &choice.from}, std::pair{&arguments.to, &choice.to}}) {
    if (text->empty()) continue;
    TRY(parsed, parse_time(*text, session.clock()));
    *time = parsed;
  }
  if (choice.from < choice.to) return choice;
  return fail("the interval is empty", "--from is before --to");
}

Result<> record(const Session& session, const ExportArguments& a) {
  TRY(reader, open_record(session, a.log_dir));
  TRY(recording, Recording::begin(session, {a.log_dir, a.audit_file}, reader));
  if (recording.require_case() && a.case_reference.empty()) return Unexpected{journal::case_is_missing()};
  const auto or_all = [](const std::string& text) { return text.empty() ? std::string{"-"} : text; };
  TRY(receipt, recording.note({.verb = "export",
                               .case_reference = a.case_reference,
                               .query = fmt::format("{} of day {} from {} to {} into {}", a.format, or_all(a.day),
                                                    or_all(a.from), or_all(a.to), or_all(a.into))}));
  (void)receipt;
  return {};
}

// --- as text
// ----------------------------------------------------------------------------------------------------------
Result<std::uint64_t> export_text(const Session& session, Transcript& record, const Choice& choice, bool json) {
  std::uint64_t rows = 0;
  if (!json && session.options.headers) session.out << to_csv(row_header());
  for (std::size_t i = 0; i < record.files().size(); ++i) {
    if (!choice.has(record.files()[i])) continue;
    const auto node = record.files()[i].node_id;
    TRY_VOID(record.visit(i, 0, [&](const Row& row) {
      if (!choice.has(row)) return true;
      session.out << (json ? to_json_line(node, row) : to_csv(to_record(node, row)));
      ++rows;
      return session.out.good();
    }));
  }
  return rows;
}

// --- into ClickHouse
// --------------------------------------------------------------------------------------------------
class ClickHouseExport {
 public:
  ClickHouseExport(const Session& session, const ExportArguments& arguments, std::optional<ClickHouseServer>& server)
      : session_{session}, server_{server}, text_{arguments.database}, again_{arguments.again} {}

  Result<> send(Transcript& record, std::size_t index) {
    const auto& file = record.files()[index];
    TRY(begin, first_to_send(file));
    if (!begin) return {};
    TRY(parameters, record.parameters(index));
    std::vector<Row> rows;
    Result<> fate;
    TRY_VOID(record.visit(index, *begin, [&](const Row& row) {
      rows.push_back(row);
      if (rows.size() == kRowsAtOnce) fate = flush(file, rows);
      return fate.has_value();
    }));
    if (fate) fate = flush(file, rows);
    if (!fate) return fate;
    ++files_;
    return give(text_.file(file, parameters, session_.clock()));
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  struct Stored {
    std::uint64_t last_seq = 0;
    std::int64_t opened_ms = 0;
    bool finished = false;
  };

  Result<> flush(const TranscriptFile& file, std::vector<Row>& rows) {
    for (const auto& statement : text_.rows(file, rows)) TRY_VOID(give(statement));
    rows_ += rows.size();
    rows.clear();
    return {};
  }

  Result<> give(const std::string& statement) {
    if (!server_) {
      session_.out << statement << ";\n";
      return session_.out.good() ? Result<>{} : fail("standard output was closed");
    }
    TRY(answer, server_->carry_out(statement));
    (void)answer;
    return {};
  }

  // nullopt: the store has all of it.
  Result<std::optional<std::uint64_t>> first_to_send(const TranscriptFile& file) {
    if (!server_) return file.first_seq;
    if (!stored_.contains(file.node_id)) TRY_VOID(ask_for(file.node_id));
    const auto& files = stored_[file.node_id];
    const auto found = files.find(file.first_seq);
    if (found == files.end()) return file.first_seq;
    const auto& stored = found->second;
    if (stored.opened_ms != file.opened.time_since_epoch().count()) {
      return fail(fmt::format("the store holds another log of node {}: its file with row {} was opened at another time",
                              file.node_id, file.first_seq),
                  "a node whose log begins anew has a new [node] id; or name another --database");
    }
    if (again_ || stored.last_seq > file.last_seq) return file.first_seq;
    if (stored.last_seq == file.last_seq && stored.finished && file.finished) return std::nullopt;
    return stored.last_seq + 1;
  }

  Result<> ask_for(std::uint32_t node) {
    TRY(answer, server_->carry_out(text_.question(node)));
    std::istringstream lines{answer};
    auto& files = stored_[node];
    std::uint64_t file = 0;
    for (Stored stored; lines >> file >> stored.last_seq >> stored.opened_ms >> stored.finished;) files[file] = stored;
    return {};
  }

  const Session& session_;
  std::optional<ClickHouseServer>& server_;
  ClickHouseText text_;
  bool again_;
  std::map<std::uint32_t, std::map<std::uint64_t, Stored>> stored_;
  std::uint64_t rows_ = 0, files_ = 0;
};

Result<> export_clickhouse(const Session& session, const ExportArguments& arguments, Transcript& record,
                           const Choice& choice) {
  std::optional<ClickHouseServer> server;
  if (!arguments.into.empty()) {
    TRY(found, ClickHouseServer::at(arguments.into, session.pause));
    server = std::move(found);
  }
  ClickHouseExport exporting{session, arguments, server};
  for (std::size_t i = 0; i < record.files().size(); ++i) {
    if (choice.has(record.files()[i])) TRY_VOID(exporting.send(record, i));
  }
  session.err << fmt::format("{} rows of {} files{}\n", exporting.rows(), exporting.files(),
                             server ? ": sent, and taken" : "");
  return {};
}

}  // namespace

Exit log_export(const Session& session, const ExportArguments& arguments) {
  const bool clickhouse = arguments.format == "clickhouse";
  if (!arguments.into.empty() && !clickhouse) {
    return session.fail(Exit::usage, {"--into is a ClickHouse server's", "--format clickhouse"});
  }
  const auto choice = read_choice(session, arguments);
  if (!choice) return session.fail(Exit::usage, choice.error());
  if (const auto noted = record(session, arguments); !noted) return session.fail(Exit::failed, noted.error());
  auto transcript = Transcript::open(log_directory(session, arguments.log_dir), session.clock());
  if (!transcript) return session.fail(Exit::failed, transcript.error());
  // What a file leaves out is told, not passed over.
  if (!transcript->unreadable().empty()) session.err << "warning: " << transcript->unreadable() << "\n";
  if (clickhouse) {
    const auto done = export_clickhouse(session, arguments, *transcript, *choice);
    return done ? Exit::ok : session.fail(Exit::failed, done.error());
  }
  const auto rows = export_text(session, *transcript, *choice, arguments.format == "jsonl");
  if (!rows) return session.fail(Exit::failed, rows.error());
  return *rows == 0 ? Exit::nothing : Exit::ok;
}

}  // namespace cgn::cgnctl
