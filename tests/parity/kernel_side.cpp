// SPDX-License-Identifier: Apache-2.0
#include "parity/kernel_side.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace cgn::parity {
namespace {

constexpr unsigned kMargin = 64;  // a punt header or two tags more

void must(int result, const char* what) {
  // A batch that reaches the end of its map says so by ENOENT.
  if (result != 0 && errno != ENOENT) throw std::system_error{errno, std::generic_category(), what};
}

void put(int map, const void* key, const void* value, const char* what) {
  must(bpf_map_update_elem(map, key, value, BPF_ANY), what);
}

cgn_key wire_key(const HalfKey& key) {
  return {key.end.address.net(), key.end.port.net(), static_cast<__u8>(key.proto), key.realm};
}

cgn_entry_key repeated(const cgn_key& key, RealmId realm) {
  const bool inbound = key.realm == CGN_REALM_EXTERNAL;
  return {key.addr, key.port, key.proto, static_cast<__u8>(inbound ? key.realm | realm.value() : key.realm)};
}

HalfKey key_from(const cgn_key& key) {
  return {{Ipv4::from_net(key.addr), Port::from_net(key.port)}, static_cast<Proto>(key.proto), key.realm, {}};
}

cgn_session_key wire_session(const HalfKey& key) {
  return {.addr = key.end.address.net(),
          .remote_addr = key.remote->address.net(),
          .port = key.end.port.net(),
          .remote_port = key.remote->port.net(),
          .proto = static_cast<__u8>(key.proto),
          .realm = key.realm,
          .pad = {}};
}

cgn_entry entry_of(const HalfKey& key, const Half& half) {
  cgn_entry e{};
  e.key = repeated(wire_key(key), half.realm);
  e.to_addr = half.to.address.net();
  e.to_port = half.to.port.net();
  e.features = half.features;
  e.seen = half.seen;
  e.remote_addr = half.remote.address.net();
  e.remote_port = half.remote.port.net();
  e.mapping_id = half.mapping_id;
  e.last_seen = half.last_seen.high;
  e.last_data = half.last_data.high;
  e.closed_at = half.closed_at.high;
  e.packets = half.packets;
  e.bytes = half.bytes;
  e.highest_ack = half.progress.acknowledged;
  e.window = half.progress.window;
  e.window_scale = half.progress.scale;
  e.acked = half.progress.known ? 1 : 0;
  cgn_entry_seal(&e);
  return e;
}

Half half_from(const cgn_entry& e) {
  const auto stamp = [](std::uint32_t at) { return Stamp{at, at}; };
  return {.to = {Ipv4::from_net(e.to_addr), Port::from_net(e.to_port)},
          .remote = {Ipv4::from_net(e.remote_addr), Port::from_net(e.remote_port)},
          .features = e.features,
          .seen = e.seen,
          .mapping_id = e.mapping_id,
          .realm = RealmId{static_cast<std::uint8_t>(e.key.realms & CGN_REALM_INTERNAL_MASK)},
          .last_seen = stamp(e.last_seen),
          .last_data = stamp(e.last_data),
          .closed_at = stamp(e.closed_at),
          .packets = e.packets,
          .bytes = e.bytes,
          .progress = {e.highest_ack, e.window, e.window_scale, e.acked != 0}};
}

cgn_entry entry_of(const TunnelKey& key, const TunnelEnd& end) {
  cgn_entry e{};
  const cgn_key own{.addr = key.end.net(),
                    .port = htons(static_cast<std::uint16_t>(key.spi >> 16)),
                    .proto = static_cast<__u8>(key.proto),
                    .realm = key.realm};
  e.key = repeated(own, end.realm);
  e.remote_addr = key.remote.net();
  e.remote_port = htons(static_cast<std::uint16_t>(key.spi));
  e.to_addr = end.to.net();
  e.to_port = htons(end.alone ? 1 : end.call);
  cgn_entry_seal(&e);
  return e;
}

bool has_rates(const cgn_settings& s) {
  return s.subscriber_punts_per_second + s.stranger_punts_per_second + s.control_punts_per_second +
             s.error_punts_per_second + s.fragment_punts_per_second + s.alg_punts_per_second +
             s.tunnel_punts_per_second !=
         0;
}

void clear_array(int map, std::uint32_t size) {
  std::vector<std::uint32_t> keys(size);
  for (std::uint32_t i = 0; i < size; ++i) keys[i] = i;
  const std::vector<cgn_bucket> empty(size);
  must(bpf_map_update_batch(map, keys.data(), empty.data(), &size, nullptr), "clear the buckets");
}

}  // namespace

std::uint32_t tick_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  constexpr auto kTick = 1'000'000'000u / CGN_TICKS_PER_SECOND;
  return static_cast<std::uint32_t>(now.tv_sec) * CGN_TICKS_PER_SECOND +
         static_cast<std::uint32_t>(now.tv_nsec) / kTick;
}

KernelSide::KernelSide() { prepare(); }
KernelSide::KernelSide(std::string_view object_file) : world_{object_file} { prepare(); }

void KernelSide::prepare() {
  program_ = world_.program();
  entries_ = world_.map("entries");
  sessions_ = world_.map("sessions");
  verdicts_ = world_.map("verdicts");
  permissions_ = world_.map("permissions");
  for (const auto& link : test::kLinks) {
    link_index_[static_cast<std::size_t>(link.link)] = world_.network().ifindex(link.name);
  }
  for (const auto view : test::kViews) {
    for (const auto& c : classes(view)) {
      const cgn_class value{
          .flags = c.flags, .subscriber_mask = htonl(c.subscriber_mask), .bypass_set = c.bypass_set, .realm = c.realm};
      world_.set_class(view, c.prefix, value);
    }
  }
  per_cpu_.resize(static_cast<std::size_t>(libbpf_num_possible_cpus()) * CGN_VERDICT_COUNT);
  counters_ = read_counters();
}

unsigned KernelSide::ifindex(test::Link link) const { return link_index_[static_cast<std::size_t>(link)]; }

void KernelSide::install(const Halves& halves) {
  for (const auto& key : installed_) {
    if (!key.remote) {
      world_.remove(wire_key(key));
      continue;
    }
    const auto session = wire_session(key);
    bpf_map_delete_elem(sessions_, &session);
  }
  installed_.clear();
  for (const auto& [key, half] : halves) {
    world_.install(entry_of(key, half));
    installed_.push_back(key);
  }
}

void KernelSide::permit(const std::map<Heard, Stamp>& heard) {
  for (const auto& [gone, stamp] : heard_) {
    const auto key = permission_key(gone);
    must(bpf_map_delete_elem(permissions_, &key), "remove a permission");
  }
  heard_ = heard;
  for (const auto& [one, stamp] : heard_) {
    const auto key = permission_key(one);
    const cgn_permission value{.last_seen = stamp.high};
    put(permissions_, &key, &value, "a permission");
  }
}

void KernelSide::enter_settings(const Scene& scene) {
  if (policed_) {
    clear_array(world_.map("buckets"), CGN_POLICER_BUCKETS);
    clear_array(world_.map("error_buckets"), CGN_POLICER_BUCKETS);
    clear_array(world_.map("queue_buckets"), CGN_BUCKET_COUNT * CGN_MAX_QUEUES);
  }
  policed_ = has_rates(scene.settings);
  auto settings = scene.settings;
  world_.set(settings);
  world_.listen(scene.listening);
  world_.set_link(test::Link::internal,
                  scene.one_armed ? CGN_ROLE_INTERNAL | CGN_ROLE_EXTERNAL : std::uint8_t{CGN_ROLE_INTERNAL});
}

void KernelSide::enter(const Scene& scene) {
  world_.clear_sessions();
  install(scene.halves);
  for (const auto& [key, end] : scene.tunnels) world_.install(entry_of(key, end));
  permit(scene.heard);
  enter_settings(scene);
  for (const auto subscriber : live_) world_.set_live(subscriber, false);
  live_ = scene.live;
  for (const auto subscriber : live_) world_.set_live(subscriber, true);
  for (const auto external : lent_) world_.set_lent(external, false);
  lent_ = scene.lent;
  for (const auto external : lent_) world_.set_lent(external, true);
  const __u32 slot = test::port_of(test::Link::external), index = ifindex(test::Link::external);
  if (scene.port_left) {
    world_.forget_port(test::Link::external);
  } else if (port_left_) {
    put(world_.map("tx_ports"), &slot, &index, "the port");
  }
  port_left_ = scene.port_left;
}

const test::Counters& KernelSide::read_counters() {
  std::array<std::uint32_t, CGN_VERDICT_COUNT> keys{};
  std::uint32_t next = 0, count = CGN_VERDICT_COUNT;
  must(bpf_map_lookup_batch(verdicts_, nullptr, &next, keys.data(), per_cpu_.data(), &count, nullptr), "read counters");
  sums_ = {};
  const auto cpus = per_cpu_.size() / CGN_VERDICT_COUNT;
  for (std::size_t i = 0; i < per_cpu_.size(); ++i) sums_[i / cpus] += per_cpu_[i];
  return sums_;
}

const Observation& KernelSide::pass(test::Link port, Frame frame) {
  out_.resize(frame.size() + kMargin);
  xdp_md context{};
  context.data_end = static_cast<__u32>(frame.size());
  context.ingress_ifindex = ifindex(port);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<__u32>(frame.size());
  options.data_out = out_.data();
  options.data_size_out = static_cast<__u32>(out_.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = 1;
  seen_.first_tick = tick_now();
  if (bpf_prog_test_run_opts(program_, &options) != 0) {
    throw std::system_error{errno, std::generic_category(), "run the program"};
  }
  seen_.last_tick = tick_now();
  seen_.action = options.retval;
  seen_.frame = Frame{out_}.first(options.data_size_out);
  const auto& now = read_counters();
  seen_.moved.clear();
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i] != counters_[i]) seen_.moved.emplace_back(static_cast<Verdict>(i), now[i] - counters_[i]);
  }
  counters_ = now;
  return seen_;
}

std::map<Heard, Stamp> KernelSide::heard() const {
  std::map<Heard, Stamp> all;
  for (const auto& [one, stamp] : heard_) {
    const auto key = permission_key(one);
    cgn_permission value{};
    if (bpf_map_lookup_elem(permissions_, &key, &value) == 0) all.emplace(one, Stamp{value.last_seen, value.last_seen});
  }
  return all;
}

std::optional<Half> KernelSide::half(const HalfKey& key) const {
  cgn_entry e{};
  if (key.remote) {
    const auto session = wire_session(key);
    return bpf_map_lookup_elem(sessions_, &session, &e) == 0 ? std::optional{half_from(e)} : std::nullopt;
  }
  const auto wire = wire_key(key);
  if (bpf_map_lookup_elem(entries_, &wire, &e) != 0) return std::nullopt;
  return half_from(e);
}

Halves KernelSide::halves() const {
  std::vector<cgn_key> keys(1024);
  std::vector<cgn_entry> values(keys.size());
  std::uint32_t next = 0, count = static_cast<std::uint32_t>(keys.size());
  must(bpf_map_lookup_batch(entries_, nullptr, &next, keys.data(), values.data(), &count, nullptr), "read the table");
  Halves all;
  for (std::uint32_t i = 0; i < count; ++i) all.emplace(key_from(keys[i]), half_from(values[i]));
  cgn_session_key session{};
  const void* after = nullptr;
  for (cgn_entry e{}; bpf_map_get_next_key(sessions_, after, &session) == 0; after = &session) {
    if (is_tunnel(static_cast<Proto>(session.proto))) continue;
    must(bpf_map_lookup_elem(sessions_, &session, &e), "read a session");
    auto key = key_from(cgn_key_of(&e));
    key.remote = {Ipv4::from_net(session.remote_addr), Port::from_net(session.remote_port)};
    all.emplace(key, half_from(e));
  }
  return all;
}

}  // namespace cgn::parity
