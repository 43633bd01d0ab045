// SPDX-License-Identifier: Apache-2.0
// Bytes in network order, appended.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace cgn::journal {

class Bytes {
 public:
  // The low `width` bytes of the value, highest first.
  void number(std::uint64_t value, std::size_t width) {
    for (auto left = width; left > 0; --left) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * (left - 1))));
  }
  void text(std::string_view value) { bytes_.insert(bytes_.end(), value.begin(), value.end()); }
  void append(const std::vector<std::uint8_t>& more) { bytes_.insert(bytes_.end(), more.begin(), more.end()); }
  // Zeros up to a multiple of four.
  void pad() { bytes_.resize((bytes_.size() + 3) / 4 * 4); }
  // Overwrites two bytes at a place that is there already.
  void put16(std::size_t at, std::size_t value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<std::uint8_t>(value);
  }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace cgn::journal
