// SPDX-License-Identifier: Apache-2.0
// Which requests were answered lately, so that a repeated one is answered again and nothing is done twice.
//
// What        PURE. A request is known by its sender's address and port, its identifier and its authenticator. One whose row
//             is still on its way to disk is in the works: its repetition is left alone, because the answer is to come.
// Ownership   Owns copies of the answers, kMost at most, the oldest of which goes first: what follows a request that was
//             forgotten is judged anew, and changes nothing either (daemon/identity_book.hpp).
// RFC         2865 section 2.5, 5080 section 2.2.2 (duplicate detection)
#pragma once

#include <deque>
#include <map>
#include <tuple>

#include "cgn/net.hpp"
#include "cgn/time.hpp"
#include "radius/packet.hpp"

namespace cgn::radius {

class Replies {
 public:
  static constexpr std::size_t kMost = 65536;
  static constexpr Duration kLife = std::chrono::seconds{30};

  using Key = std::tuple<Endpoint, std::uint8_t, Authenticator>;
  [[nodiscard]] static Key key_of(Endpoint sender, const Packet& request) {
    return {sender, request.identifier, request.authenticator};
  }

  enum class What { fresh, in_the_works, answered };
  // A fresh one is in the works from now on.
  [[nodiscard]] What take(const Key&, Monotonic now);
  void answered(const Key&, std::vector<std::byte> answer);
  // It came to nothing: its repetition is fresh.
  void dropped(const Key&);
  [[nodiscard]] const std::vector<std::byte>* answer(const Key&) const;
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  void forget(Monotonic now);

  struct Known {
    Monotonic since{};
    std::vector<std::byte> answer{};
  };
  std::map<Key, Known> known_;
  std::deque<std::pair<Monotonic, Key>> ages_;  // oldest first
};

}  // namespace cgn::radius
