// SPDX-License-Identifier: Apache-2.0
// Fragments of packets to translate, served one by one.
//
// What        The first fragment of a datagram is a packet like any other: the core is asked, or the mapping looked up. All
//             others of its datagram follow it, by the same translation, with the same new identification, to the same
//             next hop. Those that came before it wait in fragments::Table, within its bounds.
// Ownership   Owns the table and the identifications. Touches the world through Hooks only, so that a test can be the
//             world. The mapping needs no refresh from here: the kernel stamps its entries as it hands the first
//             fragment up.
// Failure     Every fragment ends in one verdict; `held` counts beside it, as everywhere in the slow path.
// RFC         4787 REQ-14, 6888, 7857 s.10, 6864 s.5.3.1
#pragma once

#include <functional>
#include <optional>

#include "daemon/outlet.hpp"
#include "fragments/identifications.hpp"
#include "fragments/table.hpp"

namespace cgn::daemon {

class Fragments {
 public:
  struct Hooks {
    // As of a whole packet with these ports: TRANSLATED or HELD with a mapping, or why not.
    std::function<core::Decision(const Punted&, const Now&)> decide{};
    std::function<std::optional<packet::Translation>(const Punted&, const core::MappingView&)> translation{};
    std::function<void(const Punted&, const packet::Translation&, const Now&)> send{};
    // Counts the verdict and tells the sender, as of a whole packet.
    std::function<void(const Punted&, Verdict, const Now&)> refuse{};
  };
  Fragments(Hooks hooks, SlowPathCounters& counters, Duration patience, std::uint64_t seed)
      : hooks_{std::move(hooks)}, counters_{counters}, table_{patience, seed}, identifications_{~seed} {}

  void serve(const Punted&, const Now&);
  // A port block that datagrams may wait for was recorded or refused.
  void released(const core::ReleaseHeld&, const Now&);
  void expire(const Now&);
  void end_customer(const SubscriberId& internal);
  [[nodiscard]] std::size_t waiting() const { return table_.frames(); }

 private:
  void first(const Punted&, fragments::Table::Id, const Now&);
  void hold(const Punted&, fragments::Table::Id, const core::Decision&);
  [[nodiscard]] std::optional<fragments::Passage> passage_of(const Punted&, const core::MappingView&);
  void send(const Punted&, const fragments::Passage&, const Now&);
  void send_kept(const std::vector<fragments::Frame>&, const fragments::Passage&, const Now&);
  void count_ends();

  Hooks hooks_;
  SlowPathCounters& counters_;
  fragments::Table table_;
  fragments::Identifications identifications_;
  fragments::Table::Ends ends_;
};

}  // namespace cgn::daemon
