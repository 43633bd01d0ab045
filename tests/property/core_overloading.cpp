// SPDX-License-Identifier: Apache-2.0
// Connections that share ports, under any order of packets, ends, clears and time, against a naive model.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <set>

#include "unit/core_node.hpp"

namespace cgn::core::test {
namespace {

using Pair = std::pair<Endpoint, Endpoint>;  // an end and its remote

// Blocks of few ports, so that remotes run full all the time.
config::Config scarce() {
  auto config = config_of({.addresses = "203.0.113.10/31",
                           .ports = "1024-1047",
                           .block = 4,
                           .extension = 4,
                           .most_blocks = 2,
                           .subscribers = 4});
  config.pools.front().block_linger = std::chrono::seconds{30};
  config.pools.front().tcp.mapping = config::Mapping::connection_dependent;
  config.limits.mappings = 2000;
  return config;
}

class World {
 public:
  explicit World(std::uint64_t seed) : node_{scarce(), seed}, random_{seed} {
    node_.watch = [this](const Effect& e, Duration t) { note(e, t); };
  }

  void step() {
    const auto kind = below(100);
    if (kind < 70) return open();
    if (kind < 85) return end_some();
    if (kind < 99) return pass(std::chrono::seconds{below(40)});
    clear();
  }

  std::string breach;
  struct Reached {
    unsigned opened = 0, shared = 0, refused = 0, ended = 0, moved = 0;
  } reached;

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  Ipv4 who() { return Ipv4::from_host(alice.address.host() + below(4)); }
  Endpoint remote() { return on(Ipv4::from_host(server.address.host() + below(3)), 443 + below(2)); }
  void broken(std::string what) {
    if (breach.empty()) breach = std::move(what);
  }

  void note(const Effect& e, Duration) {
    const auto* row = std::get_if<Journal>(&e);
    if (row == nullptr || row->event.kind == BlockEventKind::continued) return;
    for (unsigned p = row->event.ports.first.value(); p <= row->event.ports.last.value(); ++p) {
      const auto port = on(row->event.external, p);
      if (row->event.kind == BlockEventKind::released) {
        holder_.erase(port);
      } else if (!holder_.emplace(port, row->event.subscriber.address()).second) {
        broken("a port was lent twice");
      }
    }
  }

  void open() {
    const auto flow = syn(on(who(), 5000 + below(12)), remote());
    const bool known = node_.connections.contains({flow.internal, flow.remote});
    const auto decision = node_.out(flow, now_);
    if (decision.verdict != CGN_VERDICT_TRANSLATED) return judge_refusal(flow, decision.verdict);
    if (known) return;
    ++reached.opened;
    const auto& m = *decision.mapping;
    const auto holder = holder_.find(m.external);
    if (holder == holder_.end() || holder->second != flow.internal.address)
      broken("a port of nobody's or another's block");
    std::set<Endpoint> sharers;
    for (const auto& [key, entry] : node_.connections) {
      if (entry.mapping.external != m.external) continue;
      sharers.insert(key.first);
      if (key.second == m.remote && key.first != m.internal) broken("two connections on one port with one remote");
    }
    reached.shared += sharers.size() > 1 ? 1 : 0;
    const auto rest = rests_.find({m.external, m.remote});
    if (rest == rests_.end()) return;
    if (rest->second.until > now_ && rest->second.internal != m.internal) broken("a rest was cut short");
    if (rest->second.internal != m.internal) ++reached.moved;
    rests_.erase(rest);
  }

  // Only when every port that the subscriber holds is in use or at rest towards this remote.
  void judge_refusal(const Flow& flow, Verdict verdict) {
    ++reached.refused;
    if (verdict == CGN_VERDICT_SUBSCRIBER_LIMIT || verdict == CGN_VERDICT_POOL_FULL) return;
    if (verdict != CGN_VERDICT_BLOCK_LIMIT) return broken("refused for another reason");
    for (const auto& [port, holder] : holder_) {
      if (holder != flow.internal.address) continue;
      const auto uses = [&](const auto& c) {
        return c.second.mapping.external == port && c.first.second == flow.remote;
      };
      const auto rest = rests_.find({port, flow.remote});
      const bool rests = rest != rests_.end() && rest->second.until + std::chrono::seconds{3} >= now_;
      if (!rests && std::ranges::none_of(node_.connections, uses)) return broken("refused with a port free");
    }
  }

  void end_some() {
    for (auto& [key, entry] : node_.connections) {
      if (below(6) != 0) continue;
      const std::uint8_t bits = below(2) == 0 ? CGN_SEEN_ACK | CGN_SEEN_FIN : CGN_SEEN_ACK;
      Node::touch(entry.seen.outbound, now_, bits, false);
      Node::touch(entry.seen.inbound, now_, bits, false);
    }
  }

  void pass(Duration time) {
    const auto before = node_.connections;
    now_ += time;
    node_.sweep(now_);
    note_ends(before);
  }

  void clear() {
    const auto before = node_.connections;
    Effects effects;
    node_.translator.clear_subscriber({Prefix::of(who(), 32), kDefaultRealm}, at(now_), effects);
    node_.apply(effects, now_);
    note_ends(before);
  }

  void note_ends(const decltype(Node::connections)& before) {
    for (const auto& [key, entry] : before) {
      if (node_.connections.contains(key)) continue;
      ++reached.ended;
      const bool tracked = (entry.seen.both() & CGN_SEEN_FIN) != 0;
      if (!tracked) rests_[{entry.mapping.external, key.second}] = {key.first, now_ + std::chrono::seconds{120}};
    }
  }

  struct Rest {
    Endpoint internal{};
    Duration until{};
  };
  Node node_;
  std::mt19937_64 random_;
  Duration now_ = std::chrono::seconds{1};
  std::map<Endpoint, Ipv4> holder_;  // of each port, by the log
  std::map<Pair, Rest> rests_;       // by external endpoint and remote
};

TEST_CASE("no two internal endpoints ever share a port towards one remote, and none is refused while a port is free",
          "[property][RFC7857-3][RFC6888-REQ-8]") {
  const char* given = std::getenv("CGN_SEED");
  const auto first = given == nullptr ? std::uint64_t{20'267} : std::strtoull(given, nullptr, 10);
  World::Reached all;
  for (auto seed = first; seed < first + 30; ++seed) {
    CAPTURE(seed);
    World world{seed};
    for (unsigned i = 0; i < 3000 && world.breach.empty(); ++i) world.step();
    REQUIRE(world.breach == "");
    all.opened += world.reached.opened, all.shared += world.reached.shared, all.refused += world.reached.refused;
    all.ended += world.reached.ended, all.moved += world.reached.moved;
  }
  // Or the promises were kept for want of occasion.
  CHECK(all.opened > 5'000);
  CHECK(all.shared > 3'000);
  CHECK(all.refused > 1'000);
  CHECK(all.ended > 5'000);
  CHECK(all.moved > 50);
}

}  // namespace
}  // namespace cgn::core::test
