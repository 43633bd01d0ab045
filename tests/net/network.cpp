// SPDX-License-Identifier: Apache-2.0
#include "net/network.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace cgn::net_test {
namespace {

io::Fd present_namespace() { return io::Fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)}; }

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error{what + ": " + std::strerror(errno)}; }

}  // namespace

Namespace::Namespace() {
  const auto before = present_namespace();
  if (::unshare(CLONE_NEWNET) != 0) give_up("make a network namespace (these tests need root)");
  fd_ = present_namespace();
  if (::setns(before.get(), CLONE_NEWNET) != 0) give_up("return to the first namespace");
  sh(*this, "ip link set lo up");
}

std::string Namespace::path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), fd_.get()); }

Inside::Inside(const Namespace& where) : before_{present_namespace()} {
  if (::setns(where.fd(), CLONE_NEWNET) != 0) give_up("enter a namespace");
}

Inside::~Inside() { (void)::setns(before_.get(), CLONE_NEWNET); }

std::string sh(const Namespace& where, const std::string& command) {
  const Inside inside{where};
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) give_up(command);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error{command + ": " + output};
  return output;
}

void write_sysctl(const Namespace& where, const std::string& path, const std::string& value) {
  const Inside inside{where};
  std::ofstream out{"/proc/sys/net/ipv4/" + path};
  out << value << std::flush;
  if (!out) give_up("write " + path);
}

std::string read_sysctl(const Namespace& where, const std::string& path) {
  const Inside inside{where};
  std::ifstream in{"/proc/sys/net/ipv4/" + path};
  std::string value;
  if (!(in >> value)) give_up("read " + path);
  return value;
}

void wire(const End& a, const End& b) {
  // Made in a and moved: an end's name may be taken in the other namespace.
  sh(a.where, fmt::format("ip link add {} type veth peer name {} netns {}", a.name, b.name, b.where.path()));
  for (const auto& end : {a, b}) {
    // Checksums and segments as on a wire, not as between two ends of one host.
    sh(end.where, fmt::format("ethtool -K {} tx off tso off gso off", end.name));
    if (!end.address.empty()) sh(end.where, fmt::format("ip address add {} dev {}", end.address, end.name));
    sh(end.where, fmt::format("ip link set {} up", end.name));
  }
}

io::InterfaceInfo interface(const Namespace& where, const std::string& name) {
  const Inside inside{where};
  const auto interfaces = io::snapshot();
  if (!interfaces) throw std::runtime_error{interfaces.error().what};
  for (const auto& info : *interfaces) {
    if (info.name == name) return info;
  }
  throw std::runtime_error{"no interface " + name};
}

bool readable(int fd, std::chrono::milliseconds patience) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(patience.count())) == 1;
}

bool watch_until(io::Watch& watch, const std::function<bool(const io::Watch::Changes&)>& enough) {
  io::Watch::Changes sum;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!enough(sum)) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !readable(watch.fd(), left)) return false;
    const auto news = watch.read();
    sum.links |= news.links;
    sum.rules |= news.rules;
    sum.lost |= news.lost;
    sum.neighbours.insert(sum.neighbours.end(), news.neighbours.begin(), news.neighbours.end());
  }
  return true;
}

void settle(io::Watch& watch) { (void)watch.read(); }

}  // namespace cgn::net_test
