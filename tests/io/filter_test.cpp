// SPDX-License-Identifier: Apache-2.0
// The slow path's side of filtering, with a map of the kernel's: what is learned, judged, forgotten, adopted.
#include "daemon/filter.hpp"

#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include "bench_network.hpp"
#include "io/fd.hpp"
#include "unit/core_node.hpp"

using namespace cgn;
using namespace cgn::core::test;
using cgn::test::Bench;

namespace {

config::Config filtering(config::Filtering filtering) {
  auto c = config_of({});
  c.pools.front().udp.filtering = filtering;
  return c;
}

// A box whose pool filters, without packets: what the core decides, and the map that the kernel would ask.
struct Box {
  explicit Box(config::Filtering f = config::Filtering::address_dependent, std::uint32_t room = 100)
      : node{filtering(f)},
        map{bpf_map_create(BPF_MAP_TYPE_HASH, "permissions", sizeof(cgn_permission_key), sizeof(cgn_permission), room,
                           nullptr)},
        table{map.get()},
        filter{make(node)} {
    REQUIRE(map);
  }
  daemon::Filter make(const Node& of) {
    return {of.translator, io::PermissionTable{map.get()}, core::Permissions{config::Limits{}, config::Timeouts{}, 1}};
  }

  core::MappingView open(Endpoint internal) { return node.out(udp(internal), 0s).mapping.value(); }
  Verdict sends(const core::MappingView& m, Endpoint to, cgn_direction direction = CGN_OUTBOUND, Duration t = 0s) {
    return filter.judge(punted(m.internal, to, direction), m, at(t));
  }
  Verdict receives(const core::MappingView& m, Endpoint from) {
    return filter.judge(punted(from, m.external, CGN_INBOUND), m, at(0s));
  }
  static daemon::Punted punted(Endpoint from, Endpoint to, cgn_direction direction) {
    daemon::Punted p;
    p.header.direction = static_cast<__u8>(direction);
    p.view.source = from;
    p.view.destination = to;
    return p;
  }

  Node node;
  io::Fd map;
  io::PermissionTable table;
  daemon::Filter filter;
};

cgn_permission_key key(Endpoint external, Endpoint remote) {
  return io::PermissionTable::key_of(Proto::udp, external, remote);
}

}  // namespace

TEST_CASE("what a mapping sends to it hears, by address or by endpoint", "[filter][RFC4787-REQ-8]") {
  Bench bench;
  const bool by_port = GENERATE(false, true);
  Box box{by_port ? config::Filtering::address_and_port_dependent : config::Filtering::address_dependent};
  const auto m = box.open(on(alice, 5000));
  CHECK(box.receives(m, server) == CGN_VERDICT_FILTERED);
  CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  CHECK(box.table.keys().size() == 1);
  CHECK(box.table.read(key(m.external, by_port ? server : on(server.address, 0))).has_value());
  CHECK(box.receives(m, server) == CGN_VERDICT_CONTINUE);
  CHECK(box.receives(m, on(server.address, 9)) == (by_port ? CGN_VERDICT_FILTERED : CGN_VERDICT_CONTINUE));
  CHECK(box.receives(m, other_server) == CGN_VERDICT_FILTERED);
}

TEST_CASE("nothing is learned where everybody is heard", "[filter]") {
  Bench bench;
  Box box{config::Filtering::endpoint_independent};
  const auto m = box.open(on(alice, 5000));
  CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  CHECK(box.receives(m, other_server) == CGN_VERDICT_CONTINUE);
  CHECK(box.table.keys().empty());
}

TEST_CASE("between two subscribers each must have spoken to the other, and who tried first is heard later",
          "[filter][RFC4787-REQ-9]") {
  Bench bench;
  Box box{config::Filtering::address_and_port_dependent};
  const auto a = box.open(on(alice, 5000)), b = box.open(on(bob, 6000));
  CHECK(box.sends(a, b.external, CGN_HAIRPIN) == CGN_VERDICT_FILTERED);
  CHECK(box.sends(b, a.external, CGN_HAIRPIN) == CGN_VERDICT_CONTINUE);
  CHECK(box.sends(a, b.external, CGN_HAIRPIN) == CGN_VERDICT_CONTINUE);
}

TEST_CASE("a map that is full refuses the remote, and the book does not pretend", "[filter]") {
  Bench bench;
  Box box{config::Filtering::address_dependent, 1};
  const auto m = box.open(on(alice, 5000));
  CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  CHECK(box.sends(m, other_server) == CGN_VERDICT_PERMISSION_LIMIT);
  CHECK(box.receives(m, other_server) == CGN_VERDICT_FILTERED);
  CHECK(box.filter.size() == 1);
}

TEST_CASE("permissions end with their mapping, or when nothing refreshed them for its time", "[filter]") {
  Bench bench;
  Box box;
  const auto a = box.open(on(alice, 5000)), b = box.open(on(bob, 6000));
  for (const auto& m : {a, b}) CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  box.filter.mapping_ended(a);
  CHECK(box.table.keys().size() == 1);
  // The kernel has seen b's remote at 200 s.
  REQUIRE(box.table.insert(key(b.external, on(server.address, 0)), {.last_seen = stamp_of(at(200s).mono)}));
  box.filter.tick(at(302s), 100);
  CHECK(box.table.keys().size() == 1);
  box.filter.tick(at(502s), 100);
  CHECK(box.table.keys().empty());
  CHECK(box.filter.size() == 0);
}

TEST_CASE("after a restart the permissions of adopted mappings stay, and no others", "[filter]") {
  Bench bench;
  Box box;
  const auto m = box.open(on(alice, 5000));
  CHECK(box.sends(m, server) == CGN_VERDICT_CONTINUE);
  REQUIRE(box.table.insert(key(on(m.external.address, 1), on(server.address, 0)), {}));  // of no mapping
  REQUIRE(box.table.insert(key(m.external, other_server), {}));                          // of another kind
  auto after = box.make(box.node);
  CHECK(after.adopt(at(1s)) == 1);
  CHECK(box.table.keys().size() == 1);
  CHECK(after.judge(Box::punted(server, m.external, CGN_INBOUND), m, at(1s)) == CGN_VERDICT_CONTINUE);
}
