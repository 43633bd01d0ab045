// SPDX-License-Identifier: Apache-2.0
// What the daemon writes for the kernel: each call is the whole content.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "bench_network.hpp"
#include "io/map_content.hpp"
#include "io/program.hpp"

using namespace cgn;
using namespace cgn::test;

namespace {

io::Program open_program(const Bench& bench) {
  auto program = io::Program::open(bench.pins(), {.entries = 1000, .subscribers = 100});
  INFO((program ? "" : program.error().what + " / " + program.error().hint));
  REQUIRE(program);
  return std::move(*program);
}

io::Fd pinned(const Bench& bench, const char* map) {
  io::Fd fd{bpf_obj_get((bench.pins() / map).c_str())};
  REQUIRE(fd);
  return fd;
}

io::ClassifiedPrefix row(const char* prefix, std::uint32_t flags) {
  return {.prefix = *Prefix::parse(prefix),
          .value = {.flags = flags, .subscriber_mask = 0xffffffff, .bypass_set = 0, .realm = CGN_REALM_EXTERNAL}};
}

// Flags of the longest prefix that covers the address; 0 for a miss.
std::uint32_t class_of(const io::Fd& classes, const char* address) {
  const cgn_prefix_key key{
      .length = CGN_VIEW_BITS + 32, .view = CGN_REALM_EXTERNAL, .addr = Ipv4::parse(address)->net()};
  cgn_class found{};
  return bpf_map_lookup_elem(classes.get(), &key, &found) == 0 ? found.flags : 0;
}

}  // namespace

TEST_CASE("set_classes() replaces the whole table", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  const auto classes = pinned(bench, "classes");
  REQUIRE(program.set_classes(std::vector{row("100.64.0.0/10", 1), row("203.0.113.0/24", 2), row("203.0.113.7", 4)}));
  CHECK(class_of(classes, "100.64.0.7") == 1);
  CHECK(class_of(classes, "203.0.113.9") == 2);
  CHECK(class_of(classes, "203.0.113.7") == 4);
  CHECK(class_of(classes, "198.51.100.1") == 0);

  REQUIRE(program.set_classes(std::vector{row("100.64.0.0/10", 8), row("198.51.100.0/24", 2)}));
  CHECK(class_of(classes, "100.64.0.7") == 8);
  CHECK(class_of(classes, "203.0.113.7") == 0);
  CHECK(class_of(classes, "198.51.100.1") == 2);
  CHECK(io::keys_of<cgn_prefix_key>(classes.get()).size() == 2);

  REQUIRE(program.set_classes({}));
  CHECK(io::keys_of<cgn_prefix_key>(classes.get()).empty());
}

TEST_CASE("while a table is replaced, a row that stays is never missing", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  const auto classes = pinned(bench, "classes");
  const std::vector one{row("100.64.0.0/10", 1), row("192.0.2.0/24", 2)};
  const std::vector two{row("100.64.0.0/10", 1), row("198.51.100.0/24", 2)};
  REQUIRE(program.set_classes(one));

  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> asked{0}, missed{0};
  std::thread reader{[&] {
    while (!stop) {
      if (class_of(classes, "100.64.0.7") != 1) ++missed;
      ++asked;
    }
  }};
  for (int round = 0; round < 300; ++round) REQUIRE(program.set_classes(round % 2 == 0 ? two : one));
  REQUIRE(eventually([&] { return asked > 100; }));
  stop = true;
  reader.join();
  CHECK(missed == 0);
}

TEST_CASE("set_links() and set_settings() are what the kernel reads", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  using Row = std::pair<cgn_link_key, cgn_link>;
  const Row first{{.ifindex = 4, .outer_vid = 0, .inner_vid = 0},
                  {.mac = {2, 0, 0, 0, 0, 1}, .role = 1, .port = 0, .view = 1, .pad = {}}};
  const Row second{{.ifindex = 4, .outer_vid = 100, .inner_vid = 0},
                   {.mac = {2, 0, 0, 0, 0, 1}, .role = 2, .port = 0, .view = 1, .pad = {}}};
  REQUIRE(program.set_links(std::vector{first}));
  REQUIRE(program.set_links(std::vector{second}));
  const auto links = pinned(bench, "links");
  cgn_link found{};
  CHECK(bpf_map_lookup_elem(links.get(), &first.first, &found) != 0);
  REQUIRE(bpf_map_lookup_elem(links.get(), &second.first, &found) == 0);
  CHECK(found.role == 2);

  cgn_settings settings{};
  settings.host_services = 1;
  settings.seed = 0x1234;
  REQUIRE(program.set_settings(settings));
  const std::uint32_t key = 0;
  cgn_settings read{};
  REQUIRE(bpf_map_lookup_elem(pinned(bench, "settings").get(), &key, &read) == 0);
  CHECK(std::memcmp(&read, &settings, sizeof read) == 0);
}

TEST_CASE("set_egress() opens the ports it names and closes the others", "[tables]") {
  Bench bench;
  const Wire a{"a"}, b{"b"};
  auto program = open_program(bench);
  const auto leads_to = [](unsigned ifindex, std::uint8_t port) {
    cgn_egress leads{};
    leads.ifindex = ifindex;
    leads.port = port;
    return std::pair{std::uint32_t{ifindex}, leads};
  };
  const auto device = [&](std::uint32_t port) {
    std::uint32_t ifindex = 0;
    return bpf_map_lookup_elem(pinned(bench, "tx_ports").get(), &port, &ifindex) == 0 ? ifindex : 0;
  };
  REQUIRE(program.set_egress(std::vector{leads_to(index_of(a.near), 0), leads_to(index_of(b.near), 1)}));
  CHECK(device(0) == index_of(a.near));
  CHECK(device(1) == index_of(b.near));

  REQUIRE(program.set_egress(std::vector{leads_to(index_of(b.near), 0)}));
  CHECK(device(0) == index_of(b.near));
  CHECK(device(1) == 0);
  CHECK(io::keys_of<std::uint32_t>(pinned(bench, "egress").get()) == std::vector<std::uint32_t>{index_of(b.near)});

  const auto gone = program.set_egress(std::vector{leads_to(9999, 0)});
  REQUIRE_FALSE(gone);
  CHECK(gone.error().what.find("interface 9999") != std::string::npos);
  CHECK(io::keys_of<std::uint32_t>(pinned(bench, "egress").get()) == std::vector<std::uint32_t>{index_of(b.near)});
  CHECK_FALSE(program.set_egress(std::vector{leads_to(index_of(a.near), CGN_MAX_PORTS)}));
}

TEST_CASE("set_realms() names the realms and forgets the others, and the next daemon reads them", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  const auto named = [](unsigned ifindex, char letter) {
    cgn_realm_info info{.ifindex = ifindex, .name = {}};
    info.name[0] = letter;
    return info;
  };
  using Realms = std::vector<std::pair<std::uint32_t, cgn_realm_info>>;
  REQUIRE(program.set_realms(Realms{{1, named(1, 'd')}, {2, named(7, 'e')}, {CGN_REALM_EXTERNAL, named(1, 'x')}}));
  REQUIRE(program.set_realms(Realms{{1, named(1, 'd')}, {3, named(8, 'w')}, {CGN_REALM_EXTERNAL, named(1, 'x')}}));
  const auto realms = program.realms();
  REQUIRE(realms);
  REQUIRE(realms->size() == CGN_REALM_EXTERNAL + 1);
  CHECK(realms->at(2).ifindex == 0);
  CHECK(realms->at(2).name[0] == 0);
  CHECK(realms->at(3).ifindex == 8);
  CHECK(realms->at(3).name[0] == 'w');
  CHECK(realms->at(CGN_REALM_EXTERNAL).ifindex == 1);
}

TEST_CASE("live subscribers are set, taken back and cleared", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  const auto live = pinned(bench, "live_subscribers");
  const SubscriberId alice{*Prefix::parse("100.64.0.7"), kDefaultRealm},
      bob{*Prefix::parse("100.64.8.0/24"), kDefaultRealm};
  const auto lives = [&](const SubscriberId& subscriber) {
    const cgn_subscriber_key key{.addr = subscriber.address().net(), .realm = subscriber.realm.value()};
    std::uint8_t one = 0;
    return bpf_map_lookup_elem(live.get(), &key, &one) == 0 && one == 1;
  };
  REQUIRE(program.set_subscriber_live(alice, true));
  REQUIRE(program.set_subscriber_live(bob, true));
  REQUIRE(program.set_subscriber_live(bob, true));
  CHECK((lives(alice) && lives(bob)));
  REQUIRE(program.set_subscriber_live(alice, false));
  REQUIRE(program.set_subscriber_live(alice, false));  // gone already is fine
  CHECK((!lives(alice) && lives(bob)));
  CHECK_FALSE(lives({bob, RealmId{2}}));
  const auto pool_address = *Ipv4::parse("203.0.113.1");
  const cgn_subscriber_key lent{.addr = pool_address.net(), .realm = CGN_REALM_EXTERNAL};
  std::uint8_t one = 0;
  REQUIRE(program.set_address_lent(pool_address, true));
  CHECK(bpf_map_lookup_elem(live.get(), &lent, &one) == 0);
  CHECK_FALSE(lives({*Prefix::parse("203.0.113.1"), kDefaultRealm}));  // the other realm
  REQUIRE(program.set_address_lent(pool_address, false));
  CHECK(bpf_map_lookup_elem(live.get(), &lent, &one) != 0);
  REQUIRE(program.set_address_lent(pool_address, true));
  REQUIRE(program.clear_subscribers_live());
  CHECK(bpf_map_lookup_elem(live.get(), &lent, &one) != 0);
  CHECK_FALSE(lives(bob));
}

TEST_CASE("a table that is too small says so and loses nothing", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  for (std::uint32_t i = 0; i < 100; ++i) {
    REQUIRE(program.set_subscriber_live({Prefix::of(Ipv4::from_host(0x64400000u + i), 32), kDefaultRealm}, true));
    REQUIRE(program.set_address_lent(Ipv4::from_host(0xcb007100u + i), true));
  }
  const auto full = program.set_subscriber_live({*Prefix::parse("100.64.9.9"), kDefaultRealm}, true);
  REQUIRE_FALSE(full);
  CHECK(full.error().what.find("100.64.9.9") != std::string::npos);

  std::vector<io::ClassifiedPrefix> many;
  for (std::uint32_t i = 0; i < 270'000; ++i) {
    many.push_back({Prefix::of(Ipv4::from_host(0x64400000u + i), 32), {1, 0, 0, CGN_REALM_EXTERNAL}});
  }
  REQUIRE(program.set_classes(std::vector{row("192.0.2.0/24", 2)}));
  REQUIRE_FALSE(program.set_classes(many));
  CHECK(class_of(pinned(bench, "classes"), "192.0.2.1") == 2);
}

TEST_CASE("a socket's slot is checked before the kernel is asked", "[tables]") {
  Bench bench;
  auto program = open_program(bench);
  CHECK_FALSE(program.set_socket(CGN_MAX_PORTS, 0, 0));
  CHECK_FALSE(program.set_socket(0, CGN_MAX_QUEUES, 0));
  CHECK_FALSE(program.set_socket(0, 0, 0));  // not an AF_XDP socket
}
