// SPDX-License-Identifier: Apache-2.0
// cgnctl log: the record's files, checked, listed and counted, with no daemon.
#include <sstream>

#include "unit/cgnctl_ran.hpp"
#include "unit/journal_desk.hpp"

#include "journal/audit.hpp"
#include "journal/database.hpp"
#include "journal/holds.hpp"

using namespace cgn;
using namespace cgn::journal::test;
using cgnctl::Exit;
using control::Json;

namespace {

// Two days, the first of them sealed and signed; a hold on the first.
class Archive {
 public:
  Archive() {
    desk.options.sealing = true;
    desk.options.sign_key = desk.directory / "sign.key";
    desk.open();
    const auto loan = desk.allocate(1, 0);
    const auto day = desk.clock.now().wall;
    REQUIRE(desk.writer->record(journal::hold_note("add", {"AZ-1", day, day, "uid 0 (root)"}, desk.clock.now()), 10s));
    desk.release(loan);
    const auto before = desk.writer->health().file;
    desk.clock.advance(24h);
    REQUIRE(desk.rolled(before));
    desk.allocate(2, 1);
    const auto sealed = desk.options.directory / "2026-11-20.sealed.cgnlog";
    REQUIRE(eventually([&] { return std::filesystem::exists(sealed); }));
    desk.close();
  }

  Exit run(std::vector<std::string> words) {
    words.insert(words.end(), {"--log-dir", desk.options.directory.string()});
    const auto ran = cgnctl::test::ran(words, {.clock = [this] { return desk.clock.now().wall; }});
    out = ran.out;
    err = ran.err;
    return ran.exit;
  }

  Desk desk{};
  std::string out{};
  std::string err{};
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("log verify says INTACT, and where it is not", "[log]") {
  Archive archive;
  CHECK(archive.run({"log", "verify"}) == Exit::ok);
  INFO(archive.out);
  CHECK(has(archive.out, "INTACT\n"));
  CHECK_FALSE(has(archive.out, "NOT INTACT"));
  CHECK(has(archive.out, "rows/s"));
  {
    auto db =
        journal::Database::open(archive.desk.options.directory / "2026-11-21.cgnlog", journal::Database::Mode::write);
    REQUIRE(db);
    REQUIRE(db->execute("UPDATE events SET subscriber = subscriber + 1 WHERE kind = 16"));
  }
  CHECK(archive.run({"-j", "log", "verify"}) == Exit::failed);
  const auto document = Json::parse(archive.out);
  CHECK(document.at("schema") == "cgn/log-verify/1");
  CHECK(document.at("intact") == false);
  CHECK(document.at("findings").at(0).at("file") == "2026-11-21.cgnlog");
  CHECK(archive.run({"log", "verify", "--day", "2026-11-20"}) == Exit::ok);
}

TEST_CASE("log verify looks at the record of look-ups, too", "[log][audit]") {
  Archive archive;
  const auto path = journal::audit_path(archive.desk.options.directory);
  {
    auto store = journal::AuditStore::open(path);
    REQUIRE(store);
    for (const auto* reference : {"AZ-1", "AZ-2"}) {
      REQUIRE(store->append({.at = archive.desk.clock.now().wall,
                             .uid = 1000,
                             .login = "clerk",
                             .verb = "lookup",
                             .case_reference = reference,
                             .query = "198.51.100.10:1100"}));
    }
  }
  CHECK(archive.run({"-j", "log", "verify"}) == Exit::ok);
  CHECK(Json::parse(archive.out).at("look_ups") == 2);
  {
    auto db = journal::Database::open(path, journal::Database::Mode::write);
    REQUIRE(db);
    REQUIRE(db->execute("DROP TRIGGER never_changed; UPDATE audit SET uid = 1001 WHERE seq = 2"));
  }
  CHECK(archive.run({"log", "verify"}) == Exit::failed);
  INFO(archive.out);
  CHECK(has(archive.out, "audit.cgnaudit, row 2: row 2 is not the one that was written"));
  std::filesystem::remove(path);
  CHECK(archive.run({"log", "verify"}) == Exit::ok);
  std::filesystem::create_symlink(archive.desk.directory / "gone", path);
  CHECK(archive.run({"log", "verify"}) == Exit::failed);
  CHECK(has(archive.out, "the record of look-ups is not where its link leads"));
}

TEST_CASE("log verify asks for a public key, or to be told to go without", "[log]") {
  Archive archive;
  std::filesystem::remove(archive.desk.directory / "sign.pub");
  CHECK(archive.run({"log", "verify"}) == Exit::failed);
  CHECK(has(archive.err, "--unsigned"));
  CHECK(archive.run({"log", "verify", "--unsigned"}) == Exit::ok);
  CHECK(has(archive.out, "signatures were not looked at"));
  CHECK(archive.run({"log", "verify", "--key", (archive.desk.directory / "absent.pub").string()}) == Exit::failed);
}

TEST_CASE("log segments, stats and holds tell what there is", "[log]") {
  Archive archive;
  CHECK(archive.run({"log", "segments"}) == Exit::ok);
  CHECK(has(archive.out, "signed"));
  CHECK(has(archive.out, "open"));
  CHECK(has(archive.out, "AZ-1"));
  CHECK(archive.run({"show", "log", "-j"}) == Exit::ok);
  CHECK(Json::parse(archive.out).at("segments").size() == 2);
  CHECK(archive.run({"log", "stats", "-j"}) == Exit::ok);
  const auto files = Json::parse(archive.out).at("files");
  REQUIRE(files.size() == 2);
  CHECK(files.at(0).at("allocated") == 1);
  CHECK(files.at(0).at("released") == 1);
  CHECK(files.at(0).at("subscribers") == 1);
  CHECK(archive.run({"log", "hold", "list"}) == Exit::ok);
  CHECK(has(archive.out, "uid 0 (root)"));
}
