// SPDX-License-Identifier: Apache-2.0
// Which bytes of one datagram have come.
//
// What        A sorted list of pieces that do not touch a byte twice. An attacker who sends a byte twice wants two
//             receivers to put different datagrams together, so whatever overlaps (or contradicts the datagram's end) is
//             told apart from an exact repetition, which a network may make by itself.
// Failure     At most kMost pieces: a datagram of 65535 bytes in packets of 576 has 119.
// RFC         5722 (written for IPv6; IPv4 has the same trouble), 1858, 815 (the list)
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cgn::fragments {

// Bytes [begin, end) of the datagram's data. `last`: no more follow.
struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool last = false;
  friend bool operator==(const Piece&, const Piece&) = default;
};

enum class Fit { fresh, duplicate, overlap, too_many };

class Pieces {
 public:
  static constexpr std::size_t kMost = 128;

  // `fresh` is remembered, everything else leaves no trace. `piece` is not empty.
  [[nodiscard]] Fit add(const Piece& piece);
  // From the first byte to the last, nothing is missing.
  [[nodiscard]] bool whole() const { return ended_ && seen_ == end_; }

 private:
  [[nodiscard]] bool contradicts_end(const Piece&) const;

  std::vector<Piece> pieces_;  // by begin
  std::uint32_t seen_ = 0;     // bytes
  std::uint32_t end_ = 0;      // of the datagram once it has ended, until then the farthest that came
  bool ended_ = false;
};

}  // namespace cgn::fragments
