// SPDX-License-Identifier: Apache-2.0
// The numbers of a TCP stream that was changed on its way out.
#include "alg/sequence.hpp"

#include <cassert>

namespace cgn::alg {

Stream::May Stream::may_change(Span line) const {
  if (!adjustment_.settled()) {
    if (line == Span{start(), adjustment_.position}) return May::again;
    return reaches(line.begin, highest_) ? May::later : May::never;
  }
  return reaches(line.begin, highest_) ? May::yes : May::never;
}

void Stream::change(Span line, std::int32_t growth) {
  assert(may_change(line) == May::yes && line.end != line.begin);
  adjustment_ = {.position = line.end,
                 .length = line.end - line.begin,
                 .before = adjustment_.after,
                 .after = adjustment_.after + growth};
  moved_ = true;
}

std::optional<Sequence> Stream::outward(Span segment, bool changed) const {
  const auto after = static_cast<Sequence>(adjustment_.after);
  if (adjustment_.settled() || reaches(segment.begin, adjustment_.position)) return segment.begin + after;
  const auto before = static_cast<Sequence>(adjustment_.before);
  const bool ahead = reaches(start(), segment.end);
  const bool whole = reaches(start(), segment.begin) && reaches(segment.end, adjustment_.position);
  const bool bare = segment.begin == segment.end;
  if (ahead || (whole && changed)) return segment.begin + before;
  return bare ? std::optional{remote_start()} : std::nullopt;
}

void Stream::sent(Span segment) {
  if (reaches(segment.end, highest_)) highest_ = segment.end;
}

bool Stream::cuts_remotely(Sequence number) const {
  return !adjustment_.settled() && !reaches(remote_start(), number) && !reaches(number, remote_end());
}

Sequence Stream::inward(Sequence acknowledged) const {
  if (adjustment_.settled() || reaches(acknowledged, remote_end())) {
    return acknowledged - static_cast<Sequence>(adjustment_.after);
  }
  if (cuts_remotely(acknowledged)) return start();
  return acknowledged - static_cast<Sequence>(adjustment_.before);
}

std::optional<Span> Stream::inward(Span held) const {
  if (cuts_remotely(held.begin) || cuts_remotely(held.end)) return std::nullopt;
  // Where the change became nothing, its two ends are one number: the block lies on the side on which it has bytes.
  const bool behind = adjustment_.settled() || reaches(held.begin, remote_end());
  const auto begin = held.begin - static_cast<Sequence>(behind ? adjustment_.after : adjustment_.before);
  const bool ahead = !adjustment_.settled() && reaches(remote_start(), held.end);
  const auto end = held.end - static_cast<Sequence>(ahead ? adjustment_.before : adjustment_.after);
  return Span{begin, end};
}

bool Stream::acknowledged(Sequence number) {
  if (adjustment_.settled() || !reaches(number, remote_end())) return false;
  adjustment_.length = 0;
  adjustment_.before = adjustment_.after;
  return true;
}

}  // namespace cgn::alg
