// SPDX-License-Identifier: Apache-2.0
// Which subscriber an internal address belongs to, and which pool serves it.
//
// What        The config's rules as a sorted list of prefixes, disjoint within a realm, searched by bisection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cgn/realm.hpp"
#include "config/config.hpp"

namespace cgn::core {

class RuleBook {
 public:
  explicit RuleBook(const config::Config&);

  struct Match {
    SubscriberId subscriber;
    std::uint32_t pool = 0;  // index in Config::pools
    friend bool operator==(const Match&, const Match&) = default;
  };
  // nullopt: no rule covers the address.
  [[nodiscard]] std::optional<Match> find(InternalAddress internal) const;

 private:
  struct Entry {
    RealmId realm;
    Prefix internal{};
    unsigned subscriber_length = 32;
    std::uint32_t pool = 0;
  };
  std::vector<Entry> entries_;  // ascending, in each realm disjoint
};

}  // namespace cgn::core
