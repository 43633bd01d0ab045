// SPDX-License-Identifier: Apache-2.0
#include "parity/scene.hpp"

#include <array>

namespace cgn::parity {
namespace {

constexpr unsigned kMappings = 48;

constexpr std::array kSubscribers{test::kAlice,   test::kBob,
                                  test::kCarol,   test::kDave,
                                  kHousehold,     test::address(100, 64, 3, 22),
                                  kFarSubscriber, test::address(100, 64, 2, 255),
                                  test::kGina,    test::kHenri};
constexpr std::array kRemotes{test::kResolver, test::kWeb, test::kVlanWeb, test::address(198, 51, 100, 255),
                              test::address(192, 0, 2, 255)};

Endpoint any_internal(Random& random) { return {random.of(kSubscribers), Port{random.half_word()}}; }

Endpoint any_external(Random& random) {
  return {Ipv4::from_host(test::kPool.address().host() + random.below(16)), Port{random.half_word()}};
}

std::uint8_t any_seen(Random& random, Proto proto) {
  if (proto != Proto::tcp || random.percent(60)) return 0;
  auto seen = random.one_in(2) ? CGN_SEEN_SYN | CGN_SEEN_ACK : random.below(16);
  if (random.one_in(6)) seen |= CGN_SEEN_SHARED;
  return static_cast<std::uint8_t>(seen);
}

// Also of the future: other cores, and clocks read earlier, make a stamp that is not behind this packet's.
Stamp any_stamp(Random& random, std::uint32_t tick) {
  const auto kind = random.below(4);
  if (kind == 0) return {};
  const auto at = kind == 1 ? tick + random.below(1000) + 100 : tick - random.below(tick < 5000 ? tick : 5000);
  return {at, at};
}

Half any_half(Random& random, const Mapping& m, std::uint32_t tick) {
  Half half{.remote = m.remote, .seen = any_seen(random, m.proto)};
  half.last_seen = any_stamp(random, tick);
  half.last_data = any_stamp(random, tick);
  half.closed_at = any_stamp(random, tick);
  half.packets = random.below(3) == 0 ? ~std::uint64_t{0} - random.below(3) : random.below(1000);
  half.bytes = random.word() >> random.below(64);
  if (m.proto == Proto::tcp && random.one_in(2)) {
    half.progress = {.acknowledged = random.of(kSequences),
                     .window = random.of(kWindows),
                     .scale = static_cast<std::uint8_t>(random.one_in(2) ? 1 : random.below(16)),
                     .known = !random.one_in(4)};
  }
  return half;
}

Proto any_proto(Random& random) {
  constexpr std::array protos{Proto::udp, Proto::udp,  Proto::udp,  Proto::udp,     Proto::tcp,  Proto::tcp, Proto::tcp,
                              Proto::tcp, Proto::icmp, Proto::icmp, Proto::udplite, Proto::dccp, Proto::sctp};
  return random.of(protos);
}

Mapping any_mapping(Random& random) {
  Mapping m{.proto = any_proto(random), .internal = any_internal(random), .external = any_external(random)};
  if (m.proto == Proto::sctp) m.external.port = m.internal.port;  // the daemon's promise
  m.remote = {random.of(kRemotes), Port{random.one_in(3) ? std::uint16_t{53} : random.half_word()}};
  // Control connections: of a client, of a server, of a server behind a port forward.
  const std::array<Port*, 3> ports{&m.remote.port, &m.internal.port, &m.external.port};
  if (m.proto == Proto::tcp && random.one_in(3))
    *random.of(ports) = Port{random.one_in(4) ? std::uint16_t{1723} : std::uint16_t{21}};
  return m;
}

// In the other realm: what there is already under its name, so that nothing but the realm tells the two apart; or not.
void move_east(Mapping& m, const Scene& scene, Random& random) {
  if (!random.one_in(3)) return;
  m.realm = test::kEast;
  if (scene.mappings.empty() || m.session || m.proto == Proto::sctp || random.one_in(3)) return;
  const auto& other = random.of(scene.mappings);
  if (other.session || other.proto == Proto::sctp) return;
  m.proto = other.proto;
  m.internal = other.internal;
}

std::uint8_t any_features(Random& random, const Mapping& m) {
  unsigned features = 0;
  if (m.proto == Proto::udp && m.remote.port == Port{53} && random.one_in(2)) features |= CGN_FEATURE_DNS;
  if (random.one_in(9)) features |= m.proto == Proto::icmp || random.one_in(2) ? CGN_FEATURE_ADF : CGN_FEATURE_APDF;
  if (random.one_in(4)) features |= CGN_FEATURE_REFRESH_BOTH;
  if (random.one_in(12)) features = CGN_FEATURE_STATIC;
  return static_cast<std::uint8_t>(features);
}

// Its first remote as a rule, and some that it met later.
void permit(Scene& scene, const Mapping& m, unsigned features, Random& random, std::uint32_t tick) {
  if (!(features & (CGN_FEATURE_ADF | CGN_FEATURE_APDF))) return;
  const auto hear = [&](Endpoint remote) {
    if (m.proto == Proto::icmp) remote.port = m.external.port;
    if (!(features & CGN_FEATURE_APDF)) remote.port = Port{0};
    scene.heard.emplace(Heard{m.proto, m.external, remote}, any_stamp(random, tick));
  };
  if (!random.one_in(8)) hear(m.remote);
  for (const auto& other : scene.mappings) {
    if (other.proto == m.proto && random.one_in(4)) hear(random.one_in(2) ? other.external : other.remote);
  }
}

// One connection more of those that share ports: on a port that others have already, or with one of them, as a rule.
Mapping any_connection(Random& random, const Scene& scene) {
  Mapping m{
      .proto = Proto::tcp,
      .internal = {random.one_in(2) ? test::kGina : test::kHenri, Port{random.half_word()}},
      .external = {Ipv4::from_host(test::kSharedPool.address().host() + random.below(4)), Port{random.half_word()}},
      .remote = {random.of(kRemotes), Port{random.half_word()}},
      .session = true};
  if (scene.mappings.empty()) return m;
  const auto& other = random.of(scene.mappings);
  if (!other.session) return m;
  if (random.one_in(2)) m.internal = other.internal;
  if (random.one_in(2)) m.external = other.external;
  if (random.one_in(3)) m.remote = random.one_in(2) ? other.remote : other.external;
  return m;
}

void install(Scene& scene, const Mapping& m, Random& random, std::uint32_t tick) {
  const auto outbound = key_of(m, true), inbound = key_of(m, false);
  if (scene.halves.contains(outbound) || scene.halves.contains(inbound)) return;
  const auto features = m.session ? std::uint8_t{0} : any_features(random, m);
  const auto id = static_cast<std::uint32_t>(scene.mappings.size() + 1) | (m.session ? test::kSessionId : 0);
  const auto missing = random.below(24);  // one of two halves, as between two effects of the daemon
  for (const auto& [key, to] : {std::pair{outbound, m.external}, std::pair{inbound, m.internal}}) {
    if (missing == (is_outbound(key.realm) ? 0u : 1u)) continue;
    auto half = any_half(random, m, tick);
    half.to = to;
    half.features = features;
    half.mapping_id = id;
    half.realm = m.realm;
    scene.halves.emplace(key, half);
  }
  permit(scene, m, features, random, tick);
  scene.mappings.push_back(m);
}

// Sometimes not yet in the log, and then without halves. What the generator aims at has some port or other.
void install_whole(Scene& scene, Ipv4 internal, Ipv4 external, Random& random, std::uint32_t tick) {
  if (random.one_in(8)) return;
  for (const auto& [key, to] : {std::pair{HalfKey{{internal, {}}, Proto{0}, CGN_REALM_DEFAULT}, external},
                                std::pair{HalfKey{{external, {}}, Proto{0}, CGN_REALM_EXTERNAL}, internal}}) {
    Half half{.to = {to, {}}, .features = CGN_FEATURE_STATIC | CGN_FEATURE_WHOLE};
    half.last_seen = any_stamp(random, tick);
    half.packets = random.below(1000);
    half.bytes = random.word() >> random.below(64);
    scene.halves.emplace(key, half);
  }
  for (const auto proto : {Proto::udp, Proto::tcp, Proto::icmp}) {
    const Port port{random.half_word()};
    scene.mappings.push_back(
        {proto, {internal, port}, {external, port}, {random.of(kRemotes), Port{random.half_word()}}});
  }
}

// Between ends that mappings have, too, those of whole addresses among them, where none is asked for. The SPI is one that the
// grammar writes.
void tunnel(Scene& scene, const Mapping& m, Random& random) {
  const auto proto = random.one_in(2) ? kEsp : kGre;
  const auto internal = m.internal.address, external = m.external.address, remote = m.remote.address;
  if (!random.one_in(8))
    scene.tunnels.emplace(TunnelKey{proto, m.realm.value(), internal, remote}, TunnelEnd{external, false, m.realm});
  if (!random.one_in(8)) {
    scene.tunnels.emplace(TunnelKey{proto, CGN_REALM_EXTERNAL, external, remote},
                          TunnelEnd{internal, proto == kEsp && random.one_in(2), m.realm});
  }
  if (proto == kGre && !random.one_in(4)) {
    const auto call = std::uint32_t{kCalls[0]} << 16;
    scene.tunnels.emplace(TunnelKey{proto, m.realm.value(), internal, remote, call},
                          TunnelEnd{external, false, m.realm});
    scene.tunnels.emplace(TunnelKey{proto, CGN_REALM_EXTERNAL, external, remote, call},
                          TunnelEnd{internal, false, m.realm, random.one_in(4) ? kCalls[0] : random.half_word()});
  }
  if (proto == kEsp && random.one_in(2)) {
    scene.tunnels.emplace(TunnelKey{proto, CGN_REALM_EXTERNAL, external, remote, kSpis[0]},
                          TunnelEnd{internal, false, m.realm});
  }
}

// Of fragments and control connections 4, because a source has a quarter of it. Else rate 1 or none: a bucket then holds its burst and nothing more for as long as a chapter may last.
void any_rates(cgn_settings& s, Random& random) {
  const auto set = [&random](__u32& rate, __u32& burst) {
    rate = random.one_in(3) ? 0 : 1;
    burst = random.below(8);
  };
  if (!random.one_in(3)) set(s.subscriber_punts_per_second, s.subscriber_punt_burst);
  set(s.stranger_punts_per_second, s.stranger_punt_burst);
  set(s.control_punts_per_second, s.control_punt_burst);
  set(s.error_punts_per_second, s.error_punt_burst);
  set(s.tunnel_punts_per_second, s.tunnel_punt_burst);
  s.fragment_punts_per_second = random.one_in(2) ? 0 : 4;
  s.fragment_punt_burst = random.below(24);
  s.alg_punts_per_second = random.one_in(2) ? 0 : 4;
  s.alg_punt_burst = random.below(24);
}

cgn_settings any_settings(Random& random) {
  cgn_settings s{};
  constexpr std::array<__u32, 6> services{CGN_HOST_ICMP | CGN_HOST_DNS, CGN_HOST_NTP, CGN_HOST_SSH, 0, CGN_HOST_ALL,
                                          CGN_HOST_DNS | CGN_HOST_SSH};
  s.host_services = random.of(services);
  s.seed = random.word();
  if (random.one_in(6)) s.switches |= CGN_SWITCH_ECHO_ANSWER;
  if (random.one_in(4)) s.switches |= CGN_SWITCH_SILENT;
  if (random.one_in(5)) s.switches |= CGN_SWITCH_ALG_FTP;
  if (!random.one_in(4)) s.switches |= CGN_SWITCH_ALG_PPTP;
  if (!random.one_in(4)) s.switches |= CGN_SWITCH_ESP;
  if (!random.one_in(4)) s.switches |= CGN_SWITCH_GRE;
  if (random.one_in(2)) s.mss_clamp = random.one_in(2) ? 1400 : random.half_word();
  if (random.one_in(4)) any_rates(s, random);
  return s;
}

}  // namespace

const std::vector<AddressClass>& classes(std::uint8_t view) {
  static const auto all = [] {
    std::map<std::uint8_t, std::vector<AddressClass>> lists;
    const auto add = [&](const test::ClassFacts& c, std::uint32_t mask) {
      for (const auto of : test::kViews) {
        const auto value = test::class_in(of, c, mask);
        lists[of].push_back({c.prefix, value.flags, mask, value.bypass_set, value.realm});
      }
    };
    for (const auto& c : test::kClasses) add(c, c.flags & CGN_CLASS_SUBSCRIBER ? 0xffffffff : 0);
    add({test::prefix(test::address(100, 64, 3, 0), 24), CGN_CLASS_SUBSCRIBER}, 0xfffffff8);
    return lists;
  }();
  return all.at(view);
}

HalfKey key_of(const Mapping& m, bool outbound) {
  return {outbound ? m.internal : m.external, m.proto,
          outbound ? m.realm.value() : static_cast<std::uint8_t>(CGN_REALM_EXTERNAL),
          m.session ? std::optional{m.remote} : std::nullopt};
}

Scene any_scene(Random& random, std::uint32_t tick) {
  Scene scene{.settings = any_settings(random)};
  install_whole(scene, test::kErin, test::kErinOutside, random, tick);
  install_whole(scene, test::kFrank, test::kFrankOutside, random, tick);
  for (unsigned i = 0; i < kMappings; ++i) {
    auto m = random.one_in(6) ? any_connection(random, scene) : any_mapping(random);
    move_east(m, scene, random);
    install(scene, m, random, tick);
  }
  for (const auto& m : scene.mappings) {
    if (random.one_in(2)) tunnel(scene, m, random);
  }
  for (const auto subscriber : kSubscribers) {
    if (random.one_in(2)) scene.live.insert({subscriber, kDefaultRealm});
    if (random.one_in(2)) scene.live.insert({subscriber, test::kEast});
  }
  if (random.one_in(2))
    scene.live.insert({test::address(100, 64, 3, 16), kDefaultRealm});  // the household's masked address
  for (unsigned i = 0; i < 16; ++i) {
    if (!random.one_in(3)) scene.lent.insert(Ipv4::from_host(test::kPool.address().host() + i));
  }
  scene.listening = !random.one_in(10);
  scene.one_armed = random.one_in(12);
  scene.port_left = random.one_in(48);
  return scene;
}

}  // namespace cgn::parity
