// SPDX-License-Identifier: Apache-2.0
// The calls of PPTP that the gateway follows: their ids, and their GRE in the kernel.
//
// What        Both ends of a call choose an id for it, and each GRE packet bears that of its receiver. Two subscribers of one
//             external address may choose the same, so that the remote gets an id that is one call's alone, the chosen one
//             where it is free. The way back is installed when the id is first named, the way out when the remote's is known.
// Life-cycle  open() and learn() as control messages say; end(), and connection_ended() or mapping_ended(), which end all
//             calls of a control connection; adopt() after a restart. An id that was shown rests for kRest before another
//             subscriber's call to that remote gets it: nothing else would tell late packets of the one from the other's.
// Ownership   Owns the book; borrows the map. A call needs no anchor: its control connection's mapping keeps the block.
// Failure     Too many of one address, or the kernel has no room: nullptr. Those that were never answered, and those whose
//             GRE was silent for longer than TCP may be, make room; nothing live is evicted.
// RFC         2637 sections 2.7 to 2.15 and 4
#pragma once

#include <deque>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/translator.hpp"
#include "daemon/call_entries.hpp"
#include "daemon/punted.hpp"
#include "io/session_table.hpp"

namespace cgn::daemon {

class Calls {
 public:
  static constexpr std::size_t kPerAddress = 64;
  static constexpr std::size_t kTotal = 65536;
  static constexpr Duration kRest = std::chrono::seconds{120};

  Calls(io::SessionTable table, std::uint64_t seed) : table_{table}, seed_{seed} {}

  // The call of this connection by the id that its internal end chose; a new one if there is none.
  [[nodiscard]] const Call* open(const ControlConnection&, Ipv4 external, Call::Id own, Monotonic now);
  [[nodiscard]] const Call* find_own(const ControlConnection&, Ipv4 external, Call::Id own) const;
  [[nodiscard]] const Call* find_shown(const ControlConnection&, Ipv4 external, Call::Id shown) const;
  [[nodiscard]] const Call* find_peer(const ControlConnection&, Ipv4 external, Call::Id peer) const;
  // The remote's id. False: the kernel has no room, and the call cannot be carried.
  [[nodiscard]] bool learn(const Call&, Call::Id peer, Monotonic now);
  void end(const Call&, Monotonic now);
  void connection_ended(const ControlConnection&, Ipv4 external, Monotonic now);
  void mapping_ended(const core::MappingView&, Monotonic now);

  // Whose GRE this is. The view's internal port is the call id that it is to bear inside.
  [[nodiscard]] std::optional<core::MappingView> mapping_of(const Punted&) const;

  // Entries of calls that the kernel kept: those whose control connection has its mapping stay, if `wanted`.
  std::size_t adopt(std::span<const cgn_entry>, const core::Translator&, bool wanted);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Rest {
    std::uint64_t place = 0;
    Call::Id shown = 0;
    InternalAddress internal;
    Monotonic until{};
  };
  using Book = std::vector<Call>;  // of one place: external and remote address

  [[nodiscard]] static std::uint64_t place_of(Ipv4 external, Ipv4 remote);
  [[nodiscard]] const Book& at(std::uint64_t place) const;
  template <class Which>
  [[nodiscard]] const Call* find(const ControlConnection&, Ipv4 external, const Which&) const;
  template <class Which>
  void end_all(std::uint64_t place, const Which&, Monotonic now);
  [[nodiscard]] Call::Id free_id(std::uint64_t place, InternalAddress internal, Call::Id wished) const;
  [[nodiscard]] bool has_room(InternalAddress internal) const;
  void make_room(InternalAddress internal, Monotonic now);
  [[nodiscard]] bool is_over(const Call&, Monotonic now) const;
  void remove(const Call&);
  void put(const Call&);
  void set_peer(const Call&, Call::Id peer);

  io::SessionTable table_;
  std::uint64_t seed_;
  std::unordered_map<std::uint64_t, Book> book_;
  std::map<InternalAddress, std::size_t> per_address_;
  std::deque<Rest> rests_;  // in order of their ends
  std::size_t size_ = 0;
};

}  // namespace cgn::daemon
