// SPDX-License-Identifier: Apache-2.0
// The leak guard: whatever happens to the program, the kernel never routes a subscriber untranslated (decision 0004).
//
// What        Policy rules `iif PORT from INTERNAL-PREFIX blackhole` on internal ports and `iif PORT to INTERNAL-PREFIX
//             blackhole` on external ones, blackhole routes for the pools, forwarding=0 on the ports unless transit needs
//             the kernel, forwarding=1 on lo and on the other
//             interfaces where route look-ups of the program enter. Such a one may be a VRF device, which the kernel takes for
//             the way in of all that comes by its ports: so it has the rules of an internal port, too.
// Life-cycle  install() before the program is attached, read back; missing() asked after every change that netlink
//             reports and every second; repair() by install() again. remove() only on the operator's explicit detach.
// Ownership   Every rule and route carries protocol number kGuardProtocol; nothing else is ever touched. What a sysctl was
//             before is written to a file in the state directory, so that a later process can restore it.
// Failure     install() that cannot read back what it wrote is an error: the daemon must not attach.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::io {

inline constexpr std::uint8_t kGuardProtocol = 199;  // rtm_protocol of our rules and routes
// Of our rules: the first after the local table (0), so that no other rule can route a subscriber before they are asked.
inline constexpr std::uint32_t kGuardPriority = 1;

struct GuardPlan {
  std::vector<std::string> internal_ports;
  std::vector<std::string> external_ports;
  std::vector<std::string> route_by;  // where look-ups of realms enter, besides lo
  std::vector<Prefix> internal_prefixes;
  std::vector<Prefix> pool_prefixes;
  bool forwarding = false;  // transit: the kernel must route on our ports
  friend bool operator==(const GuardPlan&, const GuardPlan&) = default;
};

class Guard {
 public:
  Guard(GuardPlan, std::filesystem::path state_directory);
  // Adds what is missing, in any order, any number of times; then reads back.
  [[nodiscard]] Result<> install();
  // What of the plan is not there now, in words; empty = whole.
  [[nodiscard]] Result<std::vector<std::string>> missing() const;
  // Takes away every rule and route of ours and restores the sysctls, from the state file alone (the daemon may be dead).
  [[nodiscard]] static Result<> remove(const std::filesystem::path& state_directory);

 private:
  GuardPlan plan_;
  std::filesystem::path state_directory_;
};

}  // namespace cgn::io
