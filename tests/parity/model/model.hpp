// SPDX-License-Identifier: Apache-2.0
// Judge B: what must come of a packet, by the documents and by the slow path's own code.
//
// What        Classification, mapping look-up, control, route and police are a readable model over plain maps; reading and
//             translating a packet is userspace/packet itself. So a disagreement with the kernel program is a fault of the
//             program, of the slow path's twin, or of the documents.
// Life-cycle  One for each chapter; judge() moves its state on.
// Ownership   Owns its copy of the scene.
#pragma once

#include "parity/model/answer.hpp"
#include "parity/model/visit.hpp"

namespace cgn::parity {

class Model {
 public:
  explicit Model(Scene scene, const Twin& twin = {}) : state_{.scene = std::move(scene)}, twin_{twin} {}

  [[nodiscard]] Answer judge(const Arrival&);

  [[nodiscard]] const Scene& scene() const { return state_.scene; }
  [[nodiscard]] const State& state() const { return state_; }
  // The stamps as they really are, once they have been read and found possible.
  void adopt(const HalfKey& key, const Half& read) { state_.scene.halves.at(key) = read; }

 private:
  [[nodiscard]] Verdict verdict_of(Visit&) const;
  [[nodiscard]] Verdict carry(Visit&) const;      // of what a bypass rule leaves as it is
  [[nodiscard]] Verdict translate(Visit&) const;  // of all else that we forward
  // Mapping and next hop; the visit's reason, if it has one then, says what the slow path is to do.
  [[nodiscard]] Step find_hop(Visit&) const;
  [[nodiscard]] Step find_way(Visit&) const;
  [[nodiscard]] Step read_packet(Visit&) const;

  State state_;
  Twin twin_;
};

}  // namespace cgn::parity
