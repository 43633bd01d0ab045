// SPDX-License-Identifier: Apache-2.0
// The desk that tells senders why their packets ended here: ICMP errors of ours.
//
// What        answer() makes the frame that goes back, if the rules of RFC 1122 and 1812 allow one, an address of ours is
//             known for the link that the packet came by, and the limits allow it. Whoever asks sends it out of the port
//             and queue that the packet came in by.
// Ownership   Owns limits and addresses. Does no I/O and counts nothing: a packet's verdict says why it ended, told or not.
// Failure     No answer is never an error: the courtesy is lost, the packet has ended anyway.
#pragma once

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/error_limit.hpp"
#include "daemon/punted.hpp"
#include "packet/icmp.hpp"

namespace cgn::daemon {

class ErrorDesk {
 public:
  using Sources = std::vector<std::pair<cgn_link_key, Ipv4>>;

  ErrorDesk(unsigned errors_per_second, std::uint64_t seed) : limit_{errors_per_second, seed} {}

  void follow(unsigned errors_per_second) { limit_.follow(errors_per_second); }

  // Our address on every link (port and tags); called again after every change of the topology.
  void use(const Sources&);
  [[nodiscard]] std::optional<std::vector<std::byte>> answer(const Punted&, const packet::IcmpError&, const Now&);

 private:
  ErrorLimit limit_;
  std::unordered_map<std::uint64_t, Ipv4> sources_;  // by the bytes of the link's key
};

}  // namespace cgn::daemon
