// SPDX-License-Identifier: Apache-2.0
// Program, guard, ports and queues of the box, kept as the config wants them.
//
// What        Brings the data plane up in the order of decision 0004 (guard read back before the program is attached),
//             then keeps it so: severed links are attached anew, re-created interfaces get their sockets again, the guard
//             is repaired, address changes reach the program's tables.
// Life-cycle  raise_guard() -> load() -> (adoption) -> bind() -> attach() -> keep() on every netlink change and second.
//             Destruction leaves program, maps and guard in place; take_down() is the operator's explicit detach.
// Ownership   Owns program, hands, guard, netlink watch. Used by the brain's thread only.
// Failure     What cannot be done at start is an error; what fails later is logged once and tried again every second.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "config/config.hpp"
#include "daemon/outlet.hpp"
#include "daemon/topology.hpp"
#include "io/entry_table.hpp"
#include "io/program.hpp"
#include "io/xsk.hpp"

namespace cgn::daemon {

class Dataplane {
 public:
  struct Places {
    std::filesystem::path bpf_dir;
    std::filesystem::path state_dir;
  };
  Dataplane(const config::Config& config, Places places);

  [[nodiscard]] Result<> raise_guard();
  [[nodiscard]] Result<> load();
  // Gives the realms of this config, which must be the one that it was made with, the numbers that the maps have for them.
  [[nodiscard]] Result<> number_realms(config::Config&);
  [[nodiscard]] Result<> bind();
  [[nodiscard]] Result<> attach();

  // Writes the program's run-time switches as the config has them now, as one value.
  [[nodiscard]] Result<> write_settings(const config::Config&);

  // Called when the watch's descriptor is readable, and every second.
  void keep(bool every_second);
  [[nodiscard]] int watch_fd() const { return watch_->fd(); }
  // Neighbours that changed since the last keep().
  [[nodiscard]] std::vector<io::Neighbour> take_neighbours() { return std::exchange(neighbours_, {}); }
  // True once after hands or topology changed: the outlet must be told, descriptors polled anew.
  [[nodiscard]] bool take_changed() { return std::exchange(changed_, false); }

  // Of this run: what the program's hashes are seeded with.
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] io::Program& program() { return *program_; }
  [[nodiscard]] const io::Program& program() const { return *program_; }
  [[nodiscard]] std::vector<std::unique_ptr<io::Hand>>& hands() { return hands_; }
  [[nodiscard]] const Topology& topology() const { return topology_; }
  [[nodiscard]] std::unordered_map<unsigned, Outlet::Egress> egress() const;

  struct PortState {
    PortInfo info;
    std::optional<io::Attached> attached;  // nullopt: not attached now
  };
  [[nodiscard]] std::vector<PortState> port_states() const;
  [[nodiscard]] bool guard_whole() const { return guard_whole_; }

  // Undoes everything: program, maps, guard, offloads. Works with no daemon alive.
  [[nodiscard]] static Result<> take_down(const Places&);

 private:
  [[nodiscard]] Result<> read_topology();
  [[nodiscard]] Result<> write_tables();
  [[nodiscard]] Result<> attach_port(const PortInfo&);
  [[nodiscard]] Result<> bind_port(const PortInfo&);
  [[nodiscard]] io::HandPort hand_port(const PortInfo&) const;
  void follow_links();
  void repair_guard();
  void reattach();
  void complain_once(const std::string& about, const Error&);

  const config::Config& config_;
  Places places_;
  std::uint64_t seed_;
  Topology topology_;
  std::unique_ptr<io::Guard> guard_;
  std::optional<io::Program> program_;
  std::vector<std::unique_ptr<io::Hand>> hands_;
  std::optional<io::Watch> watch_;
  std::map<std::string, io::Attached> attached_;   // by interface name
  std::map<std::string, std::string> complaints_;  // said already: about what, and what
  std::vector<io::Neighbour> neighbours_;
  bool changed_ = false;
  bool guard_whole_ = false;
};

}  // namespace cgn::daemon
