// SPDX-License-Identifier: Apache-2.0
// Judge A: the kernel program in the world of the cast, fast enough for millions of packets.
//
// What        enter() gives it a scene, pass() runs one frame by BPF_PROG_TEST_RUN and tells everything that can be seen of
//             it: action, frame, all counters, and the clock on both sides. One system call for the packet, one for the
//             counters.
// Ownership   Owns the world (program, maps, network namespace). pass() lends its frame until the next one.
// Failure     Throws when the kernel refuses something.
#pragma once

#include <string_view>
#include <vector>

#include "kernel/world.hpp"
#include "parity/model/model.hpp"

namespace cgn::parity {

struct Observation {
  std::uint32_t action = 0;  // XDP_*
  Frame frame;
  std::vector<std::pair<Verdict, std::uint64_t>> moved;  // every counter that did
  std::uint32_t first_tick = 0, last_tick = 0;
};

class KernelSide {
 public:
  KernelSide();                                       // the program as shipped
  explicit KernelSide(std::string_view object_file);  // a variant of it

  void enter(const Scene&);
  [[nodiscard]] const Observation& pass(test::Link port, Frame frame);

  [[nodiscard]] std::optional<Half> half(const HalfKey&) const;
  // The whole table, and the stamps of all permissions.
  [[nodiscard]] Halves halves() const;
  [[nodiscard]] std::map<Heard, Stamp> heard() const;
  [[nodiscard]] unsigned ifindex(test::Link) const;

 private:
  void prepare();
  void install(const Halves&);
  void permit(const std::map<Heard, Stamp>&);
  void enter_settings(const Scene&);
  [[nodiscard]] const test::Counters& read_counters();

  test::World world_;
  std::array<unsigned, test::kLinks.size()> link_index_{};
  std::vector<HalfKey> installed_;
  std::set<InternalAddress> live_;
  std::set<Ipv4> lent_;
  bool port_left_ = false;
  bool policed_ = false;
  test::Bytes out_;
  Observation seen_;
  std::vector<std::uint64_t> per_cpu_;
  test::Counters counters_{}, sums_{};
  std::map<Heard, Stamp> heard_;
  int program_ = -1, entries_ = -1, sessions_ = -1, verdicts_ = -1, permissions_ = -1;
};

// Ticks of the coarse clock, now.
[[nodiscard]] std::uint32_t tick_now();

}  // namespace cgn::parity
