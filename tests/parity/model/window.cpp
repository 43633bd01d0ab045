// SPDX-License-Identifier: Apache-2.0
// How far each side of a TCP session has acknowledged, and who may therefore end it: the essay of bpf/window.h, over plain
// numbers.
// RFC 7857 section 2.2, 5961 section 3, 7323 section 2
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

// A probe of a closed window may carry a little too much, and be acknowledged.
constexpr std::uint32_t kSlack = 65536;
constexpr unsigned kWidest = 14;

unsigned shift_of(unsigned scale) { return scale == 0 ? kWidest : scale - 1; }

std::uint32_t room_of(const Progress& p) { return std::uint32_t{p.window} << shift_of(p.scale); }

// Sequence numbers wrap, and so does their difference.
bool is_within(std::uint32_t number, std::uint32_t begin, std::uint32_t room) { return number - begin <= room; }

// The window of a SYN is never scaled; it is kept as if it were, rounded up.
std::uint16_t window_kept(const Segment& s, unsigned scale) {
  const auto unit = 1u << shift_of(scale);
  return s.syn ? static_cast<std::uint16_t>((s.window + unit - 1) / unit) : s.window;
}

}  // namespace

Segment segment_of(const Visit& v) {
  const auto tcp = v.ip.transport();
  const auto number = [&](std::size_t at) {
    return word_at(v.in.frame, tcp + at) * 65536 + word_at(v.in.frame, tcp + at + 2);
  };
  Segment s{.syn = v.view.syn, .ack = v.view.ack, .fin = v.view.fin, .rst = v.view.rst};
  s.sequence = number(4);
  s.acknowledged = number(8);
  s.window = static_cast<std::uint16_t>(word_at(v.in.frame, tcp + 14));
  if (s.syn) s.scale = v.twin.tcp_options(v.in.frame, v.view).window_scale;
  // A RST stands at its own number, a FIN behind the payload.
  s.end = s.sequence + (s.rst ? 0 : static_cast<std::uint32_t>(v.view.payload));
  return s;
}

// A FIN or RST that its receiver would not take. Of an unshared mapping one of another remote ends nothing either.
bool is_stray_end(const Segment& s, const Half& half, const Half* other, bool first_remote) {
  if (!s.fin && !s.rst) return false;
  if (!first_remote) return !(half.seen & CGN_SEEN_SHARED);
  return other != nullptr && other->progress.known &&
         !is_within(s.end, other->progress.acknowledged, room_of(other->progress));
}

// An outbound SYN begins both directions anew. An inbound one may be forged: it begins its own only where nothing was
// acknowledged yet, and can else but widen the scale.
void note_progress(const Segment& s, Half& half, Half* other, bool outbound) {
  auto& now = half.progress;
  if (s.rst) return;
  if (s.syn) {
    if (outbound || !now.known) {
      now = {.scale = s.scale};
    } else if (now.scale != 0 && now.scale < s.scale) {
      now.scale = s.scale;
    }
    if (outbound && other != nullptr) other->progress.known = false;
  }
  if (!s.ack || (now.known && !is_within(s.acknowledged, now.acknowledged, room_of(now) + kSlack))) return;
  now = {.acknowledged = s.acknowledged, .window = window_kept(s, now.scale), .scale = now.scale, .known = true};
}

}  // namespace cgn::parity
