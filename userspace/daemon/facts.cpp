// SPDX-License-Identifier: Apache-2.0
// What config::check() must know of this machine.
#include "daemon/facts.hpp"

#include <fstream>
#include <string>

#include "io/links.hpp"

namespace cgn::daemon {
namespace {

// MemAvailable of /proc/meminfo, in bytes; 0 when it cannot be read.
std::uint64_t available_memory() {
  std::ifstream meminfo{"/proc/meminfo"};
  for (std::string word; meminfo >> word;) {
    std::uint64_t kib = 0;
    if (word == "MemAvailable:" && meminfo >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace

Result<config::MachineFacts> machine_facts() {
  TRY(interfaces, io::snapshot());
  config::MachineFacts facts{.interfaces = {}, .memory_bytes = available_memory()};
  for (const auto& interface : interfaces) {
    config::InterfaceFacts one;
    one.mtu = interface.mtu;
    for (const auto& address : interface.addresses) {
      one.connected.push_back(address.subnet());
      one.addresses.push_back(address.address);
    }
    facts.interfaces.emplace(interface.name, std::move(one));
  }
  return facts;
}

}  // namespace cgn::daemon
