// SPDX-License-Identifier: Apache-2.0
// A Translator with obedient hands: what the tests of the core drive.
//
// What        Carries out effects as the daemon does, on a map in place of the kernel's table and a list in place of the
//             log, and lets a test say what the kernel saw. The clock is the test's: every call says its instant.
// Life-cycle  The log answers at once, unless `log` says otherwise; answer() then answers by hand.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/translator.hpp"

namespace cgn::core::test {

using namespace std::chrono_literals;

inline Ipv4 ip(const char* text) { return Ipv4::parse(text).value(); }
inline Prefix prefix(const char* text) { return Prefix::parse(text).value(); }
inline Endpoint endpoint(const char* text) { return parse_endpoint(text).value(); }

// Who says no realm is in the default one.
struct Host {
  Ipv4 address{};
  RealmId realm = kDefaultRealm;
  operator Ipv4() const { return address; }
  operator InternalAddress() const { return {address, realm}; }
};
struct Inside : InternalEndpoint {
  Inside(Endpoint e) : InternalEndpoint{e, kDefaultRealm} {}
  Inside(InternalEndpoint e) : InternalEndpoint{e} {}
};

inline const Host alice{ip("100.64.0.7")};
inline const Host bob{ip("100.64.0.8")};
inline const Host carol{ip("100.64.0.9")};
inline const Endpoint server = endpoint("198.51.100.1:443");
inline const Endpoint other_server = endpoint("198.51.100.2:443");
inline const Endpoint resolver = endpoint("198.51.100.53:53");

inline InternalEndpoint on(InternalAddress host, unsigned port) {
  return {{host.address, Port{static_cast<std::uint16_t>(port)}}, host.realm};
}
inline InternalEndpoint on(Ipv4 address, unsigned port) { return on(InternalAddress{address, kDefaultRealm}, port); }
inline InternalEndpoint on(const Host& host, unsigned port) {
  return on(InternalAddress{host.address, host.realm}, port);
}
// One address as a subscriber.
inline SubscriberId alone(InternalAddress host) { return {Prefix::of(host.address, 32), host.realm}; }

inline Flow udp(Inside internal, Endpoint remote = server) {
  return {.proto = Proto::udp, .internal = internal, .remote = remote, .tcp = {}};
}
inline Flow ping(Inside internal, Endpoint remote = server) {
  return {.proto = Proto::icmp, .internal = internal, .remote = remote, .tcp = {}};
}
inline Flow syn(Inside internal, Endpoint remote = server) {
  return {.proto = Proto::tcp, .internal = internal, .remote = remote, .tcp = {.syn = true}};
}
inline Flow tcp(Inside internal, TcpFlags flags, Endpoint remote = server) {
  return {.proto = Proto::tcp, .internal = internal, .remote = remote, .tcp = flags};
}

// One address, one first block of `block` ports for each of `subscribers`, extensions of `extension` in what is left.
struct Layout {
  const char* addresses = "203.0.113.10";
  const char* ports = "1024-2047";
  unsigned block = 256;
  unsigned extension = 128;
  unsigned most_blocks = 3;
  unsigned subscribers = 2;
};

inline config::Config config_of(const Layout& layout) {
  config::Config c;
  c.limits.mappings = 10'000;
  config::Pool pool;
  pool.name = "residential";
  pool.addresses = {prefix(layout.addresses)};
  pool.ports = parse_port_range(layout.ports).value();
  pool.block_size = layout.block;
  pool.extension_block_size = layout.extension;
  pool.max_blocks_per_subscriber = layout.most_blocks;
  pool.max_subscribers = layout.subscribers;
  c.pools.push_back(pool);
  config::Rule rule;
  rule.internal = {prefix("100.64.0.0/10")};
  rule.pool = pool.name;
  c.rules.push_back(rule);
  return c;
}

enum class LogMood { answers, silent, fails };

struct Node {
  explicit Node(const config::Config& c, std::uint64_t seed = 1) : config{c}, translator{c, seed} {}

  // --- packets ---
  // How the packet ends: HELD only if the log has not yet answered.
  Decision out(const Flow& flow, Duration t) {
    Effects effects;
    auto decision = translator.outbound(flow, at(t), effects);
    const auto answered = released.size();
    apply(effects, t);
    if (decision.verdict == CGN_VERDICT_HELD && released.size() > answered) decision.verdict = released.back().verdict;
    return decision;
  }
  // As the daemon does before it refuses: reclaims where that is offered. A decision whose remedy is to wait is returned.
  Decision insist(const Flow& flow, Duration t, Remedy tried = Remedy::none) {
    Effects effects;
    auto decision = translator.outbound(flow, at(t), effects, tried);
    if (decision.remedy == Remedy::reclaim) {
      const auto look = [&](const MappingView& m) { return ++looks, seen(m); };
      translator.reclaim(flow, look, at(t), effects);
      apply(effects, t);
      decision = translator.outbound(flow, at(t), effects, Remedy::reclaim);
    }
    apply(effects, t);
    return decision;
  }
  Verdict verdict(const Flow& flow, Duration t) { return out(flow, t).verdict; }
  Decision control(const Flow& flow, cgn_direction direction, Duration t) {
    Effects effects;
    const auto decision = translator.tcp_control(flow, direction, seen_of(flow), at(t), effects);
    apply(effects, t);
    return decision;
  }

  // --- what the kernel sees of an installed mapping ---
  struct Entry {
    MappingView mapping;
    SeenBoth seen{};
  };
  using Key = std::pair<Proto, InternalEndpoint>;
  SeenBoth seen(Proto p, Inside internal) const {
    const auto found = kernel.find({p, internal});
    return found == kernel.end() ? SeenBoth{} : found->second.seen;
  }
  SeenBoth seen(const MappingView& m) const {
    if (!m.session) return seen(m.proto, m.internal);
    const auto found = connections.find({m.internal, m.remote});
    return found == connections.end() ? SeenBoth{} : found->second.seen;
  }
  SeenBoth seen_of(const Flow& flow) const {
    const auto found = connections.find({flow.internal, flow.remote});
    return found == connections.end() ? seen(flow.proto, flow.internal) : found->second.seen;
  }
  bool installed(Proto p, Inside internal) const { return kernel.contains({p, internal}); }
  void sent(Proto p, Inside internal, Duration t, std::uint8_t bits = 0, bool data = false) {
    touch(kernel.at({p, internal}).seen.outbound, t, bits, data);
  }
  void received(Proto p, Inside internal, Duration t, std::uint8_t bits = 0, bool data = false) {
    touch(kernel.at({p, internal}).seen.inbound, t, bits, data);
  }
  // The three packets of a handshake after the SYN that made the mapping.
  void handshake(Inside internal, Duration t) {
    received(Proto::tcp, internal, t, CGN_SEEN_SYN);
    sent(Proto::tcp, internal, t, CGN_SEEN_ACK);
    received(Proto::tcp, internal, t, CGN_SEEN_ACK);
  }

  // --- time ---
  void sweep(Duration t) {
    Effects effects;
    std::vector<MappingView> due;
    do {
      due.clear();
      translator.due(at(t), 64, due);
      for (const auto& m : due) {
        translator.judge(m.id, seen(m), at(t), effects);
        apply(effects, t);
      }
    } while (!due.empty());
    // Enough calls for everything that can be due at once in a test.
    for (int i = 0; i < 64; ++i) {
      translator.tick(at(t), 64, effects);
      apply(effects, t);
    }
  }

  // --- the log ---
  void answer(BlockTicket ticket, bool recorded, Duration t) {
    Effects effects;
    recorded ? translator.block_recorded(ticket, at(t), effects) : translator.block_unrecorded(ticket, at(t), effects);
    apply(effects, t);
  }
  void answer_release(BlockTicket ticket, Duration t) {
    Effects effects;
    translator.release_recorded(ticket, at(t), effects);
    apply(effects, t);
  }

  // --- effects ---
  void apply(Effects& effects, Duration t) {
    const auto todo = std::exchange(effects, {});
    for (const auto& effect : todo) {
      if (watch) watch(effect, t);
      std::visit([&](const auto& e) { carry_out(e, t); }, effect);
    }
  }
  void carry_out(const Journal& j, Duration t) {
    log.push_back(j);
    if (mood == LogMood::silent || j.event.kind == BlockEventKind::continued) return;
    if (j.event.kind == BlockEventKind::allocated) return answer(j.ticket, mood == LogMood::answers, t);
    if (mood == LogMood::answers) return answer_release(j.ticket, t);
    translator.release_unrecorded(j.ticket, at(t));
  }
  void carry_out(const InstallMapping& i, Duration) {
    Entry entry{.mapping = i.mapping, .seen = {}};
    entry.seen.outbound = {.present = true, .bits = i.mapping.seen, .last_seen = stamp_of(i.seen_at)};
    entry.seen.inbound.present = true;
    if (i.mapping.session) {
      connections.insert_or_assign({i.mapping.internal, i.mapping.remote}, entry);
    } else {
      kernel.insert_or_assign({i.mapping.proto, i.mapping.internal}, entry);
    }
    ++installs;
  }
  void carry_out(const RemoveMapping& r, Duration t) {
    if (r.mapping.session) {
      remove(connections, {r.mapping.internal, r.mapping.remote}, r.mapping.id, t);
    } else {
      remove(kernel, {r.mapping.proto, r.mapping.internal}, r.mapping.id, t);
    }
  }
  template <class Table>
  void remove(Table& table, const typename Table::key_type& key, MappingId id, Duration t) {
    const auto node = table.extract(key);
    if (slips_in) slips_in(node.mapped().seen);
    Effects effects;
    translator.mapping_removed(id, node.mapped().seen, at(t), effects);
    apply(effects, t);
    // As the daemon does: a revived mapping's entries go back as they were.
    if (const auto back = table.find(node.key()); back != table.end()) back->second.seen = node.mapped().seen;
  }
  void carry_out(const ReleaseHeld& r, Duration) { released.push_back(r); }
  void carry_out(const SubscriberLive& s, Duration) { live[s.subscriber] = s.live; }
  void carry_out(const AddressLent& a, Duration) { lent[a.external] += a.lent ? 1 : -1; }
  void carry_out(const Alarm& a, Duration) { alarms.push_back(a); }
  void carry_out(const AlarmOver& a, Duration) { ended.push_back(a); }
  void carry_out(const Threshold& t, Duration) { thresholds.push_back(t); }

  static void touch(Seen& s, Duration t, std::uint8_t bits, bool data) {
    const auto stamp = stamp_of(at(t).mono);
    s.bits |= bits;
    s.last_seen = stamp;
    if (data) s.last_data = stamp;
    if ((bits & (CGN_SEEN_FIN | CGN_SEEN_RST)) != 0) s.closed_at = stamp;
  }

  config::Config config;
  Translator translator;
  LogMood mood = LogMood::answers;
  std::map<Key, Entry> kernel;
  std::map<std::pair<InternalEndpoint, Endpoint>, Entry>
      connections;  // that share ports: by internal endpoint and remote
  std::vector<Journal> log;
  std::vector<ReleaseHeld> released;
  std::map<SubscriberId, bool> live;
  std::map<Ipv4, int> lent;  // durable blocks on it
  std::vector<Alarm> alarms;
  std::vector<AlarmOver> ended;
  std::vector<Threshold> thresholds;
  std::function<void(const Effect&, Duration)> watch;  // before each is carried out
  std::function<void(SeenBoth&)> slips_in;             // a packet between judge() and removal
  std::size_t installs = 0;
  std::size_t looks = 0;  // at the kernel's entries, for reclaiming
};

}  // namespace cgn::core::test
