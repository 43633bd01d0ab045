// SPDX-License-Identifier: Apache-2.0
#include "fragments/pieces.hpp"

#include <algorithm>
#include <cassert>

namespace cgn::fragments {

bool Pieces::contradicts_end(const Piece& piece) const {
  if (ended_) return piece.end > end_ || (piece.last && piece.end != end_);
  return piece.last && piece.end < end_;
}

Fit Pieces::add(const Piece& piece) {
  assert(piece.begin < piece.end);
  const auto after = std::ranges::lower_bound(pieces_, piece.begin, {}, &Piece::begin);
  if (after != pieces_.end() && *after == piece) return Fit::duplicate;
  if (after != pieces_.end() && after->begin < piece.end) return Fit::overlap;
  if (after != pieces_.begin() && std::prev(after)->end > piece.begin) return Fit::overlap;
  if (contradicts_end(piece)) return Fit::overlap;
  if (pieces_.size() >= kMost) return Fit::too_many;
  pieces_.insert(after, piece);
  seen_ += piece.end - piece.begin;
  end_ = std::max(end_, piece.end);
  ended_ = ended_ || piece.last;
  return Fit::fresh;
}

}  // namespace cgn::fragments
