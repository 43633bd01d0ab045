// SPDX-License-Identifier: Apache-2.0
// The catalogue: a look-up opens the files that it needs, and means what one means that opens them all.
#include <fcntl.h>
#include <sys/stat.h>

#include "unit/journal_desk.hpp"

#include "journal/catalogue.hpp"
#include "journal/day_files.hpp"
#include "journal/shelf.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

constexpr unsigned kDays = 6;

// Subscriber n held block n from the n-th day for an hour.
class Days {
 public:
  Days() {
    desk.open();
    for (unsigned day = 0; day < kDays; ++day) {
      const auto file = desk.writer->health().file;
      given.push_back(desk.allocate(day + 1, day));
      desk.clock.advance(1h);
      desk.release(given.back());
      desk.clock.advance(23h);
      REQUIRE(desk.rolled(file));
      files.push_back(file);
    }
    desk.close();
    REQUIRE(refresh_catalogue(desk.options.directory, desk.clock.now().wall));
  }
  [[nodiscard]] Answer who_on(unsigned day) { return desk.who(day, given[day].at.wall + 30min); }

  Desk desk{};
  std::vector<BlockEvent> given{};
  std::vector<std::filesystem::path> files{};
};

// Another content under the same name, size and times.
void spoil(const std::filesystem::path& path) {
  struct stat before {};
  REQUIRE(::stat(path.c_str(), &before) == 0);
  std::ofstream{path, std::ios::binary | std::ios::in}.write(std::string(4096, 'x').data(), 4096);
  const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
}

Catalogue catalogue_in(const std::filesystem::path& directory) {
  Catalogue catalogue;
  REQUIRE(read_catalogue(
      directory, [&](std::string_view name, CatalogueEntry entry) { catalogue.emplace(name, std::move(entry)); }));
  return catalogue;
}

}  // namespace

TEST_CASE("the catalogue holds every closed file, and reads back as it was written", "[journal][catalogue]") {
  Days days;
  const auto catalogue = catalogue_in(days.desk.options.directory);
  REQUIRE(catalogue.size() == kDays);
  for (const auto& file : days.files) {
    const auto found = catalogue.find(file.filename().string());
    REQUIRE(found != catalogue.end());
    const auto& [stamp, extent] = found->second;
    CHECK(stamp == stamp_of(file));
    CHECK(extent.complete);
    CHECK(extent.header.node_name == "bng1");
    CHECK(extent.header.closed.has_value());
    CHECK_FALSE(extent.stepped_low.has_value());
  }
}

TEST_CASE("a look-up opens no file of another time", "[journal][catalogue]") {
  Days days;
  for (unsigned day = 0; day < kDays; ++day) {
    if (day == 2 || day == 3) continue;  // whose an address was may be told a day later
    spoil(days.files[day]);
    spoil(wal_of(days.files[day]));
  }
  const auto answer = days.who_on(2);
  CHECK(answer.reason.empty());
  REQUIRE(answer.certainty == Certainty::one_holder);
  CHECK(answer.holders.front().subscriber == subscriber(3));
  CHECK(days.who_on(1).certainty == Certainty::not_covered);
}

TEST_CASE("a file that changed since is asked itself", "[journal][catalogue]") {
  Days days;
  const auto& path = days.files[3];
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + 1s);
  CHECK(days.who_on(3).certainty == Certainty::one_holder);
  CHECK(days.who_on(2).certainty == Certainty::one_holder);
}

TEST_CASE("a hole in the catalogue is one only when every file was looked at", "[journal][catalogue]") {
  Days days;
  std::filesystem::rename(days.files[3], days.files[1]);
  std::filesystem::rename(wal_of(days.files[3]), wal_of(days.files[1]));
  CHECK(days.who_on(3).certainty == Certainty::one_holder);
  CHECK(days.who_on(1).certainty == Certainty::not_covered);
}

TEST_CASE("a file that is gone is a hole, whatever the catalogue says", "[journal][catalogue]") {
  Days days;
  std::filesystem::remove(days.files[3]);
  const auto answer = days.who_on(3);
  CHECK(answer.certainty == Certainty::not_covered);
  CHECK(answer.reason.find("missing") != std::string::npos);
  CHECK(days.who_on(2).certainty == Certainty::one_holder);
}

TEST_CASE("a file that comes while the record is being opened is found", "[journal][catalogue]") {
  Days days;
  const auto& late = days.files.back();
  const auto aside = days.desk.options.directory / "aside";
  std::filesystem::rename(late, aside);
  auto reader = days.desk.reader();
  std::filesystem::rename(aside, late);
  const auto port = block_ports(kDays - 1).first;
  const auto answer = reader.holders({.external = kExternal,
                                      .ports = PortRange{port, port},
                                      .at = days.given.back().at.wall + 30min,
                                      .tolerance = 1s});
  CHECK(answer.certainty == Certainty::one_holder);
}

TEST_CASE("a closed file knows up to its close, although the file after it is lost", "[journal][catalogue]") {
  Days days;
  const auto closed =
      catalogue_in(days.desk.options.directory).find(days.files[2].filename().string())->second.extent.header.closed;
  REQUIRE(closed);
  std::filesystem::remove(days.files[3]);
  std::filesystem::remove(wal_of(days.files[3]));
  CHECK(days.desk.who(2, *closed - 2s).certainty == Certainty::nobody);
  CHECK(days.desk.who(2, *closed + 2s).certainty == Certainty::not_covered);
}

TEST_CASE("a file under the stamp of another is found out when it is opened, and all files are asked",
          "[journal][catalogue]") {
  Days days;
  auto catalogue = catalogue_in(days.desk.options.directory);
  auto& second = catalogue.find(days.files[1].filename().string())->second.extent;
  second.header.opened -= 48h;  // says that it covers two days more
  REQUIRE(write_catalogue(days.desk.options.directory, catalogue));
  CHECK(days.who_on(1).certainty == Certainty::one_holder);
  CHECK(days.desk.who(1, days.given[0].at.wall - 24h).certainty == Certainty::not_covered);
}

TEST_CASE("a torn catalogue is no catalogue", "[journal][catalogue]") {
  Days days;
  const auto path = days.desk.options.directory / std::string{kCatalogueName};
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  CHECK_FALSE(read_catalogue(days.desk.options.directory, [](std::string_view, const CatalogueEntry&) {}));
  for (unsigned day = 0; day < kDays; ++day) CHECK(days.who_on(day).certainty == Certainty::one_holder);
}

TEST_CASE("every answer is the same with the catalogue and without", "[journal][catalogue]") {
  Days days;
  auto with = days.desk.reader();
  std::vector<Answer> answers;
  const auto ask_all = [&](Reader& reader, auto take) {
    for (unsigned block = 0; block < kDays; ++block) {
      for (auto at = days.given[0].at.wall - 2h; at < days.desk.clock.now().wall + 2h; at += 17min) {
        const auto port = block_ports(block).first;
        take(reader.holders({.external = kExternal, .ports = PortRange{port, port}, .at = at, .tolerance = 5min}));
      }
    }
  };
  ask_all(with, [&](Answer answer) { answers.push_back(std::move(answer)); });
  std::filesystem::remove(days.desk.options.directory / std::string{kCatalogueName});
  auto without = days.desk.reader();
  std::map<Certainty, int> seen;
  ask_all(without, [&, next = std::size_t{0}](const Answer& answer) mutable {
    const auto& before = answers[next++];
    ++seen[answer.certainty];
    REQUIRE(answer.certainty == before.certainty);
    REQUIRE(answer.reason == before.reason);
    REQUIRE(answer.holders.size() == before.holders.size());
  });
  CHECK(seen[Certainty::one_holder] > 5);
  CHECK(seen[Certainty::nobody] > 100);
  CHECK(seen[Certainty::not_covered] > 10);
}
