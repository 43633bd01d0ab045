// SPDX-License-Identifier: Apache-2.0
// Sealing beside the writer, retention and legal holds.
#include "unit/journal_desk.hpp"

#include "journal/attestation.hpp"
#include "journal/day_files.hpp"
#include "journal/holds.hpp"
#include "journal/sealer.hpp"
#include "journal/source.hpp"
#include "journal/verify.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> files_of(const Desk& desk) {
  const auto listed = list_day_files(desk.options.directory);
  REQUIRE(listed);
  return *listed;
}

std::size_t sealed_of(const Desk& desk) {
  return static_cast<std::size_t>(std::ranges::count_if(files_of(desk), is_sealed_name));
}

void next_day(Desk& desk) {
  const auto before = desk.writer->health().file;
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(before));
}

bool record_note(Desk& desk, const Note& note) { return desk.writer->record(note, 10s).has_value(); }

// Also while the archivist is at work: a file may go between the listing and its turn.
std::vector<Row> notes_of(const Desk& desk, RowKind kind) {
  std::vector<Row> notes;
  for (const auto& path : files_of(desk)) {
    const auto source = Source::open(path);
    if (!source && !fs::exists(path)) continue;
    REQUIRE(source);
    REQUIRE(source->visit(0, [&](const Row& row) {
      if (row.kind == kind) notes.push_back(row);
      return true;
    }));
  }
  return notes;
}

}  // namespace

TEST_CASE("a day is sealed when the next has begun, and answers as before", "[journal]") {
  Desk desk;
  desk.options.sealing = true;
  desk.open();
  const auto loan = desk.allocate(1, 1);
  const auto short_loan = desk.allocate(2, 2);
  desk.clock.advance(10min);
  const auto then = desk.clock.now().wall;
  desk.clock.advance(10min);
  desk.release(short_loan);
  next_day(desk);
  next_day(desk);
  REQUIRE(eventually([&] { return sealed_of(desk) == 2; }));
  // Neither the live form nor anything of it stays of what was sealed: it goes when the sealed one has its name.
  CHECK(eventually([&] {
    return std::ranges::none_of(fs::directory_iterator{desk.options.directory}, [](const fs::directory_entry& entry) {
      const auto name = entry.path().filename().string();
      const bool of_first_days = name.starts_with("2026-11-20") || name.starts_with("2026-11-21");
      return of_first_days && !name.ends_with(".sealed.cgnlog");
    });
  }));
  desk.clock.advance(1min);
  CHECK(desk.who(1, then).holders.at(0).subscriber == subscriber(1));
  CHECK(desk.who(2, then).holders.at(0).subscriber == subscriber(2));
  CHECK(desk.who(2, then + 1h).certainty == Certainty::nobody);
  CHECK(desk.who(1, then + 24h).holders.at(0).subscriber == subscriber(1));
  CHECK(desk.who(1, desk.clock.now().wall - 1s).holders.at(0).subscriber == subscriber(1));
  desk.close();
  desk.open();
  REQUIRE(desk.writer->open_blocks().size() == 1);
  CHECK(desk.writer->open_blocks().front().subscriber == subscriber(1));
}

TEST_CASE("what a crash in the middle of sealing leaves is understood and tidied up", "[journal]") {
  Desk desk;
  desk.open();
  desk.allocate(1, 1);
  desk.clock.advance(10min);
  const auto then = desk.clock.now().wall;
  next_day(desk);
  desk.close();
  const auto closed = files_of(desk).front();
  const auto keep = desk.directory / "keep";
  fs::create_directories(keep);
  const auto parts = {closed, wal_of(closed), fs::path{closed.string() + "-shm"}};
  for (const auto& part : parts) {
    if (fs::exists(part)) fs::copy_file(part, keep / part.filename().string());
  }
  const auto put_back = [&](const fs::path& part) {
    if (fs::exists(keep / part.filename().string())) fs::copy_file(keep / part.filename().string(), part);
  };
  const auto now = desk.clock.now().wall;
  const auto in_use = files_of(desk).back().filename().string();
  REQUIRE(seal_closed(desk.options.directory, in_use, nullptr).sealed.size() == 1);

  SECTION("the sealed file and the whole live one") {
    for (const auto& part : parts) put_back(part);
  }
  SECTION("the sealed file and a -wal without its file") { put_back(wal_of(closed)); }
  SECTION("drafts") { std::ofstream{sealed_name(closed).string() + ".sealing.draft"} << "half"; }
  desk.clock.advance(1min);
  REQUIRE(files_of(desk).size() == 2);
  CHECK(desk.who(1, then).holders.at(0).subscriber == subscriber(1));
  desk.open();
  desk.close();
  const auto report = seal_closed(desk.options.directory, in_use, nullptr);
  CHECK(report.sealed.empty());
  CHECK(report.troubles.empty());
  for (const auto& part : parts) CHECK_FALSE(fs::exists(part));
  CHECK_FALSE(fs::exists(sealed_name(closed).string() + ".sealing.draft"));
  CHECK(desk.who(1, then).holders.at(0).subscriber == subscriber(1));
  CHECK(now < desk.clock.now().wall);
}

TEST_CASE("a closed file whose rows were changed is not sealed, but stays as evidence", "[journal]") {
  Desk desk;
  desk.open();
  desk.allocate(1, 1);
  next_day(desk);
  desk.close();
  const auto closed = files_of(desk).front();
  {
    auto db = Database::open(closed, Database::Mode::write);
    REQUIRE(db);
    REQUIRE(db->execute("UPDATE events SET subscriber = subscriber + 1 WHERE kind = 16"));
  }
  const auto report = seal_closed(desk.options.directory, files_of(desk).back().filename().string(), nullptr);
  CHECK(report.sealed.empty());
  REQUIRE(report.troubles.size() == 1);
  CHECK(report.troubles.front().find("is not sealed") != std::string::npos);
  CHECK(fs::exists(closed));
  CHECK_FALSE(fs::exists(sealed_name(closed)));
}

TEST_CASE("when only sealed files are left, the log goes on after them in a file of its own", "[journal]") {
  Desk desk;
  desk.options.sealing = true;
  desk.open();
  desk.allocate(1, 1);
  next_day(desk);
  REQUIRE(eventually([&] { return sealed_of(desk) == 1; }));
  desk.close();
  const auto lost = files_of(desk).back();
  for (const auto& part : {lost, wal_of(lost)}) fs::remove(part);
  desk.clock.advance(1h);
  desk.open();
  REQUIRE(desk.writer->open_blocks().size() == 1);
  desk.allocate(2, 2);
  desk.close();
  const auto done = verify({.directory = desk.options.directory, .day = {}, .keys = nullptr});
  REQUIRE(done);
  CHECK(done->findings.empty());
  CHECK(done->files.size() == 2);
}

TEST_CASE("files whose retention is over go, and a row says which", "[journal]") {
  Desk desk;
  desk.options.sealing = true;
  desk.options.sign_key = desk.directory / "sign.key";
  desk.options.retention = 72h;
  desk.open();
  desk.allocate(1, 1);
  for (int day = 0; day < 6; ++day) next_day(desk);
  REQUIRE(eventually([&] { return !notes_of(desk, RowKind::deletion).empty() && files_of(desk).size() <= 5; }));
  const auto notes = notes_of(desk, RowKind::deletion);
  CHECK(notes.front().detail.find("2026-11-20.sealed.cgnlog") != std::string::npos);
  CHECK(notes.front().detail.find("sha256") != std::string::npos);
  CHECK_FALSE(fs::exists(desk.options.directory / "2026-11-20.sealed.cgnlog"));
  CHECK_FALSE(fs::exists(desk.options.directory / "2026-11-20.sealed.cgnlog.sig"));
  // Whoever still holds the block is known all the same.
  desk.clock.advance(1min);
  CHECK(desk.who(1, desk.clock.now().wall - 1s).holders.at(0).subscriber == subscriber(1));
  desk.close();
  Keyring keys;
  REQUIRE(keys.add(desk.directory / "sign.pub"));
  const auto done = verify({.directory = desk.options.directory, .day = {}, .keys = &keys});
  REQUIRE(done);
  for (const auto& f : done->findings) CHECK(f.what == "");
}

TEST_CASE("what is under a legal hold is not deleted, until the hold is lifted", "[journal]") {
  Desk desk;
  desk.options.sealing = true;
  desk.options.retention = 72h;
  desk.open();
  desk.allocate(1, 1);
  const auto first_day = desk.clock.now().wall;
  REQUIRE(
      record_note(desk, hold_note("add", {"AZ-2026-771", first_day - 1h, first_day + 1h, "marta"}, desk.clock.now())));
  for (int day = 0; day < 8; ++day) next_day(desk);
  REQUIRE(eventually([&] { return !fs::exists(desk.options.directory / "2026-11-22.sealed.cgnlog"); }));
  CHECK(fs::exists(desk.options.directory / "2026-11-20.sealed.cgnlog"));
  // The hold outlives a restart, and the files in which it was put.
  desk.close();
  desk.open();
  next_day(desk);
  REQUIRE(eventually([&] { return notes_of(desk, RowKind::deletion).size() >= 4; }));
  CHECK(fs::exists(desk.options.directory / "2026-11-20.sealed.cgnlog"));
  REQUIRE(record_note(desk, hold_note("remove", {"AZ-2026-771", first_day, first_day, "marta"}, desk.clock.now())));
  next_day(desk);
  REQUIRE(eventually([&] { return !fs::exists(desk.options.directory / "2026-11-20.sealed.cgnlog"); }));
}
