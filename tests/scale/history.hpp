// SPDX-License-Identifier: Apache-2.0
// A synthetic history of port blocks, as long as the law wants it, from a seed.
//
// What        Every block has loans of its own, drawn from (seed, block): any one can be computed again without the others and
//             without the files. The node is on for `days` UTC days; some of them are *lost*: what happened then is in
//             no file. Ten events a block and day; of a network of 100,000 subscribers as many blocks as the number of
//             rows allows, each as busy as it would be among all the others.
// Ownership   Values; nothing is kept but the shape.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "cgn/events.hpp"

namespace cgn::scale {

inline constexpr unsigned kSubscribers = 100'000;
inline constexpr unsigned kBlockSize = 512;
inline constexpr unsigned kBlocksPerAddress = 126;  // ports 1024 to 65535
inline constexpr std::int64_t kDayMs = 86'400'000;
inline constexpr std::int64_t kBeginMs = 1'733'011'200'000;  // 2024-12-01T00:00:00Z

struct Shape {
  std::uint64_t seed = 0;
  unsigned days = 730;
  unsigned blocks = 0;
  std::set<unsigned> lost{};  // days without a file, none of them the first

  // As many blocks as give about so many rows.
  [[nodiscard]] static Shape of(std::uint64_t rows, unsigned days, std::uint64_t seed);
  [[nodiscard]] std::int64_t end_ms() const { return kBeginMs + days * kDayMs; }
};

struct Loan {
  std::int64_t from = 0;
  std::int64_t to = 0;  // ms
  unsigned who = 0;     // a subscriber
};

// The loans of one block, one after the other, for ever.
class Loans {
 public:
  Loans(const Shape&, unsigned block);
  [[nodiscard]] const Loan& now() const { return loan_; }
  void next();

 private:
  [[nodiscard]] std::uint64_t draw();
  // Exponential, so that nothing happens at round times.
  [[nodiscard]] std::int64_t wait(double mean_ms);
  std::uint64_t state_;
  Loan loan_{};
};

[[nodiscard]] std::vector<Loan> all_loans(const Shape&, unsigned block);

[[nodiscard]] Ipv4 address_of(unsigned block);
[[nodiscard]] PortRange ports_of(unsigned block);
[[nodiscard]] Prefix subscriber_of(unsigned who);

// Uniform numbers from a seed: small, and the same everywhere.
[[nodiscard]] std::uint64_t mix(std::uint64_t& state);

}  // namespace cgn::scale
