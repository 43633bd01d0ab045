// SPDX-License-Identifier: Apache-2.0
#include "net/wiretap.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cgn::net_test {
namespace {

constexpr std::size_t kIp = 14;
constexpr std::size_t kUdp = kIp + 20;
constexpr std::size_t kFrame = 60;

void put16(Frame& frame, std::size_t at, std::uint16_t value) {
  frame[at] = static_cast<std::byte>(value >> 8);
  frame[at + 1] = static_cast<std::byte>(value & 255);
}

void put32(Frame& frame, std::size_t at, std::uint32_t value) {
  put16(frame, at, static_cast<std::uint16_t>(value >> 16));
  put16(frame, at + 2, static_cast<std::uint16_t>(value & 0xffff));
}

std::uint16_t get16(const Frame& frame, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(frame[at]) << 8 |
                                    std::to_integer<unsigned>(frame[at + 1]));
}

std::uint32_t get32(const Frame& frame, std::size_t at) {
  return std::uint32_t{get16(frame, at)} << 16 | get16(frame, at + 2);
}

std::uint16_t checksum(const Frame& frame, std::size_t at, std::size_t size) {
  std::uint32_t sum = 0;
  for (std::size_t i = at; i < at + size; i += 2) sum += get16(frame, i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

Frame udp_frame(const Path& path, std::uint16_t mark) {
  Frame frame(kFrame);
  std::memcpy(frame.data(), path.to_mac.bytes.data(), 6);
  std::memcpy(frame.data() + 6, path.from_mac.bytes.data(), 6);
  put16(frame, 12, ETH_P_IP);
  put16(frame, kIp, 0x4500);
  put16(frame, kIp + 2, kFrame - kIp);
  put16(frame, kIp + 8, 64 << 8 | IPPROTO_UDP);
  put32(frame, kIp + 12, path.source.host());
  put32(frame, kIp + 16, path.destination.host());
  put16(frame, kIp + 10, checksum(frame, kIp, 20));
  put16(frame, kUdp, 5000);
  put16(frame, kUdp + 2, mark);
  put16(frame, kUdp + 4, kFrame - kUdp);  // checksum 0: none
  return frame;
}

Wiretap::Wiretap(const Namespace& where, const std::string& interface) {
  const Inside inside{where};
  socket_ = io::Fd{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error{"tap " + interface + ": " + std::strerror(errno)};
  }
}

void Wiretap::send(const Frame& frame) {
  if (::send(socket_.get(), frame.data(), frame.size(), 0) != static_cast<ssize_t>(frame.size())) {
    throw std::runtime_error{std::string{"send a frame: "} + std::strerror(errno)};
  }
}

std::optional<Frame> Wiretap::next() {
  while (readable(socket_.get())) {
    Frame frame(2048);
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const auto n = ::recvfrom(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (n < static_cast<ssize_t>(kUdp + 8) || from.sll_pkttype == PACKET_OUTGOING) continue;
    frame.resize(static_cast<std::size_t>(n));
    return frame;
  }
  return std::nullopt;
}

std::vector<std::uint16_t> Wiretap::marks_until(std::uint16_t last) {
  std::vector<std::uint16_t> marks;
  while (marks.empty() || marks.back() != last) {
    const auto frame = next();
    if (!frame) break;
    const bool ours =
        get16(*frame, 12) == ETH_P_IP && get16(*frame, kUdp) == 5000 && (*frame)[kIp + 9] == std::byte{IPPROTO_UDP};
    if (ours) marks.push_back(get16(*frame, kUdp + 2));
  }
  return marks;
}

std::optional<Wiretap::ArpRequest> Wiretap::arp_request_for(Ipv4 address) {
  while (const auto frame = next()) {
    const bool request = get16(*frame, 12) == ETH_P_ARP && get16(*frame, 20) == 1;
    if (request && get32(*frame, 38) == address.host()) return ArpRequest{(*frame)[0] == std::byte{0xff}};
  }
  return std::nullopt;
}

bool echo(const Namespace& where, Ipv4 destination) {
  const Inside inside{where};
  const io::Fd socket{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP)};
  Frame request(16);
  put16(request, 0, ICMP_ECHO << 8);
  put16(request, 4, 4242);
  put16(request, 2, checksum(request, 0, request.size()));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = destination.net();
  const auto sent = ::sendto(socket.get(), request.data(), request.size(), 0,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (sent < 0) return false;
  while (readable(socket.get(), std::chrono::seconds{5})) {
    Frame answer(2048);
    const auto n = ::recv(socket.get(), answer.data(), answer.size(), 0);
    if (n < 28) continue;
    const bool from_it = get32(answer, 12) == destination.host();
    if (from_it && answer[20] == std::byte{ICMP_ECHOREPLY} && get16(answer, 24) == 4242) return true;
  }
  return false;
}

}  // namespace cgn::net_test
