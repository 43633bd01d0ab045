// SPDX-License-Identifier: Apache-2.0
// The kernel program and its maps: load, pin, attach, watch, take down.
//
// What        One cgn_xdp, loaded from the skeleton, on every port by bpf_link. Maps and links are pinned under the bpf
//             directory and outlive the daemon: a second open() adopts them, and attach() replaces the program of a
//             pinned link by link update, never by detach.
// Life-cycle  open() -> (tables filled, AF_XDP bound) -> attach() each port -> severed() asked every second ->
//             detach_all() only on the operator's word. Destruction closes descriptors and leaves all running.
// Ownership   Owns descriptors of program, maps, links. Map contents belong to who writes them (maps.h).
// Failure     Pinned maps of another CGN_ABI_VERSION or other sizes are refused by name with the way out (cgnctl
//             detach). A foreign XDP program on a port is never replaced: its id is named.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cgn/abi.h"
#include "cgn/realm.hpp"
#include "cgn/result.hpp"
#include "cgn/verdict.hpp"

namespace cgn::io {

struct ProgramSizes {
  std::uint32_t entries = 2'000'000;  // two per mapping
  std::uint32_t subscribers = 65'536;
  std::uint32_t permissions = 65'536;
  std::uint32_t sessions = 65'536;
  friend bool operator==(const ProgramSizes&, const ProgramSizes&) = default;
};

enum class AttachMode { automatic, native, generic };

struct Attached {
  std::string interface;
  unsigned ifindex = 0;
  bool native = false;
};

using Counters = std::array<std::uint64_t, CGN_VERDICT_COUNT>;

struct ClassifiedPrefix {
  Prefix prefix;
  cgn_class value;
  std::uint8_t view = CGN_REALM_EXTERNAL;  // whose hosts see it so
};

class Program {
 public:
  // Loads the object; creates the maps or adopts the pinned ones. `adopted` tells which.
  [[nodiscard]] static Result<Program> open(const std::filesystem::path& bpf_dir, const ProgramSizes&);
  // Removes links, then maps, then the directory; for `cgnctl detach` with the daemon dead, too. Absent pins are fine.
  [[nodiscard]] static Result<> detach_all(const std::filesystem::path& bpf_dir);
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  [[nodiscard]] bool adopted() const;

  // New link, or link update of the pinned one. automatic: native, then generic; the answer says which.
  [[nodiscard]] Result<Attached> attach(const std::string& interface, unsigned ifindex, AttachMode);
  // True when the pinned link no longer holds this ifindex (interface re-created, bpftool link detach).
  [[nodiscard]] bool severed(const std::string& interface, unsigned ifindex) const;
  // Interfaces with a pinned link, by whatever daemon: those that the config no longer names are for drop_link().
  [[nodiscard]] std::vector<std::string> linked_interfaces() const;
  // Detaches and unpins the link of a port (after severed(), or when the port left the config).
  void drop_link(const std::string& interface);

  // --- what the daemon writes for the kernel; each call replaces the whole content
  // -------------------------------------
  [[nodiscard]] Result<> set_settings(const cgn_settings&);
  [[nodiscard]] Result<> set_classes(std::span<const ClassifiedPrefix>);
  [[nodiscard]] Result<> set_bypass_ports(std::span<const std::pair<cgn_bypass_port, std::uint8_t>>);
  // By realm. What is not named becomes nobody's.
  [[nodiscard]] Result<> set_realms(std::span<const std::pair<std::uint32_t, cgn_realm_info>>);
  // As set_realms() of whoever was here before left them; by realm.
  [[nodiscard]] Result<std::vector<cgn_realm_info>> realms() const;
  [[nodiscard]] Result<> set_links(std::span<const std::pair<cgn_link_key, cgn_link>>);
  // ifindex of the route -> where it leads; tx_ports[port] = physical ifindex.
  [[nodiscard]] Result<> set_egress(std::span<const std::pair<std::uint32_t, cgn_egress>>);
  [[nodiscard]] Result<> set_socket(unsigned port, unsigned queue, int xsk_fd);
  [[nodiscard]] Result<> set_subscriber_live(const SubscriberId&, bool live);
  // An external address on which a durable block is lent, or none any more.
  [[nodiscard]] Result<> set_address_lent(Ipv4 external, bool lent);
  [[nodiscard]] Result<> clear_subscribers_live();

  // --- what the kernel writes for the daemon
  // ----------------------------------------------------------------------------
  [[nodiscard]] Counters counters() const;   // summed over CPUs
  [[nodiscard]] int entries_fd() const;      // for EntryTable
  [[nodiscard]] int permissions_fd() const;  // for PermissionTable
  [[nodiscard]] int sessions_fd() const;     // for SessionTable
  [[nodiscard]] int adjustments_fd() const;  // for AdjustmentTable
  [[nodiscard]] int program_fd() const;      // for BPF_PROG_TEST_RUN
  [[nodiscard]] std::uint32_t entries_capacity() const;

 private:
  struct State;
  explicit Program(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::io
