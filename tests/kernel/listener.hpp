// SPDX-License-Identifier: Apache-2.0
// An AF_XDP socket just complete enough to stand in an XSKMAP, so that the program finds somebody listening.
//
// What        Memory, a fill ring and a receive ring; never bound, since test runs end at the redirect.
#pragma once

namespace cgn::test {

class Listener {
 public:
  Listener();
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  void* memory_ = nullptr;
  int fd_ = -1;
};

}  // namespace cgn::test
