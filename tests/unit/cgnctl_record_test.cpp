// SPDX-License-Identifier: Apache-2.0
// lookup and whereis on a real record, with no daemon.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "unit/cgnctl_ran.hpp"
#include "unit/journal_desk.hpp"

#include "cgnctl/csv.hpp"
#include "journal/audit.hpp"

using namespace cgn;
using namespace cgn::journal::test;
using cgnctl::Exit;
using control::Json;

namespace {

// A record in which subscriber 1 held block 0 for ten minutes, and subscriber 2 has held block 1 since.
class Archive {
 public:
  Archive() {
    desk.open();
    first = desk.allocate(1, 0);
    desk.clock.advance(10min);
    desk.release(first);
    second = desk.allocate(2, 1);
    desk.clock.advance(10min);
    desk.close();
  }

  Exit run(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.end(), {"--log-dir", desk.options.directory.string()});
    return run_bare(std::move(words), input);
  }
  Exit run_bare(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.end(), {"-s", "/nonexistent/api.sock"});
    const auto ran = cgnctl::test::ran(words, {.clock = [this] { return desk.clock.now().wall; }, .input = input});
    out = ran.out;
    err = ran.err;
    return ran.exit;
  }

  Desk desk{};
  BlockEvent first{};
  BlockEvent second{};
  std::string out{};
  std::string err{};
};

std::string in_text(WallTime time) { return control::to_text(time); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a look-up names the one holder, its block and where that is written", "[lookup]") {
  Archive archive;
  const auto at = in_text(archive.first.at.wall + 5min);
  REQUIRE(archive.run({"lookup", "198.51.100.10:1100", "--at", at, "--proto", "udp", "--case", "AZ-1"}) == Exit::ok);
  CHECK(has(archive.out, "Query       198.51.100.10 udp/1100 at " + at + " (± 1 s)   case AZ-1   by "));
  CHECK(has(archive.out, "Answer      ONE HOLDER\n"));
  CHECK(has(archive.out, "  internal      100.64.0.1\n"));
  CHECK(has(archive.out, "  block         198.51.100.10:1024-1535  pool residential\n"));
  CHECK(has(archive.out, "  evidence      node bng1 (7)  seq "));

  REQUIRE(archive.run({"lookup", "198.51.100.10:1100", "--at", at, "-j"}) == Exit::ok);
  const auto document = Json::parse(archive.out);
  CHECK(document["schema"] == "cgn/lookup/1");
  CHECK(document["answer"] == "ONE HOLDER");
  CHECK(document["holders"][0]["subscriber"] == "100.64.0.1");
  CHECK(document["holders"][0]["from"] == in_text(archive.first.at.wall));
  CHECK(document["holders"][0]["to"] == in_text(archive.first.at.wall + 10min));
}

TEST_CASE("NOBODY is exit code 3, AMBIGUOUS and NOT COVERED are 4", "[lookup][exit]") {
  Archive archive;
  const auto during = in_text(archive.first.at.wall + 5min);
  CHECK(archive.run({"lookup", "198.51.100.10:60000", "--at", during}) == Exit::nothing);
  CHECK(has(archive.out, "NOBODY"));
  CHECK(archive.run({"lookup", "198.51.100.10:1100", "--at", in_text(archive.first.at.wall + 10min)}) == Exit::unsure);
  CHECK(has(archive.out, "AMBIGUOUS"));
  CHECK(archive.run({"lookup", "198.51.100.10:1100", "--at", "2020-01-01T00:00:00Z"}) == Exit::unsure);
  CHECK(has(archive.out, "NOT COVERED"));
  CHECK(archive.run({"lookup", "198.51.100.10:1100", "--at", "2030-01-01T00:00:00Z"}) == Exit::unsure);
}

TEST_CASE("whereis lists what a subscriber held", "[whereis]") {
  Archive archive;
  const auto from = in_text(archive.first.at.wall + 1min);
  const auto to = in_text(archive.first.at.wall + 15min);
  REQUIRE(archive.run({"whereis", "100.64.0.1", "--from", from, "--to", to, "-j"}) == Exit::ok);
  const auto document = Json::parse(archive.out);
  CHECK(document["coverage"] == "complete");
  REQUIRE(document["blocks"].size() == 1);
  CHECK(document["blocks"][0]["ports"] == Json::array({1024, 1535}));
  CHECK(archive.run({"whereis", "100.64.0.99", "--from", from, "--to", to}) == Exit::nothing);
  CHECK(archive.run({"whereis", "100.64.0.1", "--from", "2020-01-01T00:00Z", "--to", to}) == Exit::unsure);
}

TEST_CASE("a batch answers every line in order, finds its columns by name, and survives bad lines", "[batch]") {
  Archive archive;
  const auto during = in_text(archive.first.at.wall + 5min);
  const auto later = in_text(archive.second.at.wall + 5min);
  const std::string questions = "\xEF\xBB\xBFtime,case,IP,Port,proto,colour\r\n" +  //
                                during + ",A-1,198.51.100.10,1100,TCP,red\r\n" +    //
                                later + ",\"A,2\",198.51.100.10,1700,udp,\r\n" +    //
                                "\r\n" +                                            //
                                "yesterday,A-3,198.51.100.10,1100,udp,blue\r\n" +   //
                                during + ",A-4,198.51.100.10,60000,,green\r\n";
  CHECK(archive.run({"lookup", "--batch", "-", "-f", "csv"}, questions) == Exit::unsure);
  std::istringstream lines{archive.out};
  std::vector<cgnctl::CsvRecord> records;
  while (auto record = cgnctl::read_record(lines)) records.push_back(*record);
  REQUIRE(records.size() == 5);
  CHECK(records[0][5] == "answer");
  CHECK(records[1][5] == "ONE HOLDER");
  CHECK(records[1][6] == "100.64.0.1");
  CHECK(records[1][7] == "1024-1535");
  CHECK(records[2][4] == "A,2");
  CHECK(records[2][6] == "100.64.0.2");
  CHECK(records[3][5] == "INVALID");
  CHECK(has(records[3][12], "line 5: 'yesterday' is no time"));
  CHECK(records[4][5] == "NOBODY");
  CHECK(archive.err == "4 questions, 1 INVALID, 1 NOBODY, 2 ONE HOLDER\n");

  CHECK(archive.run({"lookup", "--batch", "-", "-j"}, questions) == Exit::unsure);
  std::istringstream documents{archive.out};
  std::string line;
  std::getline(documents, line);
  CHECK(Json::parse(line)["query"]["case"] == "A-1");
  CHECK(std::count(archive.out.begin(), archive.out.end(), '\n') == 4);
}

TEST_CASE("a batch in which every question has one holder is exit code 0, at ten thousand questions too", "[batch]") {
  Archive archive;
  std::string questions = "ip;port;time\n";
  constexpr int kQuestions = 10'000;
  for (int i = 0; i < kQuestions; ++i) {
    questions += "198.51.100.10;" + std::to_string(1024 + i % 512) + ";" +
                 in_text(archive.first.at.wall + 1min + std::chrono::milliseconds{i}) + "\n";
  }
  CHECK(archive.run({"lookup", "--batch", "-", "--csv", "--no-headers"}, questions) == Exit::ok);
  CHECK(std::count(archive.out.begin(), archive.out.end(), '\n') == kQuestions);
  CHECK(has(archive.err, "10 % answered (1000 of 10000)\n"));
  CHECK(has(archive.err, "90 % answered (9000 of 10000)\n10000 questions, 10000 ONE HOLDER\n"));
}

TEST_CASE("a batch without the needed columns, or with a question beside it, is refused", "[batch][exit]") {
  Archive archive;
  CHECK(archive.run({"lookup", "--batch", "-"}, "address,when\n") == Exit::usage);
  CHECK(has(archive.err, "the batch has no column 'ip'"));
  CHECK(archive.run({"lookup", "198.51.100.10", "--batch", "-"}, "") == Exit::usage);
  CHECK(archive.run({"lookup", "--batch", "/nonexistent/questions.csv"}) == Exit::failed);
}

TEST_CASE("a range of ports names every holder in it, and a wrong range is refused", "[lookup]") {
  Archive archive;
  const auto both = in_text(archive.second.at.wall - 1ms);  // the first is just given back, the second not yet lent
  const auto at = in_text(archive.first.at.wall + 5min);
  REQUIRE(archive.run({"lookup", "198.51.100.10:1500-1600", "--at", at, "-j"}) == Exit::ok);
  CHECK(Json::parse(archive.out)["query"]["ports"] == Json::array({1500, 1600}));
  CHECK(archive.run({"lookup", "198.51.100.10:1500-1600", "--at", both, "--tolerance", "2s", "-j"}) == Exit::unsure);
  const auto document = Json::parse(archive.out);
  CHECK(document["answer"] == "AMBIGUOUS");
  CHECK(document["count"] == 2);
  CHECK(archive.run({"lookup", "198.51.100.10:60000-60010", "--at", at}) == Exit::nothing);
  for (const auto* wrong : {"1600-1500", "1-70000", "1-", "-5", "1-2-3"}) {
    CHECK(archive.run({"lookup", std::string{"198.51.100.10:"} + wrong, "--at", at}) == Exit::usage);
  }
}

TEST_CASE("every look-up is recorded with who, case, query, verdict and the hash of its answer", "[lookup][audit]") {
  Archive archive;
  const auto at = in_text(archive.first.at.wall + 5min);
  REQUIRE(archive.run({"lookup", "198.51.100.10:1100", "--at", at, "--case", "AZ-1", "-j"}) == Exit::ok);
  auto document = Json::parse(archive.out);
  const auto receipt = document["audit"];
  CHECK(receipt["entry"] == 1);
  document.erase("audit");
  CHECK(receipt["result_sha256"] == journal::hex(journal::sha256(control::to_text(document))));
  CHECK(archive.run({"lookup", "198.51.100.10:60000", "--at", at, "--case", "AZ-2"}) == Exit::nothing);
  CHECK(archive.run({"whereis", "100.64.0.1", "--case", "AZ-2"}) == Exit::unsure);  // the day before is in no file
  CHECK(archive.run({"lookup", "--batch", "-", "--case", "AZ-3", "--csv"},
                    "ip,port,time\n198.51.100.10,1100," + at + "\n") == Exit::ok);
  const auto batch_result = journal::hex(journal::sha256(archive.out));

  REQUIRE(archive.run({"log", "audit", "-j"}) == Exit::ok);
  const auto all = Json::parse(archive.out);
  CHECK(all["chain"] == "whole");
  REQUIRE(all["entries"].size() == 5);
  CHECK(all["entries"][0]["case"] == "AZ-1");
  CHECK(all["entries"][0]["uid"] == ::getuid());
  CHECK(all["entries"][0]["verdict"] == "ONE HOLDER");
  CHECK(all["entries"][0]["query"] == "198.51.100.10 any/1100 at " + at + " (± 1 s)");
  CHECK(all["entries"][1]["verdict"] == "NOBODY");
  CHECK(all["entries"][2]["verb"] == "whereis");
  CHECK(has(all["entries"][3]["query"], "-, 2 lines, sha256 "));
  CHECK(all["entries"][4]["verb"] == "batch-end");
  CHECK(all["entries"][4]["query"] == "batch of entry 4");
  CHECK(all["entries"][4]["verdict"] == "1 questions, 1 ONE HOLDER");
  CHECK(all["entries"][4]["result_sha256"] == batch_result);
  REQUIRE(archive.run({"log", "audit", "--case", "AZ-2", "-j"}) == Exit::ok);
  CHECK(Json::parse(archive.out)["entries"].size() == 2);
  CHECK(archive.run({"log", "audit", "--case", "AZ-9"}) == Exit::nothing);
}

TEST_CASE("a look-up that cannot be recorded is not answered", "[lookup][audit][exit]") {
  Archive archive;
  const auto at = in_text(archive.first.at.wall + 5min);
  std::ofstream{archive.desk.options.directory / "audit.cgnaudit"} << "this is no store at all, and will not be one";
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"lookup", "198.51.100.10:1100", "--at", at},
        std::vector<std::string>{"whereis", "100.64.0.1"}, std::vector<std::string>{"lookup", "--batch", "-"}}) {
    CHECK(archive.run(words, "ip,port,time\n198.51.100.10,1100," + at + "\n") == Exit::failed);
    CHECK(archive.out.empty());
    CHECK(has(archive.err, "cannot be recorded, so it is not answered"));
  }
}

TEST_CASE("a log that wants a case is not asked without one", "[lookup][audit][exit]") {
  Archive archive;
  const auto at = in_text(archive.first.at.wall + 5min);
  auto store = journal::AuditStore::open(journal::audit_path(archive.desk.options.directory));
  REQUIRE(store);
  REQUIRE(store->set_require_case(true));
  CHECK(archive.run({"lookup", "198.51.100.10:1100", "--at", at}) == Exit::failed);
  CHECK(archive.out.empty());
  CHECK(has(archive.err, "hint: name it with --case"));
  CHECK(archive.run({"lookup", "198.51.100.10:1100", "--at", at, "--case", "AZ-1"}) == Exit::ok);
  CHECK(archive.run({"lookup", "--batch", "-", "--csv"},
                    "ip,port,time,case\n198.51.100.10,1100," + at + ",AZ-4\n198.51.100.10,1100," + at + ",\n") ==
        Exit::unsure);
  CHECK(has(archive.out, "line 3: this log answers only with a case reference"));
}

TEST_CASE("of a copy nothing is recorded, and that is said; --audit records all the same", "[lookup][audit]") {
  Archive archive;
  const auto at = in_text(archive.first.at.wall + 5min);
  const auto copy = archive.desk.directory / "copy";
  std::filesystem::copy(archive.desk.options.directory, copy);
  const auto ask = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"lookup", "198.51.100.10:1100", "--at", at, "-j", "--log-dir", copy.string()};
    words.insert(words.end(), more.begin(), more.end());
    return archive.run_bare(words);
  };
  CHECK(ask({}) == Exit::ok);
  CHECK(has(archive.err, "is a copy: nothing was recorded"));
  CHECK(Json::parse(archive.out)["audit"].is_null());
  const auto mine = (archive.desk.directory / "mine.cgnaudit").string();
  CHECK(ask({"--audit", mine}) == Exit::ok);
  CHECK(archive.err.empty());
  CHECK(Json::parse(archive.out)["audit"]["entry"] == 1);
  CHECK(archive.run_bare({"log", "audit", "--audit", mine}) == Exit::ok);
}

TEST_CASE("the report is a page that any printer prints, with local time when a place was named", "[lookup][report]") {
  Archive archive;
  const std::string place = "2026-11-20 07:15:00 Europe/London";  // after the first holder, before the second port
  REQUIRE(archive.run({"lookup", "198.51.100.10:1100", "--at", place, "--proto", "udp", "--case", "AZ-2026-771",
                       "--report", "text"}) == Exit::nothing);
  REQUIRE(archive.run({"lookup", "198.51.100.10:1100", "--at", "2026-11-20 07:05:00 Europe/London", "--case",
                       "AZ-2026-771", "--report", "text"}) == Exit::ok);
  std::istringstream lines{archive.out};
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 78);
    CHECK(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
  }
  for (const auto* part :
       {"1. QUERY", "Case                AZ-2026-771", "2026-11-20T07:05:00.000Z (UTC)",
        "2026-11-20 07:05:00.000 Europe/London (UTC+00:00)", "2. ANSWER", "Verdict             ONE HOLDER",
        "Internal address    100.64.0.1", "Realm               default", "3. EVIDENCE", "in use: it grows",
        "Look-up recorded    entry 2, link", "4. TERMS", "ONE HOLDER: at every instant", "sequence number "}) {
    CAPTURE(part);
    CHECK(has(archive.out, part));
  }
}
