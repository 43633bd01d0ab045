// SPDX-License-Identifier: Apache-2.0
// The default gateway's MAC: the route from /proc/net/route, the neighbour by SIOCGARP after one datagram to it.
#include "gateway.hpp"

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

namespace cgn::blast {
namespace {

// Columns: interface, destination, gateway, ...; both in network order, as hexadecimal of the host's word.
std::optional<Ipv4> default_gateway(const std::string& interface) {
  std::ifstream routes{"/proc/net/route"};
  for (std::string line; std::getline(routes, line);) {
    std::istringstream words{line};
    std::string name, destination, gateway;
    if (!(words >> name >> destination >> gateway) || name != interface || destination != "00000000") continue;
    const auto address = Ipv4::from_net(static_cast<__be32>(std::stoul(gateway, nullptr, 16)));
    if (!address.is_zero()) return address;
  }
  return std::nullopt;
}

sockaddr_in to_sockaddr(Endpoint endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = endpoint.address.net();
  address.sin_port = endpoint.port.net();
  return address;
}

std::optional<Mac> ask_neighbour_table(int fd, const std::string& interface, const sockaddr_in& gateway) {
  arpreq request{};
  std::copy_n(reinterpret_cast<const char*>(&gateway), sizeof gateway, reinterpret_cast<char*>(&request.arp_pa));
  interface.copy(request.arp_dev, sizeof request.arp_dev - 1);
  if (::ioctl(fd, SIOCGARP, &request) != 0 || (request.arp_flags & ATF_COM) == 0) return std::nullopt;
  Mac mac;
  std::copy_n(request.arp_ha.sa_data, mac.bytes.size(), mac.bytes.begin());
  return mac;
}

}  // namespace

Result<Mac> resolve_gateway(const std::string& interface) {
  using namespace std::chrono;
  const auto gateway = default_gateway(interface);
  if (!gateway) return fail(interface + " has no default gateway", "give --gateway-mac");
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail_errno("open a socket to ask for the gateway");
  const auto discard = to_sockaddr({*gateway, Port{9}});
  ::sendto(fd, "", 0, 0, reinterpret_cast<const sockaddr*>(&discard), sizeof discard);
  const auto deadline = steady_clock::now() + seconds{2};
  auto mac = ask_neighbour_table(fd, interface, discard);
  while (!mac && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(milliseconds{5});
    mac = ask_neighbour_table(fd, interface, discard);
  }
  ::close(fd);
  if (!mac) return fail("gateway " + to_string(*gateway) + " of " + interface + " does not answer ARP");
  return *mac;
}

}  // namespace cgn::blast
