// SPDX-License-Identifier: Apache-2.0
// A network to try things on: namespaces without names, wires between them, commands inside them.
//
// What        A Namespace is a network namespace held open by a descriptor; Inside moves the calling thread into one
//             for a scope. A wire is a veth pair with its ends in two namespaces.
// Ownership   A namespace has no name and no process: it goes, with all in it, when the last descriptor is closed,
//             however the test ends.
// Failure     Anything that does not work throws, with the command in the message: a test without its network must
//             fail.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "io/fd.hpp"
#include "io/links.hpp"

namespace cgn::net_test {

class Namespace {
 public:
  Namespace();
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string path() const;  // for `ip link set DEV netns PATH`

 private:
  io::Fd fd_;
};

class Inside {
 public:
  explicit Inside(const Namespace&);
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  io::Fd before_;
};

// Runs a shell command in the namespace and returns what it printed.
std::string sh(const Namespace&, const std::string& command);

void write_sysctl(const Namespace&, const std::string& path, const std::string& value);  // below /proc/sys/net/ipv4
[[nodiscard]] std::string read_sysctl(const Namespace&, const std::string& path);

struct End {
  const Namespace& where;
  std::string name;
  std::string address;  // "203.0.113.1/24", or empty
};
// Both ends up, with carrier, before it returns.
void wire(const End&, const End&);

[[nodiscard]] io::InterfaceInfo interface(const Namespace&, const std::string& name);

inline constexpr std::chrono::seconds kPatience{20};
// Waits until the descriptor is readable; false when patience ends.
[[nodiscard]] bool readable(int fd, std::chrono::milliseconds patience = kPatience);
// Reads the watch again and again, adding up, until the changes satisfy; false when patience ends.
[[nodiscard]] bool watch_until(io::Watch&, const std::function<bool(const io::Watch::Changes&)>&);
// Drains what preparation caused.
void settle(io::Watch&);

}  // namespace cgn::net_test
