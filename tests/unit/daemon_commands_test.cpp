// SPDX-License-Identifier: Apache-2.0
// The whole loop: words -> cgnctl -> UNIX socket -> control server -> routes -> a daemon made of a real core and a
// table in memory -> document -> page and exit code.
#include "unit/daemon_commands_loop.hpp"

#include <poll.h>

#include <thread>

#include "cgn/control_alarms.hpp"
#include "cgn/control_statics.hpp"
#include "daemon/documents.hpp"

using namespace cgn;
using namespace cgn::daemon::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

BlockEvent event_of(BlockEventKind kind, const char* subscriber) {
  return {.kind = kind,
          .subscriber = *Prefix::parse(subscriber),
          .external = *Ipv4::parse("203.0.113.1"),
          .ports = {Port{1024}, Port{1535}},
          .pool = "res-1",
          .allocated_at = at(std::chrono::seconds{0}).wall,
          .at = at(std::chrono::seconds{3'661})};
}

}  // namespace

TEST_CASE("status tells node, ports, pools, log and what is wrong", "[control]") {
  Loop loop;
  loop.daemon.facts_.ports = {{.interface = "in0", .internal = true, .native = true},
                              {.interface = "out0", .external = true, .native = false}};
  loop.daemon.facts_.log.writable = false;
  loop.daemon.facts_.log.trouble = "no space left";
  loop.daemon.facts_.guard_missing = {"rule iif in0"};
  (void)loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");

  const auto status = loop.json({"status"}).get<control::Status>();
  CHECK(status.schema == "cgn/status/1");
  CHECK(status.node_name == "cgn-test-1");
  CHECK(status.uptime_seconds == 3'700);
  CHECK(status.subscribers == 1);
  CHECK(status.mappings_by_protocol.udp == 1);
  CHECK(status.pools.at(0).subscribers == 1);
  CHECK(status.ports.at(1).xdp == "generic");
  CHECK_FALSE(status.guard.whole);
  CHECK(status.log.retention_seconds == 730u * 86'400u);

  REQUIRE(loop.run({}) == Exit::ok);  // bare cgnctl
  CHECK(has(loop.out, "cgnd 0.1.0-test  node cgn-test-1 (7)  ready  up 01:01:40"));
  CHECK(has(loop.out, "out0: generic XDP"));
  CHECK(has(loop.out, "NOT WRITABLE: no space left"));
  CHECK(has(loop.out, "leak guard: missing rule iif in0"));
}

TEST_CASE("pool, address, subscriber and block show what the core lent", "[control]") {
  Loop loop;
  const auto alice = loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");
  (void)loop.daemon.open("100.64.0.8:5000", "198.51.100.1:53");

  CHECK(loop.json({"show", "pool", "res-1"})["pools"][0]["first_held"] == 2);
  CHECK(loop.run({"show", "pool", "nothing"}) == Exit::nothing);
  CHECK(loop.run({"show", "pool", "-o", "pool,subscribers,max", "--no-headers", "--csv"}) == Exit::ok);
  CHECK(loop.out == "res-1,2,200\n");

  const auto subscriber = loop.json({"show", "subscriber", "100.64.0.7"}).get<control::Subscriber>();
  CHECK(subscriber.external == to_string(alice.external.address));
  REQUIRE(subscriber.blocks.size() == 1);
  CHECK(subscriber.blocks[0].used.udp == 1);
  CHECK(subscriber.blocks[0].state == "held");
  CHECK(loop.run({"show", "subscriber", "100.64.9.9"}) == Exit::nothing);
  CHECK(has(loop.err, "hint: cgnctl whereis 100.64.9.9"));
  CHECK(loop.run({"show", "subscriber", "192.0.2.77"}) == Exit::nothing);
  CHECK(has(loop.err, "error: no [[rule]] covers 192.0.2.77"));
  CHECK(loop.run({"show", "subscriber", "alice"}) == Exit::usage);

  const auto address = loop.json({"show", "address", to_string(alice.external.address)}).get<control::Address>();
  CHECK(address.pool == "res-1");
  CHECK(address.blocks.size() >= 1);
  CHECK(loop.run({"show", "address", "192.0.2.1"}) == Exit::nothing);

  CHECK(loop.json({"show", "block"})["blocks"].size() == 2);
  CHECK(loop.json({"show", "block", "--subscriber", "100.64.0.8"})["blocks"].size() == 1);
  CHECK(loop.json({"show", "block", "--pool", "other"})["blocks"].empty());
  CHECK(loop.run({"show", "block", "--address", "everywhere"}) == Exit::usage);
}

TEST_CASE("a list of blocks longer than one slice and one answer is whole", "[control]") {
  Loop loop;
  constexpr std::size_t kSubscribers = 150;  // more than one slice of 64
  for (std::size_t i = 1; i <= kSubscribers; ++i) {
    (void)loop.daemon.open(("100.64.1." + std::to_string(i) + ":5000").c_str(), "198.51.100.1:53");
  }
  const auto document = loop.json({"show", "block"}).get<control::Blocks>();
  CHECK(document.blocks.size() == kSubscribers);
  CHECK_FALSE(document.next);

  // Answer by answer, as another client may ask.
  const auto list = daemon::make_routes(loop.daemon);
  const auto route = std::ranges::find(list, std::string{control::path::kBlocks}, &io::ControlRoute::pattern);
  REQUIRE(route != list.end());
  std::size_t seen = 0;
  std::optional<std::uint64_t> after = 0;
  for (int answers = 0; after; ++answers) {
    REQUIRE(answers < 100);
    io::ControlRequest request;
    request.query = {{"limit", "7"}, {"after", std::to_string(*after)}};
    const auto part = Json::parse(route->handle(request).json).get<control::Blocks>();
    CHECK(part.blocks.size() <= 7);
    seen += part.blocks.size();
    after = part.next;
  }
  CHECK(seen == kSubscribers);
}

TEST_CASE("mappings come from the table: walked, filtered, looked up, limited", "[control]") {
  Loop loop;
  const auto alice = loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");
  (void)loop.daemon.open("100.64.0.7:5001", "198.51.100.1:443", Proto::tcp);
  (void)loop.daemon.open("100.64.0.8:5000", "198.51.100.1:53");

  CHECK(loop.json({"show", "mapping"})["mappings"].size() == 3);
  CHECK(loop.json({"show", "mapping", "--internal", "100.64.0.7"})["mappings"].size() == 2);
  CHECK(loop.json({"show", "mapping", "--internal", "100.64.0.0/29"})["mappings"].size() == 2);
  CHECK(loop.json({"show", "mapping", "--proto", "tcp"})["mappings"][0]["state"] == "opening");
  const auto by_internal = loop.json({"show", "mapping", "--internal", "100.64.0.7:5000"})["mappings"];
  const auto by_external = loop.json({"show", "mapping", "--external", to_string(alice.external)})["mappings"];
  REQUIRE(by_internal.size() == 1);
  CHECK(by_internal[0]["external"] == to_string(alice.external));
  CHECK(by_external == by_internal);
  CHECK(loop.json({"show", "mapping", "--external", "203.0.113.1:1"})["mappings"].empty());

  const auto limited = loop.json({"show", "mapping", "--limit", "2"});
  CHECK(limited["mappings"].size() == 2);
  CHECK(limited["more"] == true);
  CHECK(loop.json({"show", "mapping", "--limit", "3"})["more"] == false);

  CHECK(loop.run({"show", "mapping", "--proto", "ospf"}) == Exit::usage);
  loop.daemon.table_breaks = true;
  CHECK(loop.run({"show", "mapping"}) == Exit::failed);
  CHECK(has(loop.err, "the list is not whole: the table broke"));
}

TEST_CASE("drops lists every verdict once with totals of both sides and a rate", "[control]") {
  Loop loop;
  loop.daemon.oldest.at = Monotonic{std::chrono::seconds{100}};
  loop.daemon.newest.at = Monotonic{std::chrono::seconds{110}};
  loop.daemon.oldest.kernel[CGN_VERDICT_NO_MAPPING] = 1'000;
  loop.daemon.newest.kernel[CGN_VERDICT_NO_MAPPING] = 1'710;
  loop.daemon.newest.slow_path[CGN_VERDICT_BLOCK_LIMIT] = 31;

  const auto drops = loop.json({"show", "drops"}).get<control::Drops>();
  REQUIRE(drops.verdicts.size() == CGN_VERDICT_COUNT);
  const auto& no_mapping = drops.verdicts[CGN_VERDICT_NO_MAPPING];
  CHECK(no_mapping.total == 1'710);
  CHECK(no_mapping.rate == Approx(71.0));
  CHECK(no_mapping.refusal);
  for (const auto sent : {CGN_VERDICT_TRANSLATED, CGN_VERDICT_BYPASSED, CGN_VERDICT_ECHO_ANSWERED, CGN_VERDICT_LOCAL}) {
    CHECK_FALSE(drops.verdicts[sent].refusal);
  }
  CHECK(drops.verdicts[CGN_VERDICT_BLOCK_LIMIT].slow_path == 31);

  // Each --watch picture measures since the last: 290 more in 5 s.
  int pictures = 0;
  loop.on_pause = [&] {
    loop.daemon.newest.at += std::chrono::seconds{5};
    loop.daemon.newest.kernel[CGN_VERDICT_NO_MAPPING] += 290;
    return ++pictures < 2;
  };
  REQUIRE(loop.run({"show", "drops", "-w", "-o", "verdict,rate/s", "--csv", "--no-headers"}) == Exit::ok);
  CHECK(has(loop.out, "no_mapping,71.0\n"));
  CHECK(has(loop.out, "no_mapping,58.0\n"));
}

TEST_CASE("dataplane shows the modes in force and what each queue lost", "[control]") {
  Loop loop;
  loop.daemon.facts_.ports = {{.interface = "in0", .internal = true, .native = true, .zerocopy = true, .queues = 4},
                              {.interface = "gone0", .external = true, .attached = false}};
  loop.daemon.facts_.hands = {{.queue = 3, .statistics = {.rx_dropped = 17}}};
  const auto dataplane = loop.json({"show", "dataplane"}).get<control::Dataplane>();
  CHECK(dataplane.ports.at(0).afxdp == "zero-copy");
  CHECK(dataplane.ports.at(1).xdp == "detached");
  CHECK(dataplane.queues.at(0).punt_lost == 17);
  REQUIRE(loop.run({"show", "dataplane"}) == Exit::ok);
  CHECK(has(loop.out, "3: punt_lost 17"));
}

TEST_CASE("clearing says what it will end, asks for a yes, and reaches the daemon", "[control]") {
  Loop loop;
  (void)loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");

  CHECK(loop.run({"clear", "subscriber", "100.64.0.7"}) == Exit::usage);
  CHECK(loop.daemon.cleared.empty());
  CHECK(loop.run({"clear", "subscriber", "100.64.0.7", "--yes"}) == Exit::ok);
  CHECK(has(loop.err, "will end 1 mappings of subscriber 100.64.0.7"));
  CHECK(loop.out == "3 mappings ended\n");
  CHECK(loop.run({"clear", "subscriber", "100.64.9.9", "--yes"}) == Exit::nothing);

  CHECK(loop.run({"clear", "mapping", "100.64.0.7:5000/udp", "--yes"}) == Exit::ok);
  CHECK(loop.run({"clear", "mapping", "100.64.0.7:5000/tcp", "--yes"}) == Exit::nothing);
  CHECK(loop.daemon.cleared == std::vector<std::string>{"100.64.0.7", "udp 100.64.0.7:5000", "tcp 100.64.0.7:5000"});
}

TEST_CASE("the read-only socket shows and does not clear", "[control]") {
  Loop loop;
  (void)loop.daemon.open("100.64.0.7:5000", "198.51.100.1:53");
  CHECK(loop.run_on(loop.socket("ro.sock"), {"show", "subscriber", "100.64.0.7"}) == Exit::ok);
  CHECK(loop.run_on(loop.socket("ro.sock"), {"clear", "subscriber", "100.64.0.7", "--yes"}) == Exit::unreachable);
  CHECK(loop.run_on(loop.socket("ro.sock"), {"detach", "--yes"}) == Exit::unreachable);
  CHECK(loop.daemon.cleared.empty());
  CHECK_FALSE(loop.daemon.detached);
}

TEST_CASE("detach asks the daemon and waits until it is gone", "[control]") {
  Loop loop;
  loop.on_pause = [&] {
    loop.stop();  // as the daemon does at its end
    return true;
  };
  CHECK(loop.run({"detach", "--yes"}) == Exit::ok);
  CHECK(loop.daemon.detached);
  CHECK(loop.out == "detached\n");
}

TEST_CASE("monitor tells each block event to every listener, as text and as JSON Lines", "[control]") {
  Loop loop;
  const auto streams = daemon::make_streams(loop.daemon);
  const auto stream =
      std::ranges::find(streams, std::string{control::path::kMonitorBlocks}, &io::ControlStream::pattern);
  REQUIRE(stream != streams.end());
  auto lines = stream->open({});
  REQUIRE(lines);
  loop.daemon.feed.publish(event_of(BlockEventKind::allocated, "100.64.0.7"));
  loop.daemon.feed.publish(event_of(BlockEventKind::released, "100.64.0.8"));
  std::string text;
  CHECK((*lines)(text));
  std::istringstream in{text};
  std::string line;
  std::getline(in, line);
  CHECK(Json::parse(line)["event"] == "allocated");
  std::getline(in, line);
  CHECK(Json::parse(line).get<control::BlockNews>().subscriber == "100.64.0.8");

  // Through the socket: nobody knows when the listener is there, so events are published until its first line came.
  std::atomic<bool> over = false;
  std::thread publisher{[&] {
    while (!over) {
      loop.daemon.feed.publish(event_of(BlockEventKind::released, "100.64.0.8"));
      ::poll(nullptr, 0, 1);
    }
  }};
  FullAfterOneLine full;
  std::ostream narrow{&full};
  const auto exit = loop.run_into(narrow, {"monitor", "blocks"});
  over = true;
  publisher.join();
  CHECK(exit == Exit::ok);
  CHECK(full.line == "08:01:01.000Z - 100.64.0.8         203.0.113.1:1024-1535       res-1  held 01:01:01\n");
}

TEST_CASE("a slow listener loses the oldest events and is told how many", "[control]") {
  daemon::BlockFeed feed;
  daemon::BlockFeed::Reader reader{feed};
  for (std::size_t i = 0; i < daemon::BlockFeed::kBacklog + 5; ++i) {
    feed.publish(event_of(BlockEventKind::allocated, "100.64.0.7"));
  }
  const auto news = reader.take(std::chrono::milliseconds{0});
  CHECK(news.lost == 5);
  CHECK(news.events.size() == daemon::BlockFeed::kBacklog);
  CHECK(reader.take(std::chrono::milliseconds{0}).events.empty());
}

TEST_CASE("a daemon that is stopping says so", "[control]") {
  Loop loop;
  loop.daemon.stopping = true;
  CHECK(loop.run({"status"}) == Exit::failed);
  CHECK(has(loop.err, "error: the daemon is stopping"));
}

TEST_CASE("every document survives the way to text and back", "[control]") {
  control::Blocks blocks;
  blocks.blocks.push_back({.ticket = 5, .subscriber = "100.64.0.7/32", .used = {1, 2, 3}});
  blocks.next = 5;
  const auto back = Json::parse(control::to_text(Json(blocks))).get<control::Blocks>();
  CHECK(back.next == 5);
  CHECK(back.blocks.at(0).used.icmp == 3);
  // A reader of today takes the document of an older daemon, and of a newer one.
  CHECK(Json::parse(R"({"schema":"cgn/block/1"})").get<control::Blocks>().blocks.empty());
  CHECK_FALSE(Json::parse(R"({"next":null,"colour":"green"})").get<control::Blocks>().next);
}

TEST_CASE("a reload tells each change, and refuses with the exit code of its reason", "[control]") {
  Loop loop;
  auto& report = loop.daemon.reloaded;
  report.plan.live = {{"[limits] ports_per_subscriber", "64", "128"}};
  CHECK(loop.run({"reload", "--dry-run"}) == Exit::ok);
  CHECK(has(loop.out, "[limits] ports_per_subscriber: 64 -> 128\n"));
  CHECK(has(loop.out, "would change 1 key\n"));
  CHECK(loop.json({"reload"}).at("applied") == true);
  report.plan.restart = {{"[limits] subscribers", "10", ""}};
  CHECK(loop.run({"reload"}) == Exit::failed);
  CHECK(has(loop.out, "[limits] subscribers: 10 -> (not set)   (needs a restart)"));
  CHECK(has(loop.err, "systemctl restart cgnd"));
  report.complaints = {{{3, 5}, "unknown key 'x'", ""}};
  CHECK(loop.run({"reload"}) == Exit::config);
  CHECK(has(loop.err, "/etc/cgn/cgn.toml:3:5: unknown key 'x'"));
}

TEST_CASE("alarms name who is refused and what is nearly full", "[control][RFC6888-REQ-11C]") {
  Loop loop;
  CHECK(loop.json({"show", "alarms"}).at("total") == 0);
  (void)loop.daemon.open("100.64.0.7:1", "198.51.100.1:53");
  REQUIRE(loop.daemon.ask([](core::Translator& core, const Now& now) {
    core::Effects effects;
    auto config = policy();
    config.limits.ports_per_subscriber = 1;
    config.pools[0].alarm_high = config.pools[0].alarm_low = 0;
    config.limits.mappings = 1;
    core.follow(config);
    (void)core.outbound({.proto = Proto::udp, .internal = {*parse_endpoint("100.64.0.7:2"), kDefaultRealm}}, now,
                        effects);
    core.tick(now, 10, effects);
  }));
  const auto alarms = loop.json({"show", "alarms"}).get<control::Alarms>();
  REQUIRE(alarms.total == 2);
  CHECK(alarms.alarms[0].event == "threshold_reached");
  CHECK(alarms.alarms[0].reason == "mappings");
  CHECK(alarms.alarms[0].used == 1);
  CHECK(alarms.alarms[1].nat_event == 13);
  CHECK(alarms.alarms[1].reason == "port_limit");
  CHECK(alarms.alarms[1].subscriber == "100.64.0.7");
  CHECK(alarms.alarms[1].refused == 1);
  CHECK(loop.run({"show", "alarms"}) == Exit::ok);
  CHECK(has(loop.out, "port_limit"));
  CHECK(has(loop.json({"status"}).dump(), "cgnctl show alarms"));
}

TEST_CASE("a log that cannot be written is an alarm, the first of all", "[control]") {
  Loop loop;
  loop.daemon.facts_.log.writable = false;
  loop.daemon.facts_.log.trouble = "database or disk is full";
  loop.daemon.facts_.log.since = at(std::chrono::seconds{5}).wall;
  const auto alarms = loop.json({"show", "alarms"}).get<control::Alarms>();
  REQUIRE(alarms.total == 1);
  CHECK(alarms.alarms[0].event == "log_unwritable");
  CHECK(alarms.alarms[0].reason == "no_journal");
  CHECK(alarms.alarms[0].since == control::to_text(at(std::chrono::seconds{5}).wall));
  CHECK(has(alarms.alarms[0].text, "disk is full; no new block is given"));
  CHECK(loop.json({"status"}).at("log").at("unwritable_since") == alarms.alarms[0].since);
  CHECK(loop.run({"show", "alarms"}) == Exit::ok);
  CHECK(has(loop.out, "log_unwritable"));
}

TEST_CASE("port forwards and whole addresses are shown, pending until the log has them", "[control]") {
  auto config = policy();
  config.statics = {{.proto = Proto::tcp,
                     .external = *parse_endpoint("203.0.113.9:443"),
                     .internal = {*parse_endpoint("100.64.0.9:8443"), kDefaultRealm},
                     .place = {}},
                    {.whole = true,
                     .external = {*Ipv4::parse("203.0.113.10"), {}},
                     .internal = {{*Ipv4::parse("100.64.0.10"), {}}, kDefaultRealm},
                     .place = {}}};
  Loop loop{config};
  auto shown = loop.json({"show", "static"}).get<control::Statics>();
  REQUIRE(shown.statics.size() == 2);
  CHECK(shown.statics[0].state == "pending");
  CHECK(shown.statics[0].since.empty());
  loop.daemon.begin();
  shown = loop.json({"show", "static"}).get<control::Statics>();
  CHECK(shown.statics[0].proto == "tcp");
  CHECK(shown.statics[0].external == "203.0.113.9:443");
  CHECK(shown.statics[0].internal == "100.64.0.9:8443");
  CHECK(shown.statics[1].proto == "any");
  CHECK(shown.statics[1].external == "203.0.113.10");
  CHECK(shown.statics[1].internal == "100.64.0.10");
  CHECK(shown.statics[1].state == "installed");
  CHECK_FALSE(shown.statics[1].since.empty());
  CHECK(loop.run({"show", "static"}) == Exit::ok);
  CHECK(has(loop.out, "203.0.113.10"));
  // As mappings: by address, by any port of a whole address, by any protocol.
  for (const char* external : {"203.0.113.10", "203.0.113.10:4711"}) {
    CHECK(loop.run({"show", "mapping", "--external", external}) == Exit::ok);
    CHECK(has(loop.out, "any"));
    CHECK(has(loop.out, "100.64.0.10"));
  }
  CHECK(loop.run({"show", "mapping", "--internal", "100.64.0.10:1", "--proto", "udp"}) == Exit::ok);
  CHECK(has(loop.out, "203.0.113.10"));
}

TEST_CASE("the config in force is shown as it was loaded", "[control]") {
  Loop loop;
  loop.daemon.facts_.config_text = "[node]\nid = 7\n";
  REQUIRE(loop.run({"config", "show"}) == Exit::ok);
  CHECK(loop.out == "[node]\nid = 7\n");
}
