// SPDX-License-Identifier: Apache-2.0
// A TCP connection between a subscriber and a server, both played by the tester, with true sequence numbers.
//
// What        open() is the three-way handshake through the device. out() and in() send the next segment of either
//             side and expect it on the other. outgoing() and incoming() only build it, for rows that expect
//             something else.
// Ownership   Borrows the wire.
#pragma once

#include "wire.hpp"

namespace cgn::selftest {

class Connection {
 public:
  [[nodiscard]] static Connection open(Wire& wire, Endpoint internal, Endpoint server);
  // Before the handshake: nothing has been sent.
  Connection(Wire& wire, Endpoint internal, Endpoint server);

  [[nodiscard]] Endpoint internal() const { return internal_; }
  [[nodiscard]] Endpoint server() const { return server_; }
  [[nodiscard]] Endpoint external() const { return external_; }
  [[nodiscard]] std::uint32_t server_next() const { return server_next_; }

  Seen out(std::uint8_t flags, const Bytes& payload = {});
  Seen in(std::uint8_t flags, const Bytes& payload = {});
  [[nodiscard]] Bytes outgoing(std::uint8_t flags, const Bytes& payload = {});
  [[nodiscard]] Bytes incoming(std::uint8_t flags, const Bytes& payload = {});
  // A segment of the server whose sequence number is `distance` away from the next one.
  [[nodiscard]] Bytes stray(std::uint8_t flags, std::uint32_t distance) const;
  // Both say FIN, both are acknowledged.
  void close();

 private:
  Wire& wire_;
  Endpoint internal_, server_, external_{};
  std::uint32_t internal_next_, server_next_;
};

}  // namespace cgn::selftest
