// SPDX-License-Identifier: Apache-2.0
// lookup and whereis on a real record, with no daemon.
#include <sstream>

#include "unit/journal_desk.hpp"

#include "cgnctl/app.hpp"
#include "cgnctl/csv.hpp"

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
    std::ostringstream out_text;
    std::ostringstream err_text;
    std::istringstream in{input};
    cgnctl::Session session{.out = out_text,
                            .err = err_text,
                            .in = in,
                            .clock = [this] { return desk.clock.now().wall; },
                            .pause = [](std::chrono::milliseconds) { return false; },
                            .run_program = [](const std::vector<std::string>&) { return 1; }};
    words.insert(words.end(), {"--log-dir", desk.options.directory.string(), "-s", "/nonexistent/api.sock"});
    const auto exit = cgnctl::run(std::move(session), words);
    out = out_text.str();
    err = err_text.str();
    return exit;
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
  CHECK(has(records[3][12], "'yesterday' is no time"));
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
  CHECK(archive.err == "10000 questions, 10000 ONE HOLDER\n");
}

TEST_CASE("a batch without the needed columns, or with a question beside it, is refused", "[batch][exit]") {
  Archive archive;
  CHECK(archive.run({"lookup", "--batch", "-"}, "address,when\n") == Exit::usage);
  CHECK(has(archive.err, "the batch has no column 'ip'"));
  CHECK(archive.run({"lookup", "198.51.100.10", "--batch", "-"}, "") == Exit::usage);
  CHECK(archive.run({"lookup", "--batch", "/nonexistent/questions.csv"}) == Exit::failed);
}
