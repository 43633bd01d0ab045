// SPDX-License-Identifier: Apache-2.0
#include "network.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "packets/cast.hpp"

namespace cgn::test {
namespace {

std::string device(std::string_view name, const Mac& mac, unsigned mtu, Ipv4 own) {
  // IPv6 off: its router solicitations would be the only packets in this world that no test sent.
  return fmt::format(
      "link add {0} address {1} mtu {2} type veth peer name p-{0}\n"
      "link set {0} addrgenmode none\nlink set p-{0} addrgenmode none\n"
      "link set {0} up\nlink set p-{0} up\naddress add {3}/29 dev {0}\n",
      name, to_string(mac), mtu, to_string(own));
}

std::string neighbour(std::string_view name, Ipv4 address, const Mac& mac) {
  return fmt::format("neighbour add {} lladdr {} dev {} nud permanent\n", to_string(address), to_string(mac), name);
}

std::string route(const Route& r) {
  if (r.interface.empty()) return fmt::format("route add unreachable {}\n", to_string(r.to));
  return fmt::format("route add {} via {} dev {}\n", to_string(r.to), to_string(*r.via), r.interface);
}

std::string world() {
  std::string batch = "link set lo up\n";
  for (const auto& link : kLinks) {
    batch += device(link.name, link.mac, link.mtu, link.own);
    batch += neighbour(link.name, link.next_hop, link.next_hop_mac);
  }
  batch += device(kOtherInterface, kStrangerMac, 1500, kOtherOwn);
  batch += neighbour(kOtherInterface, kOtherNextHop, kStrangerMac);
  for (const auto& r : kRoutes) batch += route(r);
  const auto& east = facts(Link::internal_east);
  batch += fmt::format("link add {0} type veth peer name p-{0}\nlink set {0} addrgenmode none up\n", kRouteByEast);
  batch += fmt::format("rule add iif {} lookup {}\n", kRouteByEast, kEastTable);
  batch += fmt::format("route add {} via {} dev {} table {}\n", to_string(kSubscribers), to_string(east.next_hop),
                       east.name, kEastTable);
  return batch;
}

}  // namespace

bool may_load_programs() { return geteuid() == 0 && access("/sys/fs/bpf", F_OK) == 0; }

Network::Network() {
  if (unshare(CLONE_NEWNET) != 0) throw std::system_error{errno, std::generic_category(), "make a network namespace"};
  change(world());
  // The route look-ups come in by lo, and only that interface needs forwarding (decision 0004).
  std::ofstream{"/proc/sys/net/ipv4/conf/lo/forwarding"} << "1\n";
  std::ofstream{fmt::format("/proc/sys/net/ipv4/conf/{}/forwarding", kRouteByEast)} << "1\n";
}

unsigned Network::ifindex(std::string_view interface) const {
  const auto index = if_nametoindex(std::string{interface}.c_str());
  if (index == 0) throw std::system_error{errno, std::generic_category(), std::string{interface}};
  return index;
}

void Network::change(std::string_view batch) const {
  auto* ip = popen("ip -batch -", "w");
  if (ip == nullptr) throw std::system_error{errno, std::generic_category(), "start ip"};
  std::fwrite(batch.data(), 1, batch.size(), ip);
  if (pclose(ip) != 0) throw std::runtime_error{fmt::format("ip refused one of:\n{}", batch)};
}

}  // namespace cgn::test
