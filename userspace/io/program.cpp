// SPDX-License-Identifier: Apache-2.0
// Load, adopt, attach, and the daemon's tables. Pins are map_pins and pin_directory, ports are xdp_link.
#include "io/program.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cgn.skel.h"
#include "io/map_content.hpp"
#include "io/map_pins.hpp"
#include "io/xdp_link.hpp"

namespace cgn::io {
namespace {

struct SkeletonEnd {
  void operator()(cgn_bpf* skeleton) const { cgn_bpf__destroy(skeleton); }
};
using Skeleton = std::unique_ptr<cgn_bpf, SkeletonEnd>;

Result<Skeleton> open_skeleton() {
  // libbpf talks on stderr by itself; what it has to say comes back as an Error instead.
  libbpf_set_print(nullptr);
  Skeleton skeleton{cgn_bpf__open()};
  if (!skeleton) return fail_errno("open the kernel program");
  return skeleton;
}

// The load, with the verifier's last words when it refuses. Kernels before 6.4 answer ENOSPC instead of the reason when
// the words do not fit, so the room is ample; pages never written cost nothing.
Result<> load(cgn_bpf* skeleton) {
  constexpr std::size_t kRoom = std::size_t{16} << 20;
  constexpr std::size_t kLastWords = 600;
  const auto words = std::make_unique_for_overwrite<char[]>(kRoom);
  words[0] = '\0';
  bpf_program__set_log_buf(skeleton->progs.cgn_xdp, words.get(), kRoom);
  const int refused = cgn_bpf__load(skeleton);
  bpf_program__set_log_buf(skeleton->progs.cgn_xdp, nullptr, 0);  // the room ends here
  if (refused == 0) return {};
  std::string_view said{words.get()};
  if (said.size() > kLastWords) said.remove_prefix(said.size() - kLastWords);
  std::string hint;
  if (!said.empty()) {
    hint = fmt::format("the verifier says: {}", said);
  } else if (refused == -EPERM) {
    hint = "cgnd needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON";
  } else if (refused == -ENOMEM || refused == -E2BIG) {
    hint = "lower [limits] mappings, or give the machine more memory";
  }
  return fail_errno("load the kernel program", -refused, std::move(hint));
}

// One for each subscriber with a block, and one for each address that carries such a block: no more than subscribers.
std::uint32_t live_entries(const ProgramSizes& sizes) { return 2 * sizes.subscribers; }

// True: `key` stands in the map as asked. Else errno.
bool mark(int live_subscribers, const cgn_subscriber_key& key, bool live) {
  const std::uint8_t one = 1;
  if (live) return bpf_map_update_elem(live_subscribers, &key, &one, BPF_ANY) == 0;
  return bpf_map_delete_elem(live_subscribers, &key) == 0 || errno == ENOENT;
}

}  // namespace

struct Program::State {
  PinDirectory pins;
  Skeleton skeleton;
  bool adopted = false;
  std::uint32_t entries_capacity = 0;
  std::map<std::string, XdpLink, std::less<>> links{};

  [[nodiscard]] static int fd(const bpf_map* map) { return bpf_map__fd(map); }
};

Result<Program> Program::open(const std::filesystem::path& bpf_dir, const ProgramSizes& sizes) {
  const PinDirectory pins{bpf_dir};
  TRY_VOID(pins.create());
  TRY(skeleton, open_skeleton());
  const auto& maps = skeleton->maps;
  if (bpf_map__set_max_entries(maps.entries, sizes.entries) != 0 ||
      bpf_map__set_max_entries(maps.live_subscribers, live_entries(sizes)) != 0 ||
      bpf_map__set_max_entries(maps.permissions, sizes.permissions) != 0 ||
      bpf_map__set_max_entries(maps.sessions, sizes.sessions) != 0) {
    return fail_errno("size the maps");
  }
  TRY(adopted, map_pins::adopt(skeleton->obj, pins));
  TRY_VOID(load(skeleton.get()));
  if (!adopted) {
    TRY_VOID(map_pins::pin(skeleton->obj, pins));
  }
  return Program{std::make_unique<State>(
      State{.pins = pins, .skeleton = std::move(skeleton), .adopted = adopted, .entries_capacity = sizes.entries})};
}

Result<> Program::detach_all(const std::filesystem::path& bpf_dir) {
  const PinDirectory pins{bpf_dir};
  std::error_code refused;
  if (!std::filesystem::exists(bpf_dir, refused)) return {};
  for (const auto& link : pins.links()) TRY_VOID(XdpLink::detach(link));
  TRY(skeleton, open_skeleton());
  TRY_VOID(map_pins::unpin(skeleton->obj, pins));
  std::filesystem::remove(bpf_dir, refused);
  // A mount point stays, and so does a directory in which others keep pins.
  if (refused && refused != std::errc::directory_not_empty && refused != std::errc::device_or_resource_busy) {
    return fail_errno(fmt::format("remove {}", bpf_dir.string()), refused.value());
  }
  return {};
}

Program::Program(std::unique_ptr<State> state) : state_{std::move(state)} {}
Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

bool Program::adopted() const { return state_->adopted; }
int Program::entries_fd() const { return State::fd(state_->skeleton->maps.entries); }
int Program::permissions_fd() const { return State::fd(state_->skeleton->maps.permissions); }
int Program::sessions_fd() const { return State::fd(state_->skeleton->maps.sessions); }
int Program::adjustments_fd() const { return State::fd(state_->skeleton->maps.adjustments); }
int Program::program_fd() const { return bpf_program__fd(state_->skeleton->progs.cgn_xdp); }
std::uint32_t Program::entries_capacity() const { return state_->entries_capacity; }

Result<Attached> Program::attach(const std::string& interface, unsigned ifindex, AttachMode mode) {
  TRY(link, XdpLink::hold({.interface = interface, .ifindex = ifindex, .mode = mode}, program_fd(),
                          state_->pins.link(interface)));
  const bool native = link.native();
  state_->links.insert_or_assign(interface, std::move(link));
  return Attached{.interface = interface, .ifindex = ifindex, .native = native};
}

bool Program::severed(const std::string& interface, unsigned ifindex) const {
  const auto link = state_->links.find(interface);
  return link == state_->links.end() || link->second.severed(ifindex);
}

std::vector<std::string> Program::linked_interfaces() const { return state_->pins.linked_interfaces(); }

void Program::drop_link(const std::string& interface) {
  state_->links.erase(interface);
  // What cannot be removed now is met again by attach(), which says why.
  (void)XdpLink::detach(state_->pins.link(interface));
}

Result<> Program::set_settings(const cgn_settings& settings) {
  const std::uint32_t key = 0;
  if (bpf_map_update_elem(State::fd(state_->skeleton->maps.settings), &key, &settings, BPF_ANY) == 0) return {};
  return fail_errno("write the map settings");
}

Result<> Program::set_classes(std::span<const ClassifiedPrefix> classes) {
  std::vector<std::pair<cgn_prefix_key, cgn_class>> rows;
  rows.reserve(classes.size());
  for (const auto& [prefix, value, view] : classes) {
    const cgn_prefix_key key{.length = CGN_VIEW_BITS + prefix.length(), .view = view, .addr = prefix.address().net()};
    rows.emplace_back(key, value);
  }
  return replace_content(State::fd(state_->skeleton->maps.classes), "classes",
                         std::span<const decltype(rows)::value_type>{rows});
}

Result<> Program::set_bypass_ports(std::span<const std::pair<cgn_bypass_port, std::uint8_t>> ports) {
  return replace_content(State::fd(state_->skeleton->maps.bypass_ports), "bypass_ports", ports);
}

Result<> Program::set_realms(std::span<const std::pair<std::uint32_t, cgn_realm_info>> realms) {
  for (std::uint32_t number = 0; number <= CGN_REALM_EXTERNAL; ++number) {
    const auto named = std::ranges::find(realms, number, [](const auto& r) { return r.first; });
    const auto info = named == realms.end() ? cgn_realm_info{} : named->second;
    if (bpf_map_update_elem(State::fd(state_->skeleton->maps.realms), &number, &info, BPF_ANY) != 0) {
      return fail_errno("write the map realms");
    }
  }
  return {};
}

Result<std::vector<cgn_realm_info>> Program::realms() const {
  std::vector<cgn_realm_info> all(CGN_REALM_EXTERNAL + 1);
  for (std::uint32_t number = 0; number < all.size(); ++number) {
    if (bpf_map_lookup_elem(State::fd(state_->skeleton->maps.realms), &number, &all[number]) != 0) {
      return fail_errno("read the map realms");
    }
  }
  return all;
}

Result<> Program::set_links(std::span<const std::pair<cgn_link_key, cgn_link>> links) {
  return replace_content(State::fd(state_->skeleton->maps.links), "links", links);
}

Result<> Program::set_egress(std::span<const std::pair<std::uint32_t, cgn_egress>> egress) {
  // A port's device before the rows that lead to it, and its removal after theirs.
  const int ports = State::fd(state_->skeleton->maps.tx_ports);
  std::array<bool, CGN_MAX_PORTS> used{};
  for (const auto& [ifindex, leads] : egress) {
    if (leads.port >= CGN_MAX_PORTS)
      return fail(fmt::format("egress over interface {}: no port {}", ifindex, leads.port));
    const std::uint32_t key = leads.port;
    // The devmap's value: interface first, then (in the longer form) no program.
    const std::array<std::uint32_t, 2> device{leads.ifindex, 0};
    if (!used[key] && bpf_map_update_elem(ports, &key, device.data(), BPF_ANY) != 0) {
      return fail_errno(fmt::format("open port {} (interface {}) for sending", leads.port, leads.ifindex), errno,
                        "the interface may just have gone, or its driver cannot take redirected packets");
    }
    used[key] = true;
  }
  TRY_VOID(replace_content(State::fd(state_->skeleton->maps.egress), "egress", egress));
  for (std::uint32_t key = 0; key < CGN_MAX_PORTS; ++key) {
    if (!used[key]) (void)bpf_map_delete_elem(ports, &key);  // absent is fine
  }
  return {};
}

Result<> Program::set_socket(unsigned port, unsigned queue, int xsk_fd) {
  if (port >= CGN_MAX_PORTS || queue >= CGN_MAX_QUEUES)
    return fail(fmt::format("no socket {} of port {}", queue, port));
  const std::uint32_t key = port * CGN_MAX_QUEUES + queue;
  if (bpf_map_update_elem(State::fd(state_->skeleton->maps.xsks), &key, &xsk_fd, BPF_ANY) == 0) return {};
  return fail_errno(fmt::format("give the program the socket of port {} queue {}", port, queue));
}

Result<> Program::set_subscriber_live(const SubscriberId& subscriber, bool live) {
  const cgn_subscriber_key key{.addr = subscriber.address().net(), .realm = subscriber.realm.value()};
  if (mark(State::fd(state_->skeleton->maps.live_subscribers), key, live)) return {};
  return fail_errno(fmt::format("mark subscriber {} as {}", to_string(subscriber), live ? "live" : "gone"));
}

Result<> Program::set_address_lent(Ipv4 external, bool lent) {
  const cgn_subscriber_key key{.addr = external.net(), .realm = CGN_REALM_EXTERNAL};
  if (mark(State::fd(state_->skeleton->maps.live_subscribers), key, lent)) return {};
  return fail_errno(fmt::format("mark external address {} as {}", to_string(external), lent ? "lent" : "free"));
}

Result<> Program::clear_subscribers_live() {
  return erase_content<cgn_subscriber_key>(State::fd(state_->skeleton->maps.live_subscribers), "live_subscribers");
}

Counters Program::counters() const {
  Counters sums{};
  const int map = State::fd(state_->skeleton->maps.verdicts);
  std::vector<std::uint64_t> per_cpu(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  for (std::uint32_t verdict = 0; verdict < sums.size(); ++verdict) {
    if (bpf_map_lookup_elem(map, &verdict, per_cpu.data()) != 0) continue;
    for (const std::uint64_t count : per_cpu) sums[verdict] += count;
  }
  return sums;
}

}  // namespace cgn::io
