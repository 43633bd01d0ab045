// SPDX-License-Identifier: Apache-2.0
#include "listener.hpp"

#include <linux/if_xdp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace cgn::test {
namespace {

constexpr std::size_t kFrameSize = 4096;
constexpr std::uint32_t kFrames = 8;

template <class Value>
void set(int fd, int option, const Value& value, const char* what) {
  if (setsockopt(fd, SOL_XDP, option, &value, sizeof(value)) != 0) {
    throw std::system_error{errno, std::generic_category(), what};
  }
}

}  // namespace

Listener::Listener() {
  fd_ = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "open an AF_XDP socket"};
  memory_ = mmap(nullptr, kFrameSize * kFrames, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory_ == MAP_FAILED) throw std::system_error{errno, std::generic_category(), "map frames"};
  xdp_umem_reg umem{};
  umem.addr = reinterpret_cast<std::uintptr_t>(memory_);
  umem.len = kFrameSize * kFrames;
  umem.chunk_size = kFrameSize;
  set(fd_, XDP_UMEM_REG, umem, "register frames");
  set(fd_, XDP_UMEM_FILL_RING, kFrames, "make a fill ring");
  set(fd_, XDP_UMEM_COMPLETION_RING, kFrames, "make a completion ring");
  set(fd_, XDP_RX_RING, kFrames, "make a receive ring");
}

Listener::~Listener() {
  close(fd_);
  munmap(memory_, kFrameSize * kFrames);
}

}  // namespace cgn::test
