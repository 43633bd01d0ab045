// SPDX-License-Identifier: Apache-2.0
// One block of ports on one external address: which are free, which carry a mapping, which rest.
//
// What        A bitmap per protocol, those of the rare ones made with their first mapping. A free port is picked by its rank among the free ones: each is as likely as any
//             other, the cost does not depend on how full the block is, and no port is ever missed (a bounded number of
//             random tries refuses nine times in ten at 99 % fill).
// Life-cycle  free -> take -> used -> give_back -> free, or used -> rest -> resting -> end_rest -> free; resume leads
//             from resting back to used for the endpoint that had the port. After a restart rest_free_ports() puts all
//             free ports to rest, since nobody knows any more which of them were resting.
// Ownership   A value. Who had a port is the mapping table's knowledge.
// RFC         6888 REQ-8 (rest), REQ-13 (every port usable), REQ-15 (hard to guess)
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "cgn/net.hpp"
#include "core/per_proto.hpp"
#include "core/random.hpp"

namespace cgn::core {

class PortBlock {
 public:
  explicit PortBlock(PortRange ports);

  [[nodiscard]] PortRange ports() const { return ports_; }
  [[nodiscard]] unsigned free(Proto p) const { return free_[p]; }
  [[nodiscard]] unsigned used(Proto p) const { return used_[p]; }
  [[nodiscard]] unsigned resting(Proto p) const { return ports_.count() - free_[p] - used_[p]; }
  [[nodiscard]] unsigned used() const { return used_.sum(); }
  [[nodiscard]] bool all_free() const { return free_.sum() == ports_.count() * kProtos.size(); }

  // A random free port, now used. nullopt only when none is free.
  [[nodiscard]] std::optional<Port> take(Proto, Random&);
  // This port, now used. False when it is not free.
  [[nodiscard]] bool take(Proto, Port);

  void give_back(Proto, Port);  // used -> free
  void rest(Proto, Port);       // used -> resting
  void resume(Proto, Port);     // resting -> used
  void end_rest(Proto, Port);   // resting -> free

  void rest_free_ports();
  void end_rest_of_free_ports();

  [[nodiscard]] bool taken(Proto, Port) const;  // used or resting
  // Bytes that its bitmaps take.
  [[nodiscard]] std::size_t memory() const { return taken_.capacity() * sizeof(taken_[0]); }
  // Visits every taken port, ascending.
  template <class Visit>
  void each_taken(Proto p, Visit visit) const {
    if (!has_words(p)) return;  // at rest at most, and nobody's
    for (unsigned offset = 0; offset < ports_.count(); ++offset) {
      const auto word = taken_[index_of(p) * words_per_proto_ + offset / 64] >> (offset % 64);
      if (word == 0) {
        offset |= 63;  // the rest of this word is free
        continue;
      }
      offset += static_cast<unsigned>(std::countr_zero(word));
      if (offset < ports_.count()) visit(Port{static_cast<std::uint16_t>(ports_.first.value() + offset)});
    }
  }

 private:
  [[nodiscard]] std::uint64_t* words(Proto p) { return taken_.data() + index_of(p) * words_per_proto_; }
  [[nodiscard]] bool has_words(Proto p) const { return index_of(p) * words_per_proto_ < taken_.size(); }
  void make_words(std::size_t protocols);  // of the first so many
  void set_free(Proto, Port);

  PortRange ports_;
  std::size_t words_per_proto_;
  // Bit set: used or resting. Bits past the last port are set for ever. A protocol without words has no mapping yet.
  std::vector<std::uint64_t> taken_;
  std::vector<std::uint64_t> resting_anew_;  // put to rest by rest_free_ports(); empty as a rule
  bool without_words_rest_ = false;          // so do those of protocols without words
  PerProto<unsigned> free_{};
  PerProto<unsigned> used_{};
};

}  // namespace cgn::core
