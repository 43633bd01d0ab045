// SPDX-License-Identifier: Apache-2.0
// The sealed form: the same rows in less room, found by the same questions.
#include "unit/journal_day.hpp"
#include "unit/journal_desk.hpp"

#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/scribe.hpp"
#include "journal/seal.hpp"
#include "journal/source.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;
namespace fs = std::filesystem;

namespace {

RowFeed feed_of(const std::vector<Row>& rows) {
  return [&rows](const RowVisitor& visitor) -> Result<> {
    for (const auto& row : rows) {
      if (!visitor(row)) break;
    }
    return {};
  };
}

std::vector<Row> rows_of(const DayPlan& plan) {
  std::vector<Row> rows;
  SyntheticDay day{plan};
  REQUIRE(day.feed([&](const Row& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

std::vector<Row> all_of(const Source& source, std::uint64_t first = 0) {
  std::vector<Row> rows;
  REQUIRE(source.visit(first, [&](const Row& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

template <class Wanted>
std::vector<Row> those(const std::vector<Row>& rows, const Wanted& wanted) {
  std::vector<Row> some;
  std::ranges::copy_if(rows, std::back_inserter(some), wanted);
  return some;
}

// As the live form finds them.
std::vector<Row> of_ports(const std::vector<Row>& rows, Ipv4 external, const std::optional<PortRange>& ports) {
  return those(rows, [&](const Row& row) {
    return about_block(row.kind) && row.external == external && (!ports || row.ports.overlaps(*ports));
  });
}
std::vector<Row> of_subscriber(const std::vector<Row>& rows, const Prefix& prefix) {
  return those(rows, [&](const Row& row) { return about_subscriber(row.kind) && row.subscriber.overlaps(prefix); });
}

Row block_row(std::uint64_t seq, const std::string& subscriber, std::uint16_t first, std::uint16_t last) {
  const auto now = at(std::chrono::seconds{seq});
  return {.seq = seq,
          .kind = RowKind::allocated,
          .wall = now.wall,
          .boot = now.boot,
          .external = kExternal,
          .ports = {Port{first}, Port{last}},
          .subscriber = *Prefix::parse(subscriber),
          .pool = "residential",
          .allocated = now.wall};
}

// Everything that may stand in a log, and what hardly may.
std::vector<Row> odd_rows() {
  std::vector<Row> rows{block_row(1, "100.64.0.1", 1024, 1535),       block_row(2, "100.64.0.1", 0, 65535),
                        block_row(3, "100.64.0.0/24", 1024, 1279),    block_row(4, "10.0.0.0/8", 2048, 2048),
                        block_row(5, "100.64.0.1", 1024, 1535),       block_row(6, "0.0.0.0/0", 4096, 4607),
                        block_row(7, "255.255.255.255", 65535, 65535)};
  rows[1].realm = "home";
  rows[2].kind = RowKind::released;
  rows[2].allocated = WallTime{std::chrono::milliseconds{12}};
  rows[3].wall += std::chrono::hours{24 * 400};  // a clock that went astray
  rows[4].detail = "a detail that block rows do not have";
  rows[5].wall -= std::chrono::hours{30};
  rows[6].pool.clear();
  const auto now = at(std::chrono::seconds{8});
  const auto note = [&](std::uint64_t seq, RowKind kind, std::string detail) {
    return Row{.seq = seq, .kind = kind, .wall = now.wall, .boot = now.boot, .detail = std::move(detail)};
  };
  rows.push_back(note(8, RowKind::heartbeat, ""));
  rows.push_back(note(9, RowKind::clock_step, ""));
  rows.back().allocated = now.wall - std::chrono::hours{1};
  rows.push_back(note(10, RowKind::identity, R"({"id":"C-7"})"));
  rows.back().subscriber = *Prefix::parse("100.64.0.0/30");
  rows.back().realm = "home";
  rows.push_back(note(11, RowKind::hold, "{}"));
  rows.push_back(block_row(12, "100.64.0.1", 1024, 1535));
  return rows;
}

Header header_of(const std::vector<Row>& rows) {
  Header header{.node_id = 7, .node_name = "bng1", .opened = rows.front().wall, .first_seq = rows.front().seq};
  header.closed = rows.back().wall;
  return header;
}

Source sealed(const Directory& directory, const Header& header, const std::vector<Row>& rows) {
  fs::create_directories(directory.log());
  const auto path = directory.log() / "2026-11-20.sealed.cgnlog";
  const auto began = std::chrono::steady_clock::now();
  const auto report = seal(path, header, feed_of(rows));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  INFO((report ? std::string{} : report.error().what));
  REQUIRE(report);
  CHECK(report->rows == rows.size());
  if (rows.size() > 1000)
    WARN("sealed at " << static_cast<int>(static_cast<double>(rows.size()) / took.count()) << " rows/s");
  CHECK(report->last_link == next_link(header.previous_link, rows));
  auto source = Source::open(path);
  INFO((source ? std::string{} : source.error().what));
  REQUIRE(source);
  CHECK(source->sealed());
  return std::move(*source);
}

std::string text_of(const Row& row) {
  return std::to_string(row.seq) + " kind " + std::to_string(static_cast<int>(row.kind)) + " " +
         to_string(row.external) + ":" + to_string(row.ports) + " " + to_string(row.subscriber) + " " + row.realm;
}

}  // namespace

namespace Catch {
template <>
struct StringMaker<Row> {
  static std::string convert(const Row& row) { return text_of(row); }
};
}  // namespace Catch

TEST_CASE("a sealed day takes at most 40 bytes an event, and every row is found as it was",
          "[journal][RFC6888-REQ-14]") {
  const DayPlan plan{};
  const auto rows = rows_of(plan);
  Directory directory;
  auto source = sealed(directory, SyntheticDay::header(plan), rows);
  const auto bytes = static_cast<double>(fs::file_size(source.path()));
  const auto each = bytes / static_cast<double>(rows.size());
  WARN(rows.size() << " rows, " << each << " bytes each");
  CHECK(each <= 40.0);
  // Opening rows not counted, the events alone bear it all.
  CHECK(bytes / plan.events <= 44.0);

  CHECK(all_of(source) == rows);
  const auto last = source.last_row();
  REQUIRE(last);
  CHECK(*last == rows.back());
  CHECK(source.header().last_seq == rows.back().seq);
  std::mt19937 random{3};
  std::size_t found = 0;
  for (int i = 0; i < 60; ++i) {
    const auto& row = rows[random() % rows.size()];
    if (!about_block(row.kind)) continue;
    const Port port{static_cast<std::uint16_t>(row.ports.first.value() + random() % 512)};
    const auto by_port = source.rows(row.external, PortRange{port, port});
    REQUIRE(by_port);
    REQUIRE(*by_port == of_ports(rows, row.external, PortRange{port, port}));
    const auto by_subscriber = source.rows(row.subscriber);
    REQUIRE(by_subscriber);
    REQUIRE(*by_subscriber == of_subscriber(rows, row.subscriber));
    found += by_port->size() + by_subscriber->size();
  }
  CHECK(found > 500);
}

TEST_CASE("whatever stands in a log stands in its sealed form, too", "[journal]") {
  const auto rows = odd_rows();
  Directory directory;
  auto source = sealed(directory, header_of(rows), rows);
  CHECK(all_of(source) == rows);
  for (std::uint64_t first = 1; first <= rows.size() + 1; ++first) {
    CHECK(all_of(source, first) == those(rows, [&](const Row& row) { return row.seq >= first; }));
  }
  for (const auto* text : {"0.0.0.0/0", "100.64.0.1", "100.64.0.2", "100.64.0.0/24", "10.1.2.3", "255.255.255.255",
                           "192.0.2.1", "100.64.0.0/30"}) {
    const auto prefix = *Prefix::parse(text);
    const auto found = source.rows(prefix);
    REQUIRE(found);
    INFO(text);
    CHECK(*found == of_subscriber(rows, prefix));
    const auto identities = source.identities(prefix);
    REQUIRE(identities);
    CHECK(*identities == those(rows, [&](const Row& row) {
      return row.kind == RowKind::identity && row.subscriber.contains(prefix);
    }));
  }
  for (const int number : {0, 1024, 1279, 1280, 1535, 1536, 2048, 4607, 65535}) {
    const Port port{static_cast<std::uint16_t>(number)};
    const PortRange range{port, port};
    const auto found = source.rows(kExternal, range);
    REQUIRE(found);
    INFO(number);
    CHECK(*found == of_ports(rows, kExternal, range));
  }
  const auto all = source.rows(kExternal, {});
  REQUIRE(all);
  CHECK(*all == of_ports(rows, kExternal, {}));
  const auto turns = source.turns();
  REQUIRE(turns);
  REQUIRE(turns->size() == 1);
  CHECK(turns->front() == rows[8]);
  const auto reach = source.reach();
  REQUIRE(reach);
  CHECK(*reach == rows[5].wall);
}

TEST_CASE("the views of a sealed file show every row to who has nothing but sqlite3", "[journal]") {
  const auto rows = odd_rows();
  Directory directory;
  const auto source = sealed(directory, header_of(rows), rows);
  auto db = Database::open(source.path(), Database::Mode::immutable);
  REQUIRE(db);
  auto plain = db->prepare("SELECT " +
                           std::string{"seq, kind, wall_ms, boot_ms, external, first, last, subscriber, "
                                       "subscriber_length, realm, pool, allocated_ms, detail"} +
                           " FROM events ORDER BY seq");
  REQUIRE(plain);
  for (const auto& row : rows) {
    REQUIRE(plain->step().value());
    CHECK(static_cast<std::uint64_t>(plain->integer(0)) == row.seq);
    CHECK(plain->integer(2) == row.wall.time_since_epoch().count());
    CHECK(plain->integer(3) == row.boot.count());
    CHECK(plain->integer(11) == row.allocated.time_since_epoch().count());
    CHECK(plain->text(9) == row.realm);
    CHECK(plain->text(12) == row.detail);
  }
  auto words = db->prepare(
      "SELECT time, what, external, ports, subscriber, realm, pool, since FROM events_in_words "
      "WHERE seq = 3");
  REQUIRE(words);
  REQUIRE(words->step().value());
  CHECK(words->text(0) == "2026-11-20T07:00:03.000Z");
  CHECK(words->text(1) == "released");
  CHECK(words->text(2) == "198.51.100.10");
  CHECK(words->text(3) == "1024-1279");
  CHECK(words->text(4) == "100.64.0.0/24");
  CHECK(words->text(7) == "1970-01-01T00:00:00.012Z");
}

TEST_CASE("rows with a number missing are not sealed", "[journal]") {
  auto rows = odd_rows();
  rows.erase(rows.begin() + 4);
  Directory directory;
  fs::create_directories(directory.log());
  const auto path = directory.log() / "2026-11-20.sealed.cgnlog";
  const auto report = seal(path, header_of(rows), feed_of(rows));
  REQUIRE_FALSE(report);
  CHECK(report.error().what == "row 6 does not follow the row before it");
  CHECK(fs::is_empty(directory.log()));
}

TEST_CASE("a part of a sealed file says that it is one", "[journal]") {
  const auto rows = odd_rows();
  Directory directory;
  const auto path = sealed(directory, header_of(rows), rows).path();
  fs::resize_file(path, fs::file_size(path) - 4096);
  const auto source = Source::open(path);
  REQUIRE_FALSE(source);
}

TEST_CASE("a header that promises more rows than there are is not believed", "[journal]") {
  const auto rows = odd_rows();
  auto header = header_of(rows);
  header.last_seq = std::uint64_t{1} << 60;
  Directory directory;
  const auto source = sealed(directory, header, rows);
  CHECK(source.header().last_seq == rows.back().seq);
  CHECK(all_of(source) == rows);
}

TEST_CASE("a number that only looks like another one in 32 bits stands for nothing", "[journal]") {
  const auto rows = odd_rows();
  Directory directory;
  const auto path = sealed(directory, header_of(rows), rows).path();
  auto db = Database::open(path, Database::Mode::write);
  REQUIRE(db);
  const auto* column = GENERATE("address", "block", "subscriber", "sort");
  REQUIRE(db->execute(std::string{"UPDATE blocks SET "} + column + " = " + column + " + 4294967296 WHERE seq = 1"));
  const auto source = Source::open(path);
  REQUIRE(source);
  CHECK(all_of(*source) != rows);
}
