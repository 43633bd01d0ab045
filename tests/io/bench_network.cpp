// SPDX-License-Identifier: Apache-2.0
// Namespace, veth pairs and raw Ethernet for the tests of the hands.
#include "bench_network.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include "io/program.hpp"

namespace cgn::test {
namespace {

constexpr int kSkipped = 77;  // SKIP_RETURN_CODE of CTest
constexpr std::chrono::seconds kPatience{10};

}  // namespace

Bench::Bench() : pins_{"/sys/fs/bpf/cgn-io-test-" + std::to_string(::getpid())} {
  if (::geteuid() != 0) {
    std::puts("SKIPPED: loading BPF and making network namespaces needs root");
    std::exit(kSkipped);
  }
  REQUIRE(::unshare(CLONE_NEWNET) == 0);
  run("ip link set lo up");
}

Bench::~Bench() {
  const auto detached = io::Program::detach_all(pins_);
  if (!detached) std::fprintf(stderr, "left behind: %s\n", detached.error().what.c_str());
  std::error_code ignored;
  for (const auto& pin : std::filesystem::directory_iterator{pins_, ignored}) ::unlink(pin.path().c_str());
  std::filesystem::remove(pins_, ignored);
}

void run(const std::string& command) {
  INFO("command: " << command);
  REQUIRE(std::system(command.c_str()) == 0);
}

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(command.c_str(), "r"), &::pclose};
  REQUIRE(pipe);
  std::string text;
  std::array<char, 4096> part{};
  while (const auto count = std::fread(part.data(), 1, part.size(), pipe.get())) text.append(part.data(), count);
  return text;
}

bool eventually(const std::function<bool()>& true_now) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!true_now()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

unsigned index_of(const std::string& interface) { return ::if_nametoindex(interface.c_str()); }

// Asked of iproute2 and not of sysfs, which shows the namespace it was mounted in.
Mac mac_of(const std::string& interface) {
  const auto text = output_of("ip -br link show dev " + interface + " | awk '{print $3}'");
  Mac mac{};
  std::array<unsigned, 6> parts{};
  REQUIRE(std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4],
                      &parts[5]) == 6);
  for (std::size_t i = 0; i < parts.size(); ++i) mac.bytes[i] = static_cast<std::uint8_t>(parts[i]);
  return mac;
}

std::string xdp_on(const std::string& interface) {
  return output_of("ip -json link show dev " + interface + " | jq --compact-output '.[0].xdp // empty'");
}

Wire::Wire(const std::string& name) : near{name + "n"}, far{name + "f"} { make(); }

void Wire::make() const {
  run("ip link add " + near + " type veth peer name " + far);
  for (const auto& end : {near, far}) {
    run("ethtool -K " + end + " tx off tso off gso off rxvlan off txvlan off >/dev/null 2>&1");
    // No neighbour discovery: every frame on the wire is the test's own.
    run("sysctl -qw net.ipv6.conf." + end + ".disable_ipv6=1");
    run("ip link set " + end + " up");
  }
}

void Wire::unmake() const { run("ip link del " + near); }

FarEnd::FarEnd(const std::string& interface) : socket_{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))} {
  REQUIRE(socket_);
  const int bytes = 64 << 20;
  REQUIRE(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index_of(interface));
  REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void FarEnd::send(std::span<const std::byte> frame) const {
  REQUIRE(::send(socket_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()));
}

std::optional<Bytes> FarEnd::receive(std::uint16_t ether_type) const {
  std::optional<Bytes> found;
  const auto take = [&] {
    Bytes frame(1 << 16);
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const auto length =
        ::recvfrom(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size);
    if (length < ETH_HLEN) return false;
    const bool wanted = from.sll_pkttype != PACKET_OUTGOING && from.sll_protocol == htons(ether_type);
    frame.resize(static_cast<std::size_t>(length));
    if (wanted) found = std::move(frame);
    return wanted;
  };
  (void)eventually(take);
  return found;
}

std::size_t FarEnd::drain(std::uint16_t ether_type) const {
  std::size_t count = 0;
  std::array<std::byte, 64> head{};
  for (;;) {
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    if (::recvfrom(socket_.get(), head.data(), head.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from), &size) <
        0) {
      return count;
    }
    if (from.sll_pkttype != PACKET_OUTGOING && from.sll_protocol == htons(ether_type)) ++count;
  }
}

Bytes numbered_frame(std::uint32_t number, std::size_t length) {
  Bytes frame(length, std::byte{0});
  for (std::size_t i = 0; i < 6; ++i) frame[i] = std::byte{0xff};
  frame[6] = std::byte{0x02};  // a locally administered source
  frame[12] = std::byte{kTestEtherType >> 8};
  frame[13] = std::byte{kTestEtherType & 0xff};
  for (std::size_t at = ETH_HLEN; at + sizeof number <= length; at += sizeof number) {
    std::memcpy(frame.data() + at, &number, sizeof number);
  }
  return frame;
}

std::uint32_t number_of(std::span<const std::byte> frame) {
  std::uint32_t number = 0;
  REQUIRE(frame.size() >= ETH_HLEN + sizeof number);
  std::memcpy(&number, frame.data() + ETH_HLEN, sizeof number);
  return number;
}

}  // namespace cgn::test
