// SPDX-License-Identifier: Apache-2.0
// The numbers of a TCP stream that was changed on its way out: one gateway, one internal end, both directions.
//
// What        An ALG replaces bytes that the internal end sends by others, perhaps more or fewer. From then on the remote
//             counts that stream by numbers of its own: outward() gives the number that a segment leaves with, inward() the
//             acknowledgement that comes in. The other stream is never changed, and so is not mentioned here.
//
//               internal   ....|<------- length ------->|....        `position` is the end of the change
//               remote     ....|<--- length + after - before --->|....
//                     + before                             + after
//
// Life-cycle  A stream begins with the first segment that is seen of it. change() says that bytes are about to leave
//             changed. While the remote has not acknowledged them they may be sent again, so that both offsets count, and
//             they must leave as they left before; no other change may come (may_change()), and that is what makes two
//             offsets enough. Then the change is *settled*: length 0, one offset, until the next.
// Ownership   A value. No clock, no I/O.
// Failure     outward() of a segment with some of the change's bytes, or with all of them as they were: nullopt. Its bytes have no place in what was
//             sent; it must be dropped, and TCP sends it again from where the last acknowledgement pointed, which inward()
//             never lets point into the change.
// RFC         9293 section 3.4 (numbers wrap: only differences are compared), 2018 (SACK)
#pragma once

#include <cstdint>
#include <optional>

namespace cgn::alg {

// Numbers of a TCP stream.
using Sequence = std::uint32_t;

// `a` is `b` or comes after it. Numbers that are compared are less than 2^31 apart, as all windows are.
[[nodiscard]] constexpr bool reaches(Sequence a, Sequence b) { return static_cast<std::int32_t>(a - b) >= 0; }

struct Span {
  Sequence begin = 0;
  Sequence end = 0;  // one past the last
  friend bool operator==(const Span&, const Span&) = default;
};

// What must outlive the daemon: cgn_adjustment.
struct Adjustment {
  Sequence position = 0;
  std::uint32_t length = 0;
  std::int32_t before = 0;
  std::int32_t after = 0;
  [[nodiscard]] bool settled() const { return length == 0; }
  friend bool operator==(const Adjustment&, const Adjustment&) = default;
};

class Stream {
 public:
  // Nothing before `first` was ever changed, and nothing from there on was sent.
  explicit Stream(Sequence first) : highest_{first} {}
  // Of a connection that an earlier daemon changed.
  explicit Stream(const Adjustment& a) : adjustment_{a}, highest_{a.position}, moved_{true} {}

  // May these bytes leave changed?
  enum class May {
    yes,
    again,  // they did: they must leave as they left before
    later,  // another change is not acknowledged yet
    never,  // some of them have left as they were
  };
  [[nodiscard]] May may_change(Span) const;
  // They leave `growth` bytes longer; may_change() said yes.
  void change(Span, std::int32_t growth);
  // By how much the change that may_change() calls `again` made them longer.
  [[nodiscard]] std::int32_t growth() const { return adjustment_.after - adjustment_.before; }

  // What left changed and is not acknowledged; empty: nothing.
  [[nodiscard]] Span pending() const { return {start(), adjustment_.position}; }

  // The number with which this segment leaves. `changed`: its bytes are the change's, carried out anew. An empty one: a bare
  // acknowledgement.
  [[nodiscard]] std::optional<Sequence> outward(Span, bool changed = false) const;
  void sent(Span);
  // What the internal end is to read where the remote says this. True inside: the remote has all that was changed.
  [[nodiscard]] Sequence inward(Sequence acknowledged) const;
  // A block that the remote holds (SACK). nullopt: it says something of a part of the change.
  [[nodiscard]] std::optional<Span> inward(Span held) const;
  // The remote acknowledged this, in its own numbers. True: that settled the change.
  bool acknowledged(Sequence);

  // Whether any number differs from what the internal end says, or a change is under way.
  [[nodiscard]] bool moved() const { return moved_; }
  [[nodiscard]] const Adjustment& adjustment() const { return adjustment_; }

 private:
  [[nodiscard]] Sequence start() const { return adjustment_.position - adjustment_.length; }
  [[nodiscard]] Sequence remote_start() const { return start() + static_cast<Sequence>(adjustment_.before); }
  [[nodiscard]] Sequence remote_end() const { return adjustment_.position + static_cast<Sequence>(adjustment_.after); }
  [[nodiscard]] bool cuts_remotely(Sequence) const;

  Adjustment adjustment_{};
  Sequence highest_;  // one past the last byte that was sent
  bool moved_ = false;
};

}  // namespace cgn::alg
