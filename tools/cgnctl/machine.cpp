// SPDX-License-Identifier: Apache-2.0
// What this machine has.
#include "cgnctl/machine.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

namespace cgn::cgnctl {

namespace {

Ipv4 address_in(const sockaddr* address) {
  sockaddr_in in{};
  std::memcpy(&in, address, sizeof in);
  return Ipv4::from_net(in.sin_addr.s_addr);
}

unsigned mtu_of(const std::string& name) {
  unsigned mtu = config::InterfaceFacts{}.mtu;
  std::ifstream{"/sys/class/net/" + name + "/mtu"} >> mtu;
  return mtu;
}

std::uint64_t available_memory() {
  std::ifstream file{"/proc/meminfo"};
  std::string name;
  std::uint64_t kib = 0;
  for (std::string rest; file >> name >> kib; std::getline(file, rest)) {
    if (name == "MemAvailable:") return kib * 1024;
  }
  return 0;
}

}  // namespace

Result<config::MachineFacts> machine_facts() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return fail_errno("list the interfaces of this machine");
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list{first, &::freeifaddrs};
  config::MachineFacts facts{.interfaces = {}, .memory_bytes = available_memory()};
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
    auto [place, added] = facts.interfaces.try_emplace(entry->ifa_name);
    if (added) place->second.mtu = mtu_of(entry->ifa_name);
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET || entry->ifa_netmask == nullptr) continue;
    const auto address = address_in(entry->ifa_addr);
    const auto length = static_cast<unsigned>(std::popcount(address_in(entry->ifa_netmask).host()));
    place->second.addresses.push_back(address);
    place->second.connected.push_back(Prefix::of(address, length));
  }
  return facts;
}

}  // namespace cgn::cgnctl
