// SPDX-License-Identifier: Apache-2.0
// cgnctl log export: rows as CSV, as JSON Lines, as statements for ClickHouse. (Into a real server: tests/clickhouse.)
#include <sstream>

#include "unit/cgnctl_ran.hpp"
#include "unit/journal_desk.hpp"

#include "journal/audit.hpp"

using namespace cgn;
using namespace cgn::journal::test;
using cgnctl::Exit;
using control::Json;

namespace {

// A loan of an hour, and one that goes on.
class Record {
 public:
  Record() {
    desk.open();
    const auto loan = desk.allocate(1, 0);
    desk.clock.advance(1h);
    desk.release(loan);
    desk.allocate(2, 1);
    desk.close();
  }

  Exit run(std::vector<std::string> words) {
    words.insert(words.begin(), {"log", "export", "--log-dir", desk.options.directory.string(), "--format"});
    const auto ran = cgnctl::test::ran(words, {.clock = [this] { return desk.clock.now().wall; },
                                               .pause = [this](std::chrono::milliseconds) { return ++pauses < 3; }});
    out = ran.out;
    err = ran.err;
    return ran.exit;
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream in{out};
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  Desk desk{};
  std::string out{};
  std::string err{};
  int pauses = 0;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("log export writes every row of the record as CSV", "[log]") {
  Record record;
  REQUIRE(record.run({"csv"}) == Exit::ok);
  const auto lines = record.lines();
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.front() == "node,seq,kind,time,boot_ms,external,first,last,subscriber,realm,pool,since,detail");
  CHECK(std::ranges::count_if(lines, [](const auto& l) { return has(l, ",allocated,"); }) == 2);
  const auto released = std::ranges::find_if(lines, [](const auto& l) { return has(l, ",released,"); });
  REQUIRE(released != lines.end());
  CHECK(released->starts_with("7,"));
  CHECK(has(*released, ",released,2026-11-20T08:00:00.000Z,"));
  CHECK(has(*released, ",198.51.100.10,1024,1535,100.64.0.1,,residential,2026-11-20T07:00:00.000Z,"));
}

TEST_CASE("log export takes the rows of an interval, and says when there are none", "[log]") {
  Record record;
  REQUIRE(record.run({"jsonl", "--from", "2026-11-20T08:00:00Z", "--to", "2026-11-20T08:00:01Z"}) == Exit::ok);
  unsigned released = 0;
  for (const auto& line : record.lines()) {
    const auto row = Json::parse(line);
    CHECK(row.at("node") == 7);
    CHECK(row.at("time") >= "2026-11-20T08:00");
    if (row.at("kind") != "released") continue;
    ++released;
    CHECK(row.at("external") == "198.51.100.10");
    CHECK(row.at("subscriber") == "100.64.0.1");
  }
  CHECK(released == 1);
  CHECK(record.run({"csv", "--from", "2026-11-19T00:00Z", "--to", "2026-11-19T01:00Z"}) == Exit::nothing);
  CHECK(record.run({"csv", "--from", "2026-11-20T09:00Z", "--to", "2026-11-20T08:00Z"}) == Exit::usage);
  CHECK(has(record.err, "the interval is empty"));
}

TEST_CASE("what ClickHouse gets ends with the file's own row", "[log]") {
  Record record;
  REQUIRE(record.run({"clickhouse"}) == Exit::ok);
  const auto lines = record.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("INSERT INTO cgn.blocks ("));
  CHECK(lines[1].starts_with("INSERT INTO cgn.notes ("));
  CHECK(lines[2].starts_with("INSERT INTO cgn.files ("));
  for (const auto& line : lines) CHECK(line.ends_with(");"));
  CHECK(has(lines[0], "(7,1,'2026-11-20',"));
  CHECK(has(lines[2], ",'2026-11-20.cgnlog','bng1',"));
  REQUIRE(record.run({"clickhouse", "--database", "legal", "--day", "2026-11-19"}) == Exit::ok);
  CHECK(record.out.empty());
}

TEST_CASE("an export is recorded before its first row", "[log]") {
  Record record;
  REQUIRE(record.run({"csv", "--case", "AZ-3", "--audit", (record.desk.directory / "audit").string()}) == Exit::ok);
  const auto rows = journal::read_audit(record.desk.directory / "audit", "AZ-3");
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);
  CHECK(rows->front().entry.verb == "export");
  CHECK(rows->front().entry.query == "csv of day - from - to - into -");
}

TEST_CASE("a ClickHouse server that is away is tried again, and then named", "[log]") {
  Record record;
  CHECK(record.run({"clickhouse", "--into", "http://127.0.0.1:1"}) == Exit::failed);
  CHECK(record.pauses == 3);
  CHECK(has(record.err, "error: the ClickHouse server at http://127.0.0.1:1 did not take it: "));
  CHECK(has(record.err, "hint: when it is well, say the same again"));
  for (const auto* url : {"127.0.0.1:8123", "http://user:word@127.0.0.1:8123", "http://127.0.0.1:8123/cgn"}) {
    CHECK(record.run({"clickhouse", "--into", url}) == Exit::failed);
    CHECK(has(record.err, "is no address of a ClickHouse server"));
  }
  CHECK(record.run({"csv", "--into", "http://127.0.0.1:8123"}) == Exit::usage);
}
