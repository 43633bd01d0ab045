// SPDX-License-Identifier: Apache-2.0
// What an Accounting-Request says: which customer has, keeps or gives back which address, and when.
//
// What        PURE. Reads the attributes that matter here and no others. Text is made printable: what is not goes to
//             hexadecimal, and what is longer than an identity may be keeps its beginning and gets a hash for the rest, so that two
//             different ones never become the same.
// Failure     An attribute of a wrong size or doubled, or one that must be there and is not, is an Error; what came of no
//             interest (an unknown status, no address) is told as such.
// RFC         2866 (attributes 40-46), 2865 (1, 4, 8, 9, 25, 31, 32), 2869 (55 Event-Timestamp), 4372 (89)
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "radius/packet.hpp"

namespace cgn::radius {

enum class Status : std::uint8_t { start = 1, stop = 2, interim = 3, on = 7, off = 8, other = 0 };

// Which attribute is the customer's identity.
enum class IdentityAttribute : std::uint8_t {
  user_name = 1,
  class_ = 25,
  calling_station_id = 31,
  chargeable_user_identity = 89,
};

struct Accounting {
  Status status = Status::other;
  std::string session{};
  std::string identity{};         // empty: the attribute is not there
  std::string nas{};              // NAS-Identifier, else NAS-IP-Address, else empty
  std::optional<Ipv4> address{};  // none: not assigned (yet), or IPv6 only
  unsigned prefix_length = 32;    // by Framed-IP-Netmask
  std::optional<std::chrono::seconds> delay{};
  std::optional<std::chrono::seconds> session_time{};
  std::optional<std::chrono::sys_seconds> event_time{};
};

[[nodiscard]] Result<Accounting> read_accounting(const Packet&, IdentityAttribute);

// The bytes as 1 to 64 printable characters; empty stays empty.
[[nodiscard]] std::string printable(Bytes);

}  // namespace cgn::radius
