// SPDX-License-Identifier: Apache-2.0
// Chapters: a scene, five hundred packets through both judges, every answer compared; and what to say when two differ.
//
// What        After each packet the halves that the model says it used are read and compared, and every kAuditEvery packets
//             the whole table, for what should have been left alone. A difference found by an audit is looked for again in
//             the same chapter, audited after each packet, so that it is named with its packet.
// Life-cycle  A Play for a run. A chapter whose policers might have refilled meanwhile is broken off (model/police.cpp): the
//             packets so far count, the one that came too late is not judged.
// Ownership   Borrows the kernel's side.
#pragma once

#include <chrono>
#include <optional>

#include "parity/comparison.hpp"
#include "parity/generator.hpp"
#include "parity/tally.hpp"

namespace cgn::parity {

inline constexpr unsigned kChapterPackets = 512;
inline constexpr unsigned kAuditEvery = 128;

struct Fault {
  std::uint64_t chapter = 0;
  unsigned packet = 0;  // of the chapter
  test::Link port = test::Link::internal;
  Bytes frame{};
  Differences differences{};
  std::string model{}, kernel{};  // both answers in full
};

[[nodiscard]] std::string to_string(const Fault&);

class Play {
 public:
  Play(KernelSide& kernel, std::uint64_t seed, const Twin& twin = {}) : kernel_{kernel}, seed_{seed}, twin_{twin} {}

  // Until that many packets were compared, or to the first difference.
  [[nodiscard]] std::optional<Fault> run(std::uint64_t packets, Tally&);
  // A smaller packet in a smaller scene with a difference still, as text; empty when the packet alone does not differ.
  [[nodiscard]] std::string shrink(const Fault&);

 private:
  struct Limits {
    unsigned packets = kChapterPackets;
    unsigned audit_every = kAuditEvery;
  };
  [[nodiscard]] std::optional<Fault> chapter(std::uint64_t number, Limits, Tally&);
  // Nothing: it came too late.
  [[nodiscard]] std::optional<Differences> judge(Model&, test::Link port, Frame, Fault&, Tally*);
  [[nodiscard]] Differences audit(const Model&) const;
  [[nodiscard]] Scene scene_before(const Fault&) const;
  [[nodiscard]] Differences alone(const Scene&, test::Link port, const Bytes& frame, Fault&);

  KernelSide& kernel_;
  std::uint64_t seed_;
  Twin twin_;
  std::chrono::steady_clock::time_point deadline_{};
};

}  // namespace cgn::parity
