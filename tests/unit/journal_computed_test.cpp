// SPDX-License-Identifier: Apache-2.0
// The record asked about blocks that no row tells of: the parameters in force then say whose they were.
#include "journal/computed.hpp"

#include "journal/day_files.hpp"
#include "unit/journal_desk.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

using std::chrono::milliseconds;

// Four subscribers from this prefix on two addresses, 512 ports each from 1024 on, 1024 ports of overflow behind them.
DeterministicParameters pool_of(const char* internal = "100.64.0.4/30") {
  return {.pool = "det",
          .internal = {{"", Prefix::parse(internal).value(), 32}},
          .external = {Prefix::of(kExternal, 31)},
          .ports = {Port{1024}, Port{3071}},
          .block_size = 512,
          .max_subscribers = 4};
}

class DetDesk : public Desk {
 public:
  // As a start writes it: what was in force until now has until now to rest.
  void declare(PoolParameters pools) {
    const auto now = clock.now();
    if (last.node_name.empty()) last = {.node_id = 7, .node_name = "bng1"};
    last = next_parameters(last, std::move(pools), now.wall, milliseconds{120'000});
    REQUIRE(record(Note{.kind = NoteKind::deterministic, .detail = to_detail(last), .at = now}));
  }
  bool record(const Note& note) {
    writer->append(77, note);
    pollfd ready{writer->completion_fd(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) <= 0) return false;
    const auto fate = writer->completed();
    return fate.size() == 1 && fate.front().durable;
  }
  Answer who_at(unsigned port, WallTime when, Duration tolerance = 1s, const std::filesystem::path& path = {}) {
    const Port p{static_cast<std::uint16_t>(port)};
    return reader(path).holders({.external = kExternal, .ports = PortRange{p, p}, .at = when, .tolerance = tolerance});
  }
  void restart() {
    close();
    open();
    REQUIRE(parse_parameters(writer->parameters()).value() == last);
  }
  Parameters last{};
};

std::string one(const Answer& answer) {
  if (answer.certainty != Certainty::one_holder || answer.holders.size() != 1) {
    return std::string{to_string(answer.certainty)};
  }
  return to_string(answer.holders[0].subscriber.address()) + (answer.holders[0].computed ? " computed" : "");
}

}  // namespace

TEST_CASE("a record of parameters comes back as it was, and what it cannot mean is refused", "[RFC7422]") {
  Parameters p{.node_id = 7,
               .node_name = "bng1",
               .since = at(0s).wall,
               .rest = milliseconds{120'000},
               .pools = {pool_of()},
               .former = {{at(0s).wall, {pool_of("100.64.0.8/30")}}}};
  p.pools[0].internal.push_back({"blue", Prefix::parse("100.64.0.4/32").value(), 32});
  p.pools[0].max_subscribers = 5;
  p.pools[0].block_size = 100;
  CHECK(parse_parameters(to_detail(p)).value() == p);
  CHECK_FALSE(parse_parameters("{}"));
  CHECK_FALSE(parse_parameters("no json"));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto text = to_detail(p);
    REQUIRE(text.find(from) != std::string::npos);
    text.replace(text.find(from), from.size(), to);
    return parse_parameters(text);
  };
  CHECK_FALSE(with("\"version\":1", "\"version\":2"));
  CHECK_FALSE(with("\"block_size\":100", "\"block_size\":1000"));
  CHECK_FALSE(with("\"max_subscribers\":5", "\"max_subscribers\":4"));
  CHECK_FALSE(with("1024-3071", "3071-1024"));
}

TEST_CASE("what was in force is remembered while it has to rest") {
  const auto t = at(0s).wall;
  const milliseconds rest{120'000};
  const auto first = next_parameters({}, {pool_of()}, t, rest);
  CHECK(first.since == t);
  CHECK(first.former.empty());
  const auto same = next_parameters(first, {pool_of()}, t + 10s, rest);
  CHECK(same.since == t);
  const auto other = next_parameters(same, {pool_of("100.64.0.8/30")}, t + 20s, rest);
  CHECK(other.since == t + 20s);
  REQUIRE(other.former.size() == 1);
  CHECK(other.former[0] == Parameters::Former{t + 20s, {pool_of()}});
  const auto third = next_parameters(other, {}, t + 30s, rest);
  CHECK(third.former.size() == 2);
  CHECK(third.former[0].until == t + 30s);
  CHECK(next_parameters(third, {}, t + 141s, rest).former.size() == 1);
  CHECK(next_parameters(third, {}, t + 151s, rest).former.empty());
}

TEST_CASE("a computed port has one holder from the parameters, whether it sent or not", "[RFC7422]") {
  DetDesk desk;
  desk.open();
  const auto before = desk.clock.now().wall;
  desk.clock.advance(60s);
  desk.declare({pool_of()});
  desk.clock.advance(60s);
  const auto now = desk.clock.now().wall;
  CHECK(one(desk.who_at(1024, now)) == "100.64.0.4 computed");
  CHECK(one(desk.who_at(1535, now)) == "100.64.0.4 computed");
  CHECK(one(desk.who_at(1536, now)) == "100.64.0.6 computed");
  CHECK(one(desk.who_at(2048, now)) == "NOBODY");  // overflow, and not lent
  CHECK(one(desk.who_at(1023, now)) == "NOBODY");
  CHECK(one(desk.who_at(1024, before)) == "NOBODY");
  CHECK(desk.who_at(1024, before - 1h).certainty == Certainty::not_covered);
  const auto holder = desk.who_at(1024, now).holders.at(0);
  CHECK(holder.from == before + 60s);
  CHECK_FALSE(holder.to);
  CHECK(holder.pool == "det");
  CHECK(holder.seq == 4);  // of the record
  // The whole address: both.
  CHECK(desk.reader().holders({.external = kExternal, .at = now}).holders.size() == 2);
}

TEST_CASE("overflow is answered from its rows, beside what is computed", "[RFC7422]") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of()});
  desk.clock.advance(10s);
  const auto lent = desk.allocate(4, 2);  // 2048-2559
  desk.clock.advance(10s);
  CHECK(one(desk.who_at(2100, desk.clock.now().wall)) == "100.64.0.4");
  CHECK(one(desk.who_at(1100, desk.clock.now().wall)) == "100.64.0.4 computed");
  desk.release(lent);
  desk.clock.advance(10s);
  CHECK(one(desk.who_at(2100, desk.clock.now().wall)) == "NOBODY");
}

TEST_CASE("near a change of parameters the answer is ambiguous, then nobody's, then the new holder's", "[RFC7422]") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of()});
  desk.clock.advance(1h);
  desk.restart();
  desk.declare({pool_of("100.64.0.6/31")});  // .6 is now number 0; .7 keeps nothing either
  const auto change = desk.clock.now().wall;
  desk.clock.advance(1h);
  CHECK(one(desk.who_at(1024, change - 2s)) == "100.64.0.4 computed");
  CHECK(desk.who_at(1024, change + 500ms).certainty == Certainty::ambiguous);
  CHECK(one(desk.who_at(1024, change + 2s)) == "NOBODY");
  CHECK(one(desk.who_at(1024, change + 118s)) == "NOBODY");
  CHECK(desk.who_at(1024, change + 119'500ms).certainty == Certainty::ambiguous);
  CHECK(one(desk.who_at(1024, change + 122s)) == "100.64.0.6 computed");
  CHECK(desk.who_at(1024, change + 60s, 90s).holders.size() == 2);
  CHECK(one(desk.who_at(1536, change - 2s)) == "100.64.0.6 computed");
  CHECK(one(desk.who_at(1536, change + 2s)) == "NOBODY");  // kept for subscribers to come
  CHECK(one(desk.who_at(1536, change + 10min)) == "NOBODY");
}

TEST_CASE("who keeps its block over a change is one holder all through", "[RFC7422]") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of("100.64.0.4/31")});
  desk.clock.advance(1h);
  desk.restart();
  desk.declare({pool_of()});
  const auto change = desk.clock.now().wall;
  desk.clock.advance(1h);
  for (const auto off : {-2s, 0s, 2s, 200s}) CHECK(one(desk.who_at(1024, change + off)) == "100.64.0.4 computed");
  // Nobody had it before, so it need not rest.
  CHECK(one(desk.who_at(1536, change - 2s)) == "NOBODY");
  CHECK(one(desk.who_at(1536, change + 2s)) == "100.64.0.6 computed");
}

TEST_CASE("parameters go on through restarts and reboots, and end when they are said to end") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of()});
  const auto since = desk.clock.now().wall;
  desk.clock.advance(1h);
  desk.restart();
  desk.declare({pool_of()});
  desk.clock.advance(1h);
  desk.close();
  desk.options.boot_id = "another boot";
  desk.clock.reboot(10min);
  desk.open();
  desk.declare({pool_of()});
  desk.clock.advance(1h);
  const auto answer = desk.who_at(1024, desk.clock.now().wall);
  CHECK(one(answer) == "100.64.0.4 computed");
  CHECK(answer.holders[0].from == since);
  CHECK(one(desk.who_at(1024, since + 150min)) == "100.64.0.4 computed");
  const auto end = desk.clock.now().wall;
  desk.declare({});
  desk.clock.advance(1h);
  CHECK(one(desk.who_at(1024, end - 2s)) == "100.64.0.4 computed");
  CHECK(one(desk.who_at(1024, end + 2s)) == "NOBODY");
  CHECK(desk.who_at(1024, end - 2s).holders[0].to == end);
}

TEST_CASE("every file repeats the parameters, so that it answers alone", "[RFC7422]") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of("100.64.0.8/30")});
  const auto began = desk.clock.now().wall;
  desk.clock.advance(std::chrono::ceil<std::chrono::days>(began) - began - 1min);
  desk.restart();
  desk.declare({pool_of()});
  const auto change = desk.clock.now().wall;
  const auto first = desk.writer->health().file;
  desk.clock.advance(61s);  // midnight
  REQUIRE(desk.rolled(first));
  desk.clock.advance(1h);
  desk.close();
  const auto files = list_day_files(desk.options.directory).value();
  REQUIRE(files.size() == 2);
  const auto alone = desk.directory / "alone";
  std::filesystem::create_directory(alone);
  for (const auto& file : {files[1], wal_of(files[1])}) {
    if (std::filesystem::exists(file)) std::filesystem::copy_file(file, alone / file.filename().string());
  }
  // It still rests in the second file, which knows so without the first.
  CHECK(one(desk.who_at(1024, change + 90s, 1s, alone)) == "NOBODY");
  CHECK(one(desk.who_at(1024, change + 130s, 1s, alone)) == "100.64.0.4 computed");
  CHECK(desk.who_at(1024, change + 30s, 1s, alone).certainty == Certainty::not_covered);
  CHECK(one(desk.who_at(1024, change + 130s)) == "100.64.0.4 computed");
  CHECK(one(desk.who_at(1024, change - 1h)) == "100.64.0.8 computed");
  CHECK(parse_parameters(desk.reader(alone).parameters(change + 30min).value()).value().pools ==
        PoolParameters{pool_of()});
  CHECK(parse_parameters(desk.reader().parameters(change - 1h).value()).value().pools ==
        PoolParameters{pool_of("100.64.0.8/30")});
  CHECK_FALSE(desk.reader(alone).parameters(change - 1h));
}

TEST_CASE("whereis lists what is computed beside what was lent") {
  DetDesk desk;
  desk.open();
  desk.declare({pool_of()});
  const auto from = desk.clock.now().wall;
  desk.clock.advance(10s);
  (void)desk.allocate(6, 3);
  desk.clock.advance(1h);
  const auto found = desk.reader().whereis(subscriber(6), from, desk.clock.now().wall);
  CHECK(found.complete);
  REQUIRE(found.holdings.size() == 2);
  CHECK(found.holdings[0].computed);
  CHECK(found.holdings[0].ports == PortRange{Port{1536}, Port{2047}});
  CHECK_FALSE(found.holdings[1].computed);
  CHECK(desk.reader().whereis(Prefix::parse("100.64.0.0/24").value(), from, desk.clock.now().wall).holdings.size() ==
        5);
}

TEST_CASE("parameters that nobody here can read make the time not covered, not nobody's") {
  DetDesk desk;
  desk.open();
  REQUIRE(desk.record(Note{.kind = NoteKind::deterministic, .detail = R"({"version":9})", .at = desk.clock.now()}));
  desk.clock.advance(1h);
  const auto answer = desk.who_at(1024, desk.clock.now().wall);
  CHECK(answer.certainty == Certainty::not_covered);
  CHECK(answer.reason.find("version 9") != std::string::npos);
}
