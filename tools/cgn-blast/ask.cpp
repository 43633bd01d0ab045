// SPDX-License-Identifier: Apache-2.0
// One question by a real socket: the socket.
#include "ask.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace cgn::blast {
namespace {

sockaddr_in to_sockaddr(Endpoint endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = endpoint.address.net();
  address.sin_port = endpoint.port.net();
  return address;
}

// A connected socket that wants every ICMP error as an error: without IP_RECVERR the kernel keeps "host unreachable" from
// UDP, because it may pass.
Result<std::string> ask_on(int fd, const AskPlan& plan) {
  const auto from = to_sockaddr({Ipv4{}, plan.port}), to = to_sockaddr(plan.target);
  const int wanted = 1;
  if (::setsockopt(fd, IPPROTO_IP, IP_RECVERR, &wanted, sizeof wanted) != 0) return fail_errno("ask for ICMP errors");
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) {
    return fail_errno("bind to port " + to_string(plan.port));
  }
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::send(fd, kQuestion.data(), kQuestion.size(), 0) < 0) {
    return fail_errno("ask " + to_string(plan.target));
  }
  pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
  if (::poll(&readable, 1, static_cast<int>(plan.patience.count())) <= 0) {
    return fail(to_string(plan.target) + " does not answer");
  }
  std::array<char, 64> answer{};
  const auto size = ::recv(fd, answer.data(), answer.size(), 0);
  if (size < 0) return fail_errno("ask " + to_string(plan.target));
  return std::string{answer.data(), static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::string> ask(const AskPlan& plan) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail_errno("open a UDP socket");
  auto answer = ask_on(fd, plan);
  ::close(fd);
  return answer;
}

}  // namespace cgn::blast
