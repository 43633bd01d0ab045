// SPDX-License-Identifier: Apache-2.0
// Internal realms: networks inside, in each of which an address is unique, and in two of which it can be two hosts'.
//
// What        A realm's number, which keys and entries of the program hold, and the nouns of the wire together with it. None
//             of them can be made without saying the realm, so that nobody means the default one by saying nothing.
//             What they are made of they can be taken for: only with the realm does an internal address name anybody.
// RFC         2663 section 2.1 (address realm)
#pragma once

#include <string>
#include <string_view>

#include "cgn/net.hpp"

namespace cgn {

class RealmId {
 public:
  explicit constexpr RealmId(std::uint8_t value) : value_{value} {}
  [[nodiscard]] constexpr std::uint8_t value() const { return value_; }
  friend constexpr auto operator<=>(RealmId, RealmId) = default;

 private:
  std::uint8_t value_;
};

inline constexpr RealmId kDefaultRealm{CGN_REALM_DEFAULT};
inline constexpr std::string_view kDefaultRealmName = "default";
// People may name it; the log leaves its name away.
[[nodiscard]] constexpr bool is_default_realm(std::string_view name) {
  return name.empty() || name == kDefaultRealmName;
}
// As people are shown a realm of the log.
[[nodiscard]] inline std::string shown_realm(const std::string& log_name) {
  return log_name.empty() ? std::string{kDefaultRealmName} : log_name;
}
// Of a record that holds nobody.
inline constexpr RealmId kNowhere{0};

struct InternalAddress {
  Ipv4 address{};
  RealmId realm;
  friend constexpr auto operator<=>(const InternalAddress&, const InternalAddress&) = default;
};

struct InternalEndpoint : Endpoint {
  RealmId realm;
  [[nodiscard]] InternalAddress host() const { return {address, realm}; }
  friend constexpr auto operator<=>(const InternalEndpoint&, const InternalEndpoint&) = default;
};

// An internal address or prefix, and where it is.
struct SubscriberId : Prefix {
  RealmId realm;
  using Prefix::contains;
  [[nodiscard]] constexpr bool contains(const InternalAddress& a) const {
    return a.realm == realm && contains(a.address);
  }
  friend constexpr auto operator<=>(const SubscriberId&, const SubscriberId&) = default;
};

// As one word, for indexes.
[[nodiscard]] constexpr std::uint64_t word_of(const SubscriberId& s) {
  return std::uint64_t{s.realm.value()} << 40 | std::uint64_t{s.address().host()} << 8 | s.length();
}

}  // namespace cgn
