// SPDX-License-Identifier: Apache-2.0
// The legal log, written and asked, on an ordinary day.
#include "unit/journal_desk.hpp"

#include "journal/chain.hpp"
#include "journal/checkpointer.hpp"
#include "journal/day_files.hpp"
#include "journal/log_file.hpp"
#include "journal/scribe.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

std::vector<Row> all_rows(const std::filesystem::path& directory) {
  const auto files = list_day_files(directory);
  REQUIRE(files);
  std::vector<Row> rows;
  for (const auto& file : *files) {
    for (auto& row : rows_of(file)) rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &Row::seq);
  return rows;
}

std::vector<RowKind> kinds_of(const std::vector<Row>& rows) {
  std::vector<RowKind> kinds;
  for (const auto& row : rows) kinds.push_back(row.kind);
  return kinds;
}

void check_gap_free(const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i].seq == i + 1);
}

}  // namespace

TEST_CASE("an event comes back from the log as it was", "[RFC6888-REQ-14]") {
  Desk desk;
  desk.open();
  const auto given = desk.allocate(3, 5);
  desk.clock.advance(90s);
  desk.release(given);
  desk.close();
  const auto rows = all_rows(desk.options.directory);
  REQUIRE(kinds_of(rows) == std::vector{RowKind::opened, RowKind::complete, RowKind::start, RowKind::allocated,
                                        RowKind::released, RowKind::stop});
  auto expected = to_row(given);
  expected.seq = 4;
  CHECK(rows[3] == expected);
  CHECK(rows[4].allocated == given.at.wall);
  CHECK(rows[4].wall == given.at.wall + 90s);
  check_gap_free(rows);
}

TEST_CASE("realms tell subscribers of one address apart", "[journal]") {
  Desk desk;
  desk.open();
  auto here = event(BlockEventKind::allocated, 7, 1, desk.clock.now());
  auto there = event(BlockEventKind::allocated, 7, 2, desk.clock.now());
  there.realm = "east";
  desk.writer->append(1, here);
  desk.writer->append(2, there);
  desk.close();
  auto reader = Reader::open(desk.options.directory, desk.clock.now().wall);
  REQUIRE(reader);
  const auto to = desk.clock.now().wall + 1ms;
  const auto where = reader->whereis(subscriber(7), here.at.wall, to, "east");
  REQUIRE(where.holdings.size() == 1);
  CHECK(where.holdings.front().realm == "east");
  CHECK(reader->whereis(subscriber(7), here.at.wall, to).holdings.size() == 2);
}

TEST_CASE("a note comes back from the log as it was, and is about no block", "[journal]") {
  Desk desk;
  desk.open();
  const Note given{.kind = NoteKind::identity,
                   .detail = R"({"id":"C-1048213"})",
                   .subscriber = subscriber(7),
                   .realm = "east",
                   .at = desk.clock.now()};
  desk.writer->append(1, given);
  desk.writer->append(2, Note{.kind = NoteKind::configuration, .detail = "{}", .at = desk.clock.now()});
  desk.close();
  const auto rows = all_rows(desk.options.directory);
  REQUIRE(kinds_of(rows) == std::vector{RowKind::opened, RowKind::complete, RowKind::start, RowKind::identity,
                                        RowKind::configuration, RowKind::stop});
  auto expected = to_row(given);
  expected.seq = 4;
  CHECK(rows[3] == expected);
  CHECK_FALSE(about_block(rows[3].kind));
}

TEST_CASE("many events that wait together become durable, each with its own number", "[journal]") {
  Desk desk;
  desk.open();
  std::vector<BlockEvent> events;
  for (unsigned i = 0; i < 1000; ++i) {
    auto e = event(BlockEventKind::allocated, i, i % 100, desk.clock.now());
    e.external = Ipv4::from_host(kExternal.host() + i / 100);
    events.push_back(e);
  }
  const auto fates = desk.append(events);
  REQUIRE(fates.size() == events.size());
  for (std::size_t i = 0; i < fates.size(); ++i) {
    REQUIRE(fates[i].durable);
    REQUIRE(fates[i].token == i);
    REQUIRE(fates[i].seq == i + 4);
  }
  CHECK(desk.writer->health().events_today == 1000);
  CHECK(desk.writer->health().commits < 1000);
}

TEST_CASE("a holder is found while the writer lives, and nobody before and after", "[journal]") {
  Desk desk;
  desk.open();
  desk.clock.advance(60s);
  const auto given = desk.allocate(3, 5);
  desk.clock.advance(60s);
  desk.release(given);
  desk.clock.advance(60s);
  const auto from = given.at.wall;
  const auto during = desk.who(5, from + 30s);
  REQUIRE(during.certainty == Certainty::one_holder);
  REQUIRE(during.holders.size() == 1);
  const auto& holder = during.holders.front();
  CHECK(holder.subscriber == subscriber(3));
  CHECK(holder.ports == block_ports(5));
  CHECK(holder.pool == "residential");
  CHECK(holder.from == from);
  CHECK(holder.to == from + 60s);
  CHECK(holder.node_name == "bng1");
  CHECK(holder.node_id == 7);
  CHECK(holder.note.empty());
  CHECK(desk.who(5, from - 1s).certainty == Certainty::nobody);
  CHECK(desk.who(5, from - 999ms).certainty == Certainty::ambiguous);
  CHECK(desk.who(5, from).certainty == Certainty::one_holder);
  CHECK(desk.who(5, from + 60s - 1ms).certainty == Certainty::one_holder);
  CHECK(desk.who(5, from + 60s).certainty == Certainty::ambiguous);
  CHECK(desk.who(5, from + 60s, 0s).certainty == Certainty::nobody);
  CHECK(desk.who(5, from + 61s).certainty == Certainty::nobody);
  CHECK(desk.who(4, from + 30s).certainty == Certainty::nobody);
}

TEST_CASE("the hash links of every commit can be computed anew from the rows", "[journal]") {
  Desk desk;
  desk.open();
  for (unsigned i = 0; i < 20; ++i) (void)desk.allocate(i, i);
  const auto path = desk.writer->health().file;
  desk.close();
  const auto rows = rows_of(path);
  auto db = Database::open(path, Database::Mode::read);
  REQUIRE(db);
  auto commits = db->prepare("SELECT last_seq, hash FROM commits ORDER BY last_seq");
  REQUIRE(commits);
  Link link{};
  std::size_t done = 0;
  int count = 0;
  while (*commits->step()) {
    const auto end = static_cast<std::size_t>(commits->integer(0));
    link = next_link(link, std::span{rows}.subspan(done, end - done));
    done = end;
    const auto hash = commits->blob(1);
    REQUIRE(std::ranges::equal(hash, link));
    ++count;
  }
  CHECK(done == rows.size());
  CHECK(count >= 22);
  auto forged = std::vector(rows.begin(), rows.begin() + 4);
  forged[3].subscriber = subscriber(99);
  CHECK(next_link({}, forged) != next_link({}, std::span{rows}.first(4)));
}

TEST_CASE("a heartbeat row is written when nothing else happens", "[journal]") {
  Desk desk;
  desk.options.heartbeat = 10s;
  desk.open();
  const auto before = desk.writer->health().last_seq;
  desk.clock.advance(10s);
  REQUIRE(eventually([&] { return desk.writer->health().last_seq == before + 1; }));
  desk.close();
  CHECK(all_rows(desk.options.directory)[before].kind == RowKind::heartbeat);
}

TEST_CASE("a new day begins a new file that knows every open block", "[journal]") {
  Desk desk;
  desk.open();
  std::vector<BlockEvent> given;
  for (unsigned i = 0; i < 100; ++i) given.push_back(desk.allocate(i, i));
  const auto before = desk.writer->health().file;
  CHECK(before.filename() == "2026-11-20.cgnlog");
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(before));
  const auto after = desk.writer->health().file;
  CHECK(after.filename() == "2026-11-21.cgnlog");
  REQUIRE(eventually([&] { return LogFile::open(after)->complete(); }));
  desk.release(given[7]);
  desk.close();
  const auto rows = rows_of(after);
  CHECK(std::ranges::count(rows, RowKind::continued, &Row::kind) == 100);
  check_gap_free(all_rows(desk.options.directory));

  // The new file answers alone, also for blocks given long before.
  desk.clock.advance(1s);
  std::filesystem::create_directory(desk.directory / "alone");
  for (const auto& path : {after, wal_of(after)}) {
    std::filesystem::copy_file(path, desk.directory / "alone" / path.filename());
  }
  auto reader = desk.reader(desk.directory / "alone");
  const auto opened = LogFile::open(after)->header().opened;
  const auto answer = reader.holders({.external = kExternal, .ports = block_ports(3), .at = opened});
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().from == given[3].at.wall);
  const auto earlier = reader.holders({.external = kExternal, .ports = block_ports(3), .at = opened - 1ms});
  CHECK(earlier.certainty == Certainty::not_covered);

  // Both together know one loan, not two.
  auto both = desk.reader();
  const auto where = both.whereis(subscriber(7), given[7].at.wall, desk.clock.now().wall);
  CHECK(where.complete);
  REQUIRE(where.holdings.size() == 1);
  CHECK(where.holdings.front().from == given[7].at.wall);
  CHECK(where.holdings.front().to.has_value());
}

TEST_CASE("a day that begins anew gets a second file", "[journal]") {
  Desk desk;
  desk.open();
  auto file = desk.writer->health().file;
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(file));
  file = desk.writer->health().file;
  desk.clock.step(-24h);
  desk.clock.advance(10s);
  REQUIRE(desk.rolled(file));
  CHECK(desk.writer->health().file.filename() == "2026-11-20-2.cgnlog");
}

TEST_CASE("a restart in the same boot goes on where the log ended", "[journal]") {
  Desk desk;
  desk.open();
  CHECK_FALSE(desk.writer->same_boot());
  CHECK(desk.writer->last_record() == WallTime{});
  const auto first = desk.allocate(1, 1);
  const auto second = desk.allocate(2, 2);
  desk.release(second);
  desk.close();
  desk.clock.advance(30s);
  const auto gap = desk.clock.now().wall - 15s;
  desk.open();
  CHECK(desk.writer->same_boot());
  CHECK(desk.writer->last_record() == first.at.wall);
  REQUIRE(desk.writer->open_blocks().size() == 1);
  CHECK(desk.writer->open_blocks().front() == OpenBlock{.subscriber = subscriber(1),
                                                        .external = kExternal,
                                                        .ports = block_ports(1),
                                                        .pool = "residential",
                                                        .allocated_at = first.at.wall});
  REQUIRE(desk.writer->released_since(second.at.wall).size() == 1);
  CHECK(desk.writer->released_since(second.at.wall + 1ms).empty());
  CHECK(desk.who(1, gap).certainty == Certainty::one_holder);
  CHECK(desk.who(2, gap).certainty == Certainty::nobody);
  (void)desk.allocate(3, 3);
  desk.close();
  check_gap_free(all_rows(desk.options.directory));
}

TEST_CASE("after a reboot blocks end between the last record and the boot, unless they are continued", "[journal]") {
  Desk desk;
  desk.options.heartbeat = 10s;
  desk.options.boot_id = "an earlier boot";
  desk.open();
  const auto kept = desk.allocate(1, 1);
  const auto lost = desk.allocate(2, 2);
  desk.clock.advance(10s);
  REQUIRE(eventually([&] { return desk.writer->health().last_seq == 6; }));
  desk.close();
  const auto last_record = desk.clock.now().wall;
  desk.clock.reboot(100s);
  desk.options.boot_id = machine_boot_id();
  desk.open();
  CHECK_FALSE(desk.writer->same_boot());
  CHECK(desk.writer->last_record() == last_record);
  CHECK(desk.writer->open_blocks().size() == 2);
  auto continued = kept;
  continued.kind = BlockEventKind::continued;
  continued.allocated_at = kept.at.wall;
  continued.at = desk.clock.now();
  REQUIRE(desk.record(continued));
  desk.clock.advance(60s);

  const auto before = desk.who(2, last_record - 2s);
  REQUIRE(before.certainty == Certainty::one_holder);
  CHECK(before.holders.front().note.empty());
  const auto between = desk.who(2, last_record + 50s);
  REQUIRE(between.certainty == Certainty::one_holder);
  CHECK(between.holders.front().subscriber == subscriber(2));
  CHECK(between.holders.front().note.find("ended between") == 0);
  CHECK(desk.who(2, last_record + 101s).certainty == Certainty::nobody);
  const auto after = desk.who(1, last_record + 130s);
  REQUIRE(after.certainty == Certainty::one_holder);
  CHECK(after.holders.front().from == kept.at.wall);
  CHECK(after.holders.front().note.empty());
  CHECK(desk.who(1, last_record + 50s).certainty == Certainty::one_holder);
}

TEST_CASE("an event that was stamped before a day roll and arrives after it is found", "[journal]") {
  Desk desk;
  desk.open();
  const auto file = desk.writer->health().file;
  auto late = event(BlockEventKind::allocated, 1, 1, desk.clock.now());
  desk.clock.advance(24h);
  REQUIRE(desk.rolled(file));
  REQUIRE(desk.record(late));
  desk.clock.advance(1h);
  const auto answer = desk.who(1, late.at.wall + 1h);
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().subscriber == subscriber(1));
}

TEST_CASE("a checkpoint moves pages although its connection has read nothing before", "[journal]") {
  Desk desk;
  desk.open();
  for (unsigned i = 0; i < 100; ++i) (void)desk.allocate(i, i);
  const auto file = desk.writer->health().file;
  const auto before = std::filesystem::file_size(file);
  Checkpointer checkpointer;
  checkpointer.checkpoint(file);
  CHECK(eventually([&] { return std::filesystem::file_size(file) > before; }));
}

TEST_CASE("in lives of a second the -wal stays bounded: each start moves what the life before left in it",
          "[journal]") {
  Desk desk;
  std::uintmax_t most = 0, first = 0;
  for (unsigned life = 0; life < 12; ++life) {
    desk.open();
    const auto file = desk.writer->health().file;
    const auto began = std::filesystem::last_write_time(file);
    desk.writer->settle_in();
    if (life > 0) REQUIRE(eventually([&] { return std::filesystem::last_write_time(file) != began; }));
    for (unsigned i = 0; i < 40; ++i) {
      desk.release(desk.allocate(life, i));
      desk.clock.advance(1s);
    }
    most = std::max(most, std::filesystem::file_size(wal_of(file)));
    if (life == 0) first = most;
    desk.close();
  }
  // Without that: twelve times as much. Once more, because a commit may come before the pages are moved.
  CHECK(most < 3 * first);
  desk.open();
  CHECK(desk.writer->health().last_seq > 900);
}
