// SPDX-License-Identifier: Apache-2.0
// Program, guard, ports and queues: bringing up and taking down. keep() is in dataplane_keep.cpp.
#include "daemon/dataplane.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>

#include "daemon/address_classes.hpp"
#include "config/realms.hpp"
#include "daemon/realm_numbers.hpp"
#include "daemon/settings.hpp"
#include "io/adjustment_table.hpp"
#include "io/offloads.hpp"

namespace cgn::daemon {
namespace {

io::AttachMode attach_mode(config::XdpMode mode) {
  switch (mode) {
    case config::XdpMode::automatic: return io::AttachMode::automatic;
    case config::XdpMode::native: return io::AttachMode::native;
    case config::XdpMode::generic: return io::AttachMode::generic;
  }
  return io::AttachMode::automatic;
}

io::CopyMode copy_mode(config::AfXdpMode mode) {
  switch (mode) {
    case config::AfXdpMode::automatic: return io::CopyMode::automatic;
    case config::AfXdpMode::zerocopy: return io::CopyMode::zerocopy;
    case config::AfXdpMode::copy: return io::CopyMode::copy;
  }
  return io::CopyMode::automatic;
}

std::uint64_t random_seed() {
  std::random_device entropy;
  return std::uint64_t{entropy()} << 32 | entropy();
}

}  // namespace

Dataplane::Dataplane(const config::Config& config, Places places)
    : config_{config}, places_{std::move(places)}, seed_{random_seed()} {}

Result<> Dataplane::raise_guard() {
  TRY(watch, io::Watch::open());
  watch_ = std::move(watch);
  TRY_VOID(read_topology());
  if (!topology_.missing.empty()) {
    return fail("no interface " + topology_.missing.front(), "ip link; [interfaces] in the config file");
  }
  guard_ = std::make_unique<io::Guard>(topology_.guard, places_.state_dir);
  if (auto installed = guard_->install(); !installed) return Unexpected{std::move(installed).error().in("leak guard")};
  guard_whole_ = true;
  return {};
}

Result<> Dataplane::read_topology() {
  TRY(interfaces, io::snapshot());
  topology_ = make_topology(config_, interfaces, &topology_);
  return {};
}

Result<> Dataplane::load() {
  const io::ProgramSizes sizes{.entries = 2 * config_.limits.mappings,
                               .subscribers = config_.limits.subscribers,
                               .permissions = config_.limits.permissions,
                               .sessions = 2 * config_.limits.mappings};
  TRY(program, io::Program::open(places_.bpf_dir, sizes));
  program_ = std::move(program);
  return {};
}

// After load() and before anybody reads the config's realms. What was known before the maps were read is made anew.
Result<> Dataplane::number_realms(config::Config& config) {
  TRY(known, program_->realms());
  TRY(ids, realm_numbers(config.realms, known));
  config::renumber(config, ids);
  return read_topology();
}

Result<> Dataplane::write_tables() {
  // Ports before the classes that name them: a class whose ports are not there yet bypasses nothing.
  TRY_VOID(program_->set_bypass_ports(bypass_ports(config_)));
  TRY_VOID(program_->set_realms(topology_.realms));
  TRY_VOID(program_->set_classes(topology_.classes));
  TRY_VOID(program_->set_links(topology_.links));
  std::vector<std::pair<std::uint32_t, cgn_egress>> egress;
  for (const auto& e : topology_.egress) egress.emplace_back(e.ifindex, e.where);
  return program_->set_egress(egress);
}

io::HandPort Dataplane::hand_port(const PortInfo& port) const {
  const auto attached = attached_.find(port.name);
  const bool native =
      attached == attached_.end() ? config_.interfaces.xdp_mode != config::XdpMode::generic : attached->second.native;
  return {.interface = port.name, .ifindex = port.ifindex, .port = port.index, .native = native};
}

Result<> Dataplane::write_settings(const config::Config& config) {
  auto settings = make_settings(config, seed_);
  // Connections that were changed when the ALG was on need it for the rest of their lives.
  if (!io::AdjustmentTable{program_->adjustments_fd()}.empty()) settings.switches |= CGN_SWITCH_ALG_FTP;
  return program_->set_settings(settings);
}

Result<> Dataplane::bind() {
  TRY_VOID(write_settings(config_));
  TRY_VOID(write_tables());
  unsigned queues = 1;
  for (const auto& port : topology_.ports) queues = std::max(queues, std::min(port.rx_queues, CGN_MAX_QUEUES));
  for (unsigned queue = 0; queue < queues; ++queue) {
    std::vector<io::HandPort> ports;
    for (const auto& port : topology_.ports) {
      if (queue < port.rx_queues) ports.push_back(hand_port(port));
    }
    TRY(hand, io::Hand::open(queue, ports, copy_mode(config_.interfaces.afxdp)));
    for (const auto& d : hand.descriptors()) TRY_VOID(program_->set_socket(d.port, queue, d.fd));
    hands_.push_back(std::make_unique<io::Hand>(std::move(hand)));
  }
  changed_ = true;
  return {};
}

Result<> Dataplane::attach() {
  for (const auto& port : topology_.ports) TRY_VOID(attach_port(port));
  return {};
}

Result<> Dataplane::attach_port(const PortInfo& port) {
  const auto mode = attach_mode(config_.interfaces.xdp_mode);
  TRY_VOID(io::disable_offloads(port.name, mode == io::AttachMode::generic, places_.state_dir));
  TRY(attached, program_->attach(port.name, port.ifindex, mode));
  if (!attached.native && mode == io::AttachMode::automatic) {
    TRY_VOID(io::disable_offloads(port.name, true, places_.state_dir));
  }
  spdlog::info("port {}: program attached in {} mode", port.name, attached.native ? "native" : "generic");
  attached_.insert_or_assign(port.name, attached);
  return {};
}

std::unordered_map<unsigned, Outlet::Egress> Dataplane::egress() const {
  std::unordered_map<unsigned, Outlet::Egress> out;
  for (const auto& e : topology_.egress) out.emplace(e.ifindex, Outlet::Egress{e.where, e.mac});
  return out;
}

std::vector<Dataplane::PortState> Dataplane::port_states() const {
  std::vector<PortState> out;
  for (const auto& port : topology_.ports) {
    const auto attached = attached_.find(port.name);
    out.push_back({port, attached == attached_.end() ? std::nullopt : std::optional{attached->second}});
  }
  return out;
}

Result<> Dataplane::take_down(const Places& places) {
  // The guard goes last: while the program is being taken off, the kernel must not route a subscriber.
  TRY_VOID(io::Program::detach_all(places.bpf_dir));
  TRY_VOID(io::restore_offloads(places.state_dir));
  return io::Guard::remove(places.state_dir);
}

}  // namespace cgn::daemon
