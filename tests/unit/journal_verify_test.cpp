// SPDX-License-Identifier: Apache-2.0
// Whoever changes the record is found, and the place is named; whoever leaves it alone is not accused.
#include <sys/stat.h>

#include "unit/journal_desk.hpp"

#include "journal/attestation.hpp"
#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/seal.hpp"
#include "journal/source.hpp"
#include "journal/verify.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kEventsADay = 150;

// Three days: two sealed and signed, and one in use.
class Record {
 public:
  Record() {
    desk.options.sealing = true;
    desk.options.sign_key = desk.directory / "sign.key";
    desk.open();
    for (unsigned day = 0; day < 3; ++day) {
      if (day > 0) turn_page();
      for (unsigned i = 0; i < kEventsADay; ++i) {
        desk.clock.advance(1s);
        const auto loan = desk.allocate(day * 1000 + i, i % 100);
        desk.clock.advance(1s);
        desk.release(loan);
      }
    }
    REQUIRE(eventually([&] { return sealed().size() == 2; }));
    desk.close();
    REQUIRE(keys.add(desk.directory / "sign.pub"));
  }

  void turn_page() {
    const auto before = desk.writer->health().file;
    desk.clock.advance(24h);
    REQUIRE(desk.rolled(before));
  }

  [[nodiscard]] std::vector<fs::path> files() const {
    const auto listed = list_day_files(desk.options.directory);
    REQUIRE(listed);
    return *listed;
  }
  [[nodiscard]] std::vector<fs::path> sealed() const {
    std::vector<fs::path> some;
    std::ranges::copy_if(files(), std::back_inserter(some), is_sealed_name);
    return some;
  }
  [[nodiscard]] fs::path live() const { return files().back(); }

  [[nodiscard]] Verification verified(const Keyring* with) const {
    auto done = verify({.directory = desk.options.directory, .day = {}, .keys = with});
    INFO((done ? std::string{} : done.error().what));
    REQUIRE(done);
    return std::move(*done);
  }
  [[nodiscard]] Verification verified() const { return verified(&keys); }

  void change(const fs::path& path, const std::string& sql) const {
    ::chmod(path.c_str(), 0640);
    auto db = Database::open(path, Database::Mode::write);
    REQUIRE(db);
    const auto done = db->execute(sql);
    INFO((done ? std::string{} : done.error().what));
    REQUIRE(done);
  }

  [[nodiscard]] std::uint64_t middle(const fs::path& path) const {
    const auto source = Source::open(path);
    REQUIRE(source);
    const auto last = source->last_row();
    REQUIRE(last);
    return (source->header().first_seq + (*last)->seq) / 2;
  }

  Desk desk;
  Keyring keys;
};

std::string text_of(const Verification& done) {
  std::string text;
  for (const auto& f : done.findings) {
    text += f.file + " " + std::to_string(f.first_seq) + "-" + std::to_string(f.last_seq) + " " + f.what + "\n";
  }
  return text;
}

// A finding about this file; with a row, between rows among which that is and that are not many.
bool found(const Verification& done, const fs::path& path, std::uint64_t seq = 0) {
  return std::ranges::any_of(done.findings, [&](const Finding& f) {
    const bool here = f.file == path.filename().string();
    if (seq == 0) return here;
    return here && f.first_seq <= seq && seq <= f.last_seq && f.last_seq - f.first_seq < 2 * kLinkEvery;
  });
}

}  // namespace

TEST_CASE("a verification beside the writer does not accuse the rows that are written meanwhile") {
  Desk desk;
  desk.open();
  desk.allocate(1, 1);
  const auto source = Source::open(desk.writer->health().file);
  REQUIRE(source);
  REQUIRE(source->hold_still());
  const auto links = source->links();
  REQUIRE(links);
  desk.allocate(2, 2);
  std::uint64_t last = 0;
  REQUIRE(source->visit(0, [&last](const Row& row) {
    last = row.seq;
    return true;
  }));
  CHECK(last == links->back().seq);
  CHECK(desk.writer->health().last_seq > last);
}

TEST_CASE("a record that nobody touched has no findings, sealed, signed and in use", "[journal]") {
  const Record record;
  const auto done = record.verified();
  INFO(text_of(done));
  CHECK(done.findings.empty());
  CHECK(done.rows > 6 * kEventsADay);
  CHECK(done.files.size() == 3);
  CHECK(done.files[0].sealed);
  CHECK(done.files[0].key.size() == 16);
  CHECK_FALSE(done.files[2].sealed);
  CHECK(done.signed_seq == done.last_seq);
  struct stat key {};
  REQUIRE(::stat((record.desk.directory / "sign.key").c_str(), &key) == 0);
  CHECK((key.st_mode & 0777) == 0600);
}

namespace {

void flip(const fs::path& path, std::uintmax_t place) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekg(static_cast<std::streamoff>(place));
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(place));
  file.put(byte);
}

}  // namespace

// Some of them make SQLite say that the file is malformed: that is a finding, too, and no reason to look no further.
TEST_CASE("a byte flipped anywhere in a sealed file is found, and the other files are looked at", "[journal]") {
  const Record record;
  const auto path = record.sealed()[GENERATE(0, 1)];
  ::chmod(path.c_str(), 0640);
  for (std::uintmax_t place = 16; place < fs::file_size(path); place += 509) {
    flip(path, place);
    const auto done = record.verified();
    INFO("byte " << place << "\n" << text_of(done));
    CHECK(found(done, path));
    CHECK(done.files.back().name == record.live().filename());
    CHECK(done.files.back().rows > kEventsADay);
    flip(path, place);
  }
  CHECK(record.verified().findings.empty());
}

TEST_CASE("a row changed, deleted, added or swapped with another is found where it is", "[journal]") {
  const Record record;
  const bool in_use = GENERATE(true, false);
  const auto path = in_use ? record.live() : record.sealed()[1];
  const auto seq = record.middle(path);
  auto where = seq;
  const auto source = Source::open(path);
  REQUIRE(source);
  const auto name = std::string{in_use ? "events" : "blocks"};
  const auto number = std::to_string(in_use ? seq : seq - source->header().first_seq);
  const auto next = std::to_string((in_use ? seq : seq - source->header().first_seq) + 1);
  SECTION("changed") {
    record.change(path, "UPDATE " + name + " SET subscriber = subscriber + 1 WHERE seq = " + number);
  }
  SECTION("deleted") { record.change(path, "DELETE FROM " + name + " WHERE seq = " + number); }
  SECTION("swapped") {
    where = seq + 1;
    record.change(path, "UPDATE " + name + " SET seq = -1 WHERE seq = " + number + ";UPDATE " + name +
                            " SET seq = " + number + " WHERE seq = " + next + ";UPDATE " + name + " SET seq = " + next +
                            " WHERE seq = -1");
  }
  SECTION("added") {
    where = seq + 1;
    record.change(path, "UPDATE " + name + " SET seq = seq + 100000 WHERE seq > " + number + ";UPDATE " + name +
                            " SET seq = seq - 99999 WHERE seq > 100000");
    record.change(path, in_use
                            ? "INSERT INTO events SELECT " + next +
                                  ", kind, wall_ms, boot_ms, external, first, last, subscriber + 9, subscriber_length,"
                                  " realm, pool, allocated_ms, detail FROM events WHERE seq = " +
                                  number
                            : "INSERT INTO blocks SELECT address, block, ms, " + next +
                                  ", subscriber, sort, age FROM blocks WHERE seq = " + number);
  }
  const auto done = record.verified();
  INFO(text_of(done));
  CHECK(found(done, path, where));
}

TEST_CASE("an index that hides a row of the file in use is found", "[journal]") {
  const Record record;
  record.change(record.live(),
                "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, "
                "'external IS NOT NULL', 'external IS NOT NULL AND seq % 7 <> 0') WHERE name = "
                "'by_external'");
  record.change(record.live(),
                "REINDEX by_external; PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = "
                "replace(sql, ' AND seq % 7 <> 0', '') WHERE name = 'by_external'");
  const auto done = record.verified();
  INFO(text_of(done));
  CHECK(found(done, record.live()));
}

TEST_CASE("a file replaced by an older copy of itself, or by another day's, is found", "[journal]") {
  Record record;
  const auto live = record.live();
  SECTION("the file in use") {
    const auto keep = record.desk.directory / "older";
    fs::create_directories(keep);
    for (const auto& part : {live, wal_of(live)}) fs::copy_file(part, keep / part.filename().string());
    record.desk.open();
    for (unsigned i = 0; i < 50; ++i) record.desk.allocate(9000 + i, i);
    record.desk.close();
    for (const auto& part : {live, wal_of(live)}) {
      fs::copy_file(keep / part.filename().string(), part, fs::copy_options::overwrite_existing);
    }
    const auto done = record.verified();
    INFO(text_of(done));
    REQUIRE(found(done, live));
    CHECK(done.findings.front().what == "the newest rows are cut off: the node signed a later one");
    CHECK(done.findings.front().first_seq == done.last_seq + 1);
  }
  SECTION("a sealed one by another day's, signature and all") {
    const auto files = record.sealed();
    fs::copy_file(files[0], files[1], fs::copy_options::overwrite_existing);
    fs::copy_file(attestation_of(files[0]), attestation_of(files[1]), fs::copy_options::overwrite_existing);
    const auto done = record.verified();
    INFO(text_of(done));
    CHECK(found(done, files[1]));
  }
}

TEST_CASE("the newest rows cut off are found, and how many", "[journal]") {
  const Record record;
  const auto last = record.verified().last_seq;
  const auto text = std::to_string(last - 40);
  record.change(record.live(),
                "DELETE FROM events WHERE seq > " + text + "; DELETE FROM commits WHERE last_seq > " + text);
  const auto done = record.verified();
  INFO(text_of(done));
  REQUIRE(done.findings.size() == 1);
  CHECK(found(done, record.live(), last));
  CHECK(done.findings.front().last_seq == last);
}

TEST_CASE("a sealed file edited and its whole chain made anew is found", "[journal]") {
  const Record record;
  const auto path = record.sealed()[GENERATE(0, 1)];
  std::vector<Row> rows;
  Header header;
  {
    const auto source = Source::open(path);
    REQUIRE(source);
    header = source->header();
    REQUIRE(source->visit(0, [&](const Row& row) {
      rows.push_back(row);
      return true;
    }));
  }
  auto& forged = rows[rows.size() / 2];
  forged.subscriber = subscriber(4711);
  REQUIRE(seal(path, header, [&](const RowVisitor& visitor) -> Result<> {
    for (const auto& row : rows) {
      if (!visitor(row)) break;
    }
    return {};
  }));
  SECTION("with the old signature") {
    const auto done = record.verified();
    INFO(text_of(done));
    CHECK(found(done, path));
  }
  SECTION("and signed with a key of the forger") {
    const auto key = SigningKey::open_or_make(record.desk.directory / "forger.key");
    REQUIRE(key);
    const auto source = Source::open(path);
    const auto digest = digest_of(path);
    REQUIRE(write_attestation(attestation_of(path),
                              {.file = path.filename().string(),
                               .node_id = header.node_id,
                               .node_name = header.node_name,
                               .first_seq = header.first_seq,
                               .last_seq = *header.last_seq,
                               .previous_link = hex_of(header.previous_link),
                               .last_link = hex_of(source->header().last_link),
                               .sha256 = *digest,
                               .previous = header.previous},
                              *key));
    const auto done = record.verified();
    INFO(text_of(done));
    CHECK(found(done, path));
  }
  // Without signatures the next file tells: it builds on a row that is not there.
  const auto unsigned_ = record.verified(nullptr);
  CHECK_FALSE(unsigned_.findings.empty());
}

TEST_CASE("rows of the file in use edited and its chain made anew are found by the signed heads", "[journal]") {
  Record record;
  const auto path = record.live();
  std::vector<Row> rows;
  std::vector<KeptLink> links;
  Link before{};
  {
    const auto source = Source::open(path);
    REQUIRE(source);
    before = source->header().previous_link;
    links = source->links().value();
    REQUIRE(source->visit(0, [&](const Row& row) {
      rows.push_back(row);
      return true;
    }));
  }
  const auto place = rows.size() / 2;
  rows[place].pool = "forged";
  std::string sql = "UPDATE events SET pool = 'forged' WHERE seq = " + std::to_string(rows[place].seq) + ";";
  Chain chain{before};
  for (std::size_t next = 0; const auto& row : rows) {
    chain.add(row);
    if (next == links.size() || links[next].seq != row.seq) continue;
    sql +=
        "UPDATE commits SET hash = x'" + hex_of(chain.link()) + "' WHERE last_seq = " + std::to_string(row.seq) + ";";
    ++next;
  }
  record.change(path, sql);
  const auto done = record.verified();
  INFO(text_of(done));
  CHECK(found(done, path));
  CHECK(record.verified(nullptr).findings.empty());
}

TEST_CASE("a wrong key, a missing signature, a missing file and missing heads are found", "[journal]") {
  const Record record;
  SECTION("a wrong key") {
    REQUIRE(SigningKey::open_or_make(record.desk.directory / "other.key"));
    Keyring other;
    REQUIRE(other.add(record.desk.directory / "other.pub"));
    const auto done = record.verified(&other);
    INFO(text_of(done));
    CHECK(found(done, record.sealed()[0]));
    CHECK(found(done, record.sealed()[1]));
    CHECK(done.signed_seq == 0);
  }
  SECTION("a missing signature") {
    fs::remove(attestation_of(record.sealed()[1]));
    CHECK(found(record.verified(), record.sealed()[1]));
  }
  SECTION("a missing file") {
    fs::remove(record.sealed()[1]);
    const auto done = record.verified();
    INFO(text_of(done));
    REQUIRE(done.findings.size() == 1);
    CHECK(done.findings.front().what == "a log file is missing, and no row says that it was deleted");
    CHECK(done.findings.front().first_seq == done.files[0].last_seq + 1);
    CHECK(done.findings.front().last_seq + 1 == done.files[1].first_seq);
  }
  SECTION("the oldest file") {
    fs::remove(record.sealed()[0]);
    CHECK(record.verified().findings.size() == 1);
  }
  SECTION("missing heads") {
    fs::remove(record.desk.options.directory / kHeadsName);
    CHECK(found(record.verified(), kHeadsName));
  }
}
