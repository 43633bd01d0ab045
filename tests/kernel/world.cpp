// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cgn.skel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "cgn/tunnel.hpp"
#include "io/permission_table.hpp"
#include "io/entry_map.hpp"

namespace cgn::test {
namespace {

constexpr std::uint32_t kEntries = 1024;

bool is_session(const cgn_entry& e) {
  return (e.mapping_id & kSessionId) != 0 || is_tunnel(static_cast<Proto>(e.key.proto));
}

[[noreturn]] void fail(const std::string& what) { throw std::system_error{errno, std::generic_category(), what}; }

void put(int map, const void* key, const void* value, std::string_view what) {
  if (bpf_map_update_elem(map, key, value, BPF_ANY) != 0) fail(fmt::format("write {}", what));
}

bpf_object* open_shipped() {
  size_t size = 0;
  const auto* bytes = cgn_bpf__elf_bytes(&size);
  return bpf_object__open_mem(bytes, size, nullptr);
}

bpf_object* open_file(std::string_view path) { return bpf_object__open_file(std::string{path}.c_str(), nullptr); }

bpf_object* load(bpf_object* object) {
  if (object == nullptr) fail("open the object");
  auto* entries = bpf_object__find_map_by_name(object, "entries");
  if (bpf_map__set_max_entries(entries, kEntries) != 0) fail("size the table");
  if (bpf_object__load(object) != 0) fail("load the program");
  return object;
}

cgn_link link_value(Link link, std::uint8_t role) {
  cgn_link value{.mac = {}, .role = role, .port = port_of(link), .view = view_of(link), .pad = {}};
  if ((role & CGN_ROLE_INTERNAL) == 0) value.view = CGN_REALM_EXTERNAL;
  if (!is_internal(link) && (role & CGN_ROLE_INTERNAL) != 0) value.view = kDefaultRealm.value();
  std::ranges::copy(facts(link).mac.bytes, value.mac);
  return value;
}

cgn_entry make_entry(const cgn_key& key, Endpoint to, const Mapping& m, std::uint32_t id) {
  cgn_entry e{};
  e.key = {.addr = key.addr, .port = key.port, .proto = key.proto, .realms = key.realm};
  if (key.realm == CGN_REALM_EXTERNAL) e.key.realms |= m.realm.value();
  e.to_addr = to.address.net();
  e.to_port = to.port.net();
  e.features = m.features;
  e.remote_addr = m.remote.address.net();
  e.remote_port = m.remote.port.net();
  e.mapping_id = id;
  cgn_entry_seal(&e);
  return e;
}

}  // namespace

cgn_permission_key permission_key(const Heard& h) { return io::PermissionTable::key_of(h.proto, h.external, h.remote); }

Counters only(Verdict verdict, std::uint64_t count) {
  Counters c{};
  c[verdict] = count;
  return c;
}

std::string to_string(const Counters& counters) {
  std::string text;
  for (std::size_t i = 0; i < counters.size(); ++i) {
    if (counters[i] == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", word_of(static_cast<Verdict>(i)), counters[i]);
  }
  return text.empty() ? "none" : text;
}

Verdict Visit::verdict() const {
  const auto moved = std::ranges::find(counters, 1u);
  if (moved == counters.end()) return CGN_VERDICT_CONTINUE;
  const auto v = static_cast<Verdict>(moved - counters.begin());
  return counters == only(v) ? v : CGN_VERDICT_CONTINUE;
}

namespace {

__u8 number_of(const Mapping& m) { return is_whole(m) ? 0 : static_cast<__u8>(m.proto); }

}  // namespace

cgn_key outbound_key(const Mapping& m) {
  return {m.internal.address.net(), m.internal.port.net(), number_of(m), m.realm.value()};
}

cgn_key inbound_key(const Mapping& m) {
  return {m.external.address.net(), m.external.port.net(), number_of(m), CGN_REALM_EXTERNAL};
}

Entries entries_of(const Mapping& m, std::uint32_t id) {
  if (m.session) id |= kSessionId;
  Entries e{.inbound = make_entry(inbound_key(m), m.internal, m, id),
            .outbound = make_entry(outbound_key(m), m.external, m, id)};
  e.inbound.seen = m.seen_inbound;
  e.outbound.seen = m.seen_outbound;
  if (!is_tunnel(m.proto)) return e;
  // Of the external and the remote end's ports the SPI is made, which the packets that leave do not know.
  if (is_call(m)) {
    e.inbound.remote_port = e.outbound.remote_port = 0;
    e.inbound.to_port = m.internal.port.net();
    e.outbound.key.port = m.remote.port.net();
    cgn_entry_seal(&e.inbound);
    cgn_entry_seal(&e.outbound);
    return e;
  }
  const bool mark = m.proto == kEsp && m.external.port == Port{} && m.remote.port == Port{};
  e.inbound.to_port = htons(mark && m.alone ? 1 : 0);
  e.outbound.to_port = e.outbound.remote_port = 0;
  cgn_entry_seal(&e.inbound);
  cgn_entry_seal(&e.outbound);
  return e;
}

std::uint8_t port_of(Link link) { return is_internal(link) ? 0 : 1; }

World::World() : World{open_shipped()} {}
World::World(std::string_view object_file) : World{open_file(object_file)} {}
World::World(bpf_object* object) : object_{load(object)} {
  fill();
  auto settings = settings_;  // rates of 0: nothing is policed unless a test asks
  settings.host_services = kHostServices;
  settings.seed = kSeed;
  settings.switches = CGN_SWITCH_ESP | CGN_SWITCH_GRE;
  set(settings);
  listen(true);
}
World::~World() { bpf_object__close(object_); }

void World::fill() const {
  for (const auto& link : kLinks) {
    set_link(link.link, link.role);
    const auto route_index = network_.ifindex(link.name);
    const cgn_egress egress{.ifindex = network_.ifindex(link.port),
                            .port = port_of(link.link),
                            .tag_count = static_cast<__u8>(link.tag_count),
                            .outer_tpid = htons(link.outer_tpid),
                            .outer_vid = link.outer_vid,
                            .inner_vid = link.inner_vid};
    put(map("egress"), &route_index, &egress, "egress");
    const __u32 port = port_of(link.link);
    put(map("tx_ports"), &port, &egress.ifindex, "tx_ports");
  }
  for (const auto view : kViews) {
    for (const auto& c : kClasses) set_class(view, c.prefix, class_in(view, c));
  }
  set_realm(kDefaultRealm.value(), "lo");
  set_realm(kEast.value(), kRouteByEast);
  set_realm(CGN_REALM_EXTERNAL, "lo");
  const cgn_bypass_port dns{.set = kDnsOnly, .port = htons(53), .proto = IPPROTO_UDP, .pad = 0};
  const __u8 one = 1;
  put(map("bypass_ports"), &dns, &one, "bypass_ports");
}

int World::program() const { return bpf_program__fd(bpf_object__find_program_by_name(object_, "cgn_xdp")); }

int World::map(const char* name) const {
  const int fd = bpf_object__find_map_fd_by_name(object_, name);
  if (fd < 0) fail(fmt::format("find the map {}", name));
  return fd;
}

Counters World::counters() const {
  Counters sums{};
  std::vector<std::uint64_t> cpus(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (__u32 v = 0; v < CGN_VERDICT_COUNT; ++v) {
    if (bpf_map_lookup_elem(map("verdicts"), &v, cpus.data()) != 0) fail("read a counter");
    for (const auto n : cpus) sums[v] += n;
  }
  return sums;
}

std::uint32_t World::run(unsigned ingress_ifindex, const Bytes& in, Bytes& out) const {
  out.resize(in.size() + 64);  // a punt header or two tags more
  xdp_md context{};
  context.data_end = static_cast<__u32>(in.size());
  context.ingress_ifindex = ingress_ifindex;
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = in.data();
  options.data_size_in = static_cast<__u32>(in.size());
  options.data_out = out.data();
  options.data_size_out = static_cast<__u32>(out.size());
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = 1;
  if (bpf_prog_test_run_opts(program(), &options) != 0) fail("run the program");
  out.resize(options.data_size_out);
  return options.retval;
}

Visit World::visit(Link link, const Bytes& in) const {
  const auto before = counters();
  Visit visit;
  visit.action = run(network_.ifindex(facts(link).port), in, visit.out);
  visit.counters = counters();
  for (std::size_t i = 0; i < before.size(); ++i) visit.counters[i] -= before[i];
  return visit;
}

void World::clear_entries() const {
  cgn_key key{};
  while (bpf_map_get_next_key(map("entries"), nullptr, &key) == 0) bpf_map_delete_elem(map("entries"), &key);
  clear_sessions();
  cgn_permission_key heard{};
  const int permissions = map("permissions");
  while (bpf_map_get_next_key(permissions, nullptr, &heard) == 0) bpf_map_delete_elem(permissions, &heard);
}

void World::clear_sessions() const {
  cgn_session_key session{};
  const int sessions = map("sessions");
  while (bpf_map_get_next_key(sessions, nullptr, &session) == 0) bpf_map_delete_elem(sessions, &session);
}

void World::permit(const Heard& heard) const {
  const auto key = permission_key(heard);
  const cgn_permission never{};
  put(map("permissions"), &key, &never, "a permission");
}

std::uint32_t World::permission_seen(const Heard& heard) const {
  const auto key = permission_key(heard);
  cgn_permission value{};
  if (bpf_map_lookup_elem(map("permissions"), &key, &value) != 0) fail("find a permission");
  return value.last_seen;
}

void World::install(const cgn_entry& e) const {
  const auto own = cgn_key_of(&e);
  if (!is_session(e)) return put(map("entries"), &own, &e, "an entry");
  const auto key = io::session_key_of(e);
  put(map("sessions"), &key, &e, "a session");
}

cgn_entry World::now(const cgn_entry& installed) const {
  if (!is_session(installed)) return entry(cgn_key_of(&installed));
  const auto key = io::session_key_of(installed);
  cgn_entry e{};
  if (bpf_map_lookup_elem(map("sessions"), &key, &e) != 0) fail("find a session");
  return e;
}

void World::install(const Entries& e) const {
  install(e.inbound);
  install(e.outbound);
}

cgn_entry World::entry(const cgn_key& key) const {
  cgn_entry e{};
  if (bpf_map_lookup_elem(map("entries"), &key, &e) != 0) fail("find an entry");
  return e;
}

cgn_entry World::entry(const cgn_entry_key& own) const {
  cgn_entry named{};
  named.key = own;
  return entry(cgn_key_of(&named));
}

bool World::remove(const cgn_key& key) const { return bpf_map_delete_elem(map("entries"), &key) == 0; }

void World::listen(bool on) const {
  for (__u32 port = 0; port < 2; ++port) {
    const __u32 slot = port * CGN_MAX_QUEUES;
    const int fd = listener_.fd();
    if (on) {
      put(map("xsks"), &slot, &fd, "xsks");
    } else {
      bpf_map_delete_elem(map("xsks"), &slot);
    }
  }
}

void World::set(const cgn_settings& settings) {
  settings_ = settings;
  const __u32 zero = 0;
  put(map("settings"), &zero, &settings_, "settings");
}

void World::set_class(std::uint8_t view, const Prefix& prefix, const cgn_class& value) const {
  const cgn_prefix_key key{.length = CGN_VIEW_BITS + prefix.length(), .view = view, .addr = prefix.address().net()};
  put(map("classes"), &key, &value, "classes");
}

void World::set_class(const Prefix& prefix, std::uint32_t flags, std::uint32_t bypass_set) const {
  for (const auto view : kViews) set_class(view, prefix, class_in(view, {prefix, flags, bypass_set}));
}

void World::set_realm(std::uint32_t realm, std::string_view interface) const {
  const cgn_realm_info info{.ifindex = network_.ifindex(interface), .name = {}};
  put(map("realms"), &realm, &info, "realms");
}

void World::set_link(Link link, std::uint8_t role) const {
  const auto& f = facts(link);
  const cgn_link_key key{.ifindex = network_.ifindex(f.port), .outer_vid = f.outer_vid, .inner_vid = f.inner_vid};
  const auto value = link_value(link, role);
  put(map("links"), &key, &value, "links");
}

void World::mark(const cgn_subscriber_key& key, bool live) const {
  const __u8 one = 1;
  if (live) {
    put(map("live_subscribers"), &key, &one, "live_subscribers");
  } else {
    bpf_map_delete_elem(map("live_subscribers"), &key);
  }
}

void World::set_live(InternalAddress subscriber, bool live) const {
  mark({.addr = subscriber.address.net(), .realm = subscriber.realm.value()}, live);
}

void World::set_lent(Ipv4 external, bool lent) const {
  mark({.addr = external.net(), .realm = CGN_REALM_EXTERNAL}, lent);
}

void World::forget_port(Link link) const {
  const __u32 port = port_of(link);
  bpf_map_delete_elem(map("tx_ports"), &port);
}

}  // namespace cgn::test
