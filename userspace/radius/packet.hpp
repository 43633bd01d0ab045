// SPDX-License-Identifier: Apache-2.0
// A RADIUS packet: its shape, whether its sender knows the secret, and the answer to it.
//
// What        PURE. Code, identifier, length, authenticator, attributes. The authenticators are MD5 over packet and secret, as
//             the RFC has it: they keep strangers out who cannot listen, not those who can (so does a network of its own).
// Failure     parse() gives nullopt for whatever is not exactly a packet; it never reads beyond the bytes it was given.
// RFC         2865 sections 3 and 5 (format), 2866 section 3 (accounting authenticators)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cgn::radius {

using Bytes = std::span<const std::byte>;
using Authenticator = std::array<std::byte, 16>;

inline constexpr std::size_t kHeaderSize = 20, kLongest = 4096;
inline constexpr std::uint8_t kAccountingRequest = 4, kAccountingResponse = 5;
inline constexpr std::uint8_t kProxyState = 33;

struct Attribute {
  std::uint8_t type = 0;
  Bytes value{};
};

// Borrows the datagram it was parsed from.
struct Packet {
  std::uint8_t code = 0;
  std::uint8_t identifier = 0;
  Authenticator authenticator{};
  Bytes bytes{};  // without what follows the length it tells
  std::vector<Attribute> attributes{};
};

[[nodiscard]] std::optional<Packet> parse(Bytes datagram);
// Of an Accounting-Request: made by somebody who knows the secret, and not changed since.
[[nodiscard]] bool is_authentic(const Packet&, std::string_view secret);
// The Accounting-Response, with the request's Proxy-State in it.
[[nodiscard]] std::vector<std::byte> response_to(const Packet& request, std::string_view secret);

}  // namespace cgn::radius
