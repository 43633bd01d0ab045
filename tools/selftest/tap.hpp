// SPDX-License-Identifier: Apache-2.0
// One of the tester's two interfaces, spoken to in whole Ethernet frames.
//
// What        An AF_PACKET socket in a namespace that is not ours. It sees what the device under test sends, not what
//             we send. Each row opens its own, so that rows may run side by side without taking frames from one
//             another.
// Ownership   Owns the socket.
// Failure     open() says what the kernel said.
#pragma once

#include <string>
#include <vector>

#include "cgn/result.hpp"
#include "packets/builder.hpp"

namespace cgn::selftest {

using test::Bytes;

class Tap {
 public:
  [[nodiscard]] static Result<Tap> open(const std::string& name_space, const std::string& interface);
  Tap(Tap&&) noexcept;
  Tap& operator=(Tap&&) = delete;
  ~Tap();

  void send(const Bytes& frame) const;  // throws Failed
  // All that has arrived; never waits.
  [[nodiscard]] std::vector<Bytes> receive() const;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  explicit Tap(int fd) : fd_{fd} {}
  int fd_ = -1;
};

}  // namespace cgn::selftest
