// SPDX-License-Identifier: Apache-2.0
// Deterministic blocks: the published algorithm, forward and reverse.
//
// What        Which external address and ports a subscriber has, and whose a port is, from a pool's parameters alone. The page
//             that says so to everybody is docs/deterministic.md; its words and letters are used here.
// Ownership   Values. Shared, because the daemon gives by it, and whoever reads the log must compute the same.
// Failure     None: parameters that do not fit each other have been refused before (config, journal).
// RFC         7422 section 2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/net.hpp"

namespace cgn {

inline constexpr unsigned kDeterministicVersion = 1;

// An entry of `internal`: prefixes of subscriber_length are its subscribers.
struct InternalEntry {
  std::string realm{};  // empty: the default one
  Prefix prefix{};
  unsigned subscriber_length = 32;
  friend bool operator==(const InternalEntry&, const InternalEntry&) = default;
};

// All that a pool's blocks follow from.
struct DeterministicParameters {
  std::string pool{};
  std::vector<InternalEntry> internal{};  // in order
  std::vector<Prefix> external{};         // in order
  PortRange ports{};
  unsigned block_size = 0;
  std::uint64_t max_subscribers = 0;
  friend bool operator==(const DeterministicParameters&, const DeterministicParameters&) = default;

  [[nodiscard]] std::uint64_t subscribers() const;  // S
  [[nodiscard]] std::uint64_t addresses() const;    // E
  [[nodiscard]] std::uint64_t ratio() const;        // R; 0 without addresses
  // The blocks fit their address, and everybody has one.
  [[nodiscard]] bool fit() const;
};

struct ComputedBlock {
  std::string realm{};
  Prefix subscriber{};
  Ipv4 external{};
  PortRange ports{};
  friend bool operator==(const ComputedBlock&, const ComputedBlock&) = default;
};

// Invariant: its parameters fit.
class DeterministicPlan {
 public:
  explicit DeterministicPlan(DeterministicParameters);

  [[nodiscard]] const DeterministicParameters& parameters() const { return parameters_; }
  [[nodiscard]] std::uint64_t subscribers() const { return subscribers_; }
  // Of subscriber number n < subscribers().
  [[nodiscard]] ComputedBlock block(std::uint64_t n) const;

  // nullopt: the pool has none for it.
  [[nodiscard]] std::optional<ComputedBlock> forward(std::string_view realm, Ipv4 internal) const;
  enum class Kind { none, overflow, computed };
  struct Holder {
    Kind kind = Kind::none;
    std::optional<ComputedBlock> block{};  // of `computed`
  };
  [[nodiscard]] Holder reverse(Endpoint external) const;

  // The computed blocks that share a port with these, ascending.
  [[nodiscard]] std::vector<ComputedBlock> overlapping(Ipv4 external, PortRange) const;
  // Those of subscribers inside the prefix, or around it; of one realm, or of all.
  [[nodiscard]] std::vector<ComputedBlock> within(const Prefix& internal,
                                                  const std::optional<std::string>& realm = {}) const;

 private:
  [[nodiscard]] std::optional<std::uint64_t> address_number(Ipv4) const;
  [[nodiscard]] Ipv4 address(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t first_number(std::size_t internal_entry) const {
    return internal_begins_[internal_entry];
  }

  DeterministicParameters parameters_;
  std::uint64_t subscribers_ = 0;
  std::uint64_t addresses_ = 0;
  std::uint64_t ratio_ = 0;
  std::vector<std::uint64_t> internal_begins_;  // number of each entry's first subscriber
  std::vector<std::uint64_t> external_begins_;  // number of each entry's first address
  std::vector<std::size_t> by_prefix_;          // entries of internal, ascending by realm and prefix
  std::vector<std::size_t> by_address_;         // entries of external, ascending
};

// Whether a port of this range was, by `plan`, the computed port of another subscriber than `holder` (nobody: of any).
[[nodiscard]] bool belongs_to_another(const DeterministicPlan& plan, Ipv4 external, PortRange,
                                      const std::optional<ComputedBlock>& holder);

}  // namespace cgn
