// SPDX-License-Identifier: Apache-2.0
// Two programs of a few instructions, so that the hands can be tested without cgn_xdp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/fd.hpp"

namespace cgn::test {

// Lets every packet pass; for the part of a stranger's program.
[[nodiscard]] io::Fd passing_program();
[[nodiscard]] std::uint32_t id_of(const io::Fd& program);

// Sends every packet of receive queue 0 to the socket in slot `port` of its map, and passes what has no socket.
class Redirector {
 public:
  Redirector();
  // By link; the program leaves the interface with this object.
  void attach(const std::string& interface, unsigned port, bool native);
  void set_socket(unsigned port, int fd) const;

 private:
  io::Fd map_;
  std::vector<io::Fd> links_;
};

}  // namespace cgn::test
