// SPDX-License-Identifier: Apache-2.0
// Which subscriber an internal address belongs to, and which pool serves it.
//
// What        The config's rules as a sorted list of disjoint prefixes, searched by bisection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/config.hpp"

namespace cgn::core {

class RuleBook {
 public:
  explicit RuleBook(const config::Config&);

  struct Match {
    Prefix subscriber{};
    std::uint32_t pool = 0;  // index in Config::pools
    friend bool operator==(const Match&, const Match&) = default;
  };
  // nullopt: no rule covers the address.
  [[nodiscard]] std::optional<Match> find(Ipv4 internal) const;

 private:
  struct Entry {
    Prefix internal{};
    unsigned subscriber_length = 32;
    std::uint32_t pool = 0;
  };
  std::vector<Entry> entries_;  // ascending, disjoint
};

}  // namespace cgn::core
