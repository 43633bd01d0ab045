// SPDX-License-Identifier: Apache-2.0
// The numbers of a connection.
#include "connection.hpp"

#include "craft.hpp"

namespace cgn::selftest {
namespace {

std::uint32_t room_of(std::uint8_t flags, const Bytes& payload) {
  return static_cast<std::uint32_t>(payload.size()) + ((flags & (kSyn | kFin)) != 0 ? 1 : 0);
}

}  // namespace

Connection::Connection(Wire& wire, Endpoint internal, Endpoint server)
    : wire_{wire},
      internal_{internal},
      server_{server},
      internal_next_{0x10000000u + wire.stage().token() * 65536u},
      server_next_{0x90000000u + wire.stage().token() * 65536u} {}

Connection Connection::open(Wire& wire, Endpoint internal, Endpoint server) {
  Connection c{wire, internal, server};
  c.out(kSyn);
  c.in(kSyn | kAck);
  c.out(kAck);
  return c;
}

Bytes Connection::outgoing(std::uint8_t flags, const Bytes& payload) {
  const auto frame =
      with_numbers(Wire::between(internal_.address, server_.address)
                       .tcp(internal_.port.value(), server_.port.value(), flags)
                       .payload(payload),
                   {.sequence = internal_next_, .acknowledgement = (flags & kAck) != 0 ? server_next_ : 0});
  internal_next_ += room_of(flags, payload);
  return frame;
}

Bytes Connection::incoming(std::uint8_t flags, const Bytes& payload) {
  const auto frame =
      with_numbers(Wire::between(server_.address, external_.address)
                       .tcp(server_.port.value(), external_.port.value(), flags)
                       .payload(payload),
                   {.sequence = server_next_, .acknowledgement = (flags & kAck) != 0 ? internal_next_ : 0});
  server_next_ += room_of(flags, payload);
  return frame;
}

Bytes Connection::stray(std::uint8_t flags, std::uint32_t distance) const {
  return with_numbers(
      Wire::between(server_.address, external_.address).tcp(server_.port.value(), external_.port.value(), flags),
      {.sequence = server_next_ + distance, .acknowledgement = (flags & kAck) != 0 ? internal_next_ : 0});
}

Seen Connection::out(std::uint8_t flags, const Bytes& payload) {
  const auto seen = wire_.out(outgoing(flags, payload));
  external_ = seen.from();
  return seen;
}

Seen Connection::in(std::uint8_t flags, const Bytes& payload) {
  const auto seen = wire_.in(incoming(flags, payload));
  Wire::same(seen.to(), internal_, "the internal endpoint and where the segment went");
  return seen;
}

void Connection::close() {
  out(kFin | kAck);
  in(kFin | kAck);
  out(kAck);
}

}  // namespace cgn::selftest
