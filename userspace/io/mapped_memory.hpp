// SPDX-License-Identifier: Apache-2.0
// Memory that came from mmap(): unmapping is destruction.
//
// What        Owns one mapping: the frames of a UMEM (anonymous), one ring that a socket shares with the kernel, or a file
//             whose content outlives the process.
// Ownership   Move-only. Spans and pointers into it are borrowed and end with it.
#pragma once

#include <sys/mman.h>
#include <sys/types.h>

#include <cstddef>
#include <utility>

namespace cgn::io {

class MappedMemory {
 public:
  MappedMemory() = default;
  // Empty (operator bool) when the kernel refuses; errno says why.
  [[nodiscard]] static MappedMemory anonymous(std::size_t size) noexcept {
    return MappedMemory{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), size};
  }
  [[nodiscard]] static MappedMemory of_socket(int fd, std::size_t size, off_t offset) noexcept {
    return MappedMemory{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset), size};
  }

  [[nodiscard]] static MappedMemory of_file(int fd, std::size_t size) noexcept {
    return MappedMemory{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), size};
  }

  // As the file is now; what is written stays in memory.
  [[nodiscard]] static MappedMemory copy_of_file(int fd, std::size_t size) noexcept {
    return MappedMemory{::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), size};
  }

  MappedMemory(MappedMemory&& other) noexcept
      : start_{std::exchange(other.start_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    if (this != &other) {
      reset();
      start_ = std::exchange(other.start_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  ~MappedMemory() { reset(); }

  [[nodiscard]] explicit operator bool() const noexcept { return start_ != nullptr; }
  [[nodiscard]] std::byte* data() const noexcept { return start_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  MappedMemory(void* start, std::size_t size) noexcept
      : start_{start == MAP_FAILED ? nullptr : static_cast<std::byte*>(start)}, size_{start_ ? size : 0} {}
  void reset() noexcept {
    if (start_) ::munmap(start_, size_);
    start_ = nullptr;
  }
  std::byte* start_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cgn::io
