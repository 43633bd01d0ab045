// SPDX-License-Identifier: Apache-2.0
// The control connections that an ALG watches, and how far each was changed.
//
// What        A stream (alg::Stream) for each connection of which a packet left since the daemon began, and for each that an
//             earlier daemon had changed. What was changed stands in the kernel's map, too, before the changed segment
//             leaves: the next daemon goes on with the same numbers.
// Life-cycle  open() with a packet from inside, forget() with a SYN from inside, mapping_ended(); adopt() after a restart.
//             Those of a static mapping, which never ends, make room when they are over and others want it.
// Ownership   Owns the streams; borrows the map.
// Failure     No room: nullptr. The connection is then never changed, and passes as it is. Nothing live is evicted.
#pragma once

#include <map>
#include <vector>

#include "alg/sequence.hpp"
#include "core/translator.hpp"
#include "io/adjustment_table.hpp"

namespace cgn::daemon {

struct ControlConnection {
  InternalEndpoint internal;
  Endpoint remote{};
  friend bool operator==(const ControlConnection&, const ControlConnection&) = default;
};

class ControlConnections {
 public:
  static constexpr std::size_t kPerAddress = 256;  // as the map's size allows for 256 such addresses
  static constexpr std::size_t kTotal = 65536;

  explicit ControlConnections(io::AdjustmentTable table) : table_{table} {}

  [[nodiscard]] alg::Stream* find(const ControlConnection&);
  // The same, or one that begins at `first`.
  [[nodiscard]] alg::Stream* open(const ControlConnection&, alg::Sequence first, Monotonic now);
  void forget(const ControlConnection&);
  void mapping_ended(const core::MappingView&);
  // A packet of it, either way; `ends`: a FIN or RST.
  void note(const ControlConnection&, bool ends, Monotonic now);
  // False: the kernel refuses, and nothing may leave changed.
  [[nodiscard]] bool keep(const ControlConnection&, const alg::Adjustment&);
  // How many were kept: those whose mapping lives.
  std::size_t adopt(const core::Translator&, Monotonic now);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Watched {
    ControlConnection connection;
    alg::Stream stream;
    Monotonic last{};
    bool ended = false;
  };
  using Streams = std::vector<Watched>;

  [[nodiscard]] Watched* watched(const ControlConnection&);
  void make_room(Streams&, Monotonic now);
  void drop(const Watched&);

  io::AdjustmentTable table_;
  std::map<InternalAddress, Streams> by_address_;
  std::size_t size_ = 0;
};

}  // namespace cgn::daemon
