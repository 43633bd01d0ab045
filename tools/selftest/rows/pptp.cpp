// SPDX-License-Identifier: Apache-2.0
// PPTP's calls, by hand: two subscribers of one external address who chose the same call id for one server.
#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr std::uint8_t kData = kAck | kPsh, kGre = 47;
constexpr unsigned kChosen = 7;
constexpr std::size_t kFirstId = 12, kSecondId = 14;

// RFC 2637 sections 2.7 and 2.8: what stands behind the ids, nobody on the way looks at.
Bytes message(unsigned length, unsigned type, unsigned first, unsigned second) {
  auto m = bytes_of({length >> 8, length & 255, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, type, 0, 0, first >> 8, first & 255,
                     second >> 8, second & 255});
  m.resize(length);
  return m;
}
Bytes request(unsigned own) { return message(168, 7, own, 0x1111); }
Bytes reply(unsigned own, unsigned peer) { return message(32, 8, own, peer); }

unsigned id_in(const Bytes& bytes, std::size_t at) {
  Wire::check(bytes.size() >= at + 2, "a whole message");
  return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

Bytes gre(Wire& w, Ipv4 from, Ipv4 to, unsigned call) {
  const auto header = bytes_of({0x30, 0x01, 0x88, 0x0b, 0, 16, call >> 8, call & 255, 0, 0, 0, 1});
  return Wire::between(from, to).protocol(kGre).payload(joined(header, text(w.token())));
}

// One subscriber's call. What leaves and comes may have other ids, so it is known by its connection.
class Call {
 public:
  Call(Wire& w, Ipv4 subscriber, Ipv4 server, unsigned servers)
      : wire_{w}, connection_{Connection::open(w, at(subscriber, 5000), at(server, 1723))}, servers_{servers} {
    const auto asked = cross(Side::outside, connection_.outgoing(kData, request(kChosen)));
    shown_ = id_in(asked.payload, kFirstId);
    Wire::check(without_ids(asked.payload) == without_ids(request(kChosen)), "all of the request but its call id");
    const auto granted = cross(Side::inside, connection_.incoming(kData, reply(servers, shown_)));
    Wire::check(granted.payload == reply(servers, kChosen), "the reply with the call id that was chosen");
  }

  void speaks() {
    const auto inside = connection_.internal().address, server = connection_.server().address;
    wire_.out(gre(wire_, inside, server, servers_));
    wire_.send(gre(wire_, server, connection_.external().address, shown_));
    const auto came = wire_.expect(Side::inside, "the call's GRE", [&](const Seen& s) {
      return s.protocol == kGre && s.source == server && s.destination == inside;
    });
    Wire::same(id_in(came.packet, came.header_size + 6), kChosen, "the call id inside and the one that was chosen");
    Wire::check(came.header_checksum_right, "a right header checksum");
  }
  [[nodiscard]] unsigned shown() const { return shown_; }
  [[nodiscard]] Ipv4 external() const { return connection_.external().address; }

 private:
  Seen cross(Side side, const Bytes& frame) {
    wire_.send(frame);
    const auto to = side == Side::outside ? connection_.server() : connection_.internal();
    const auto seen = wire_.expect(side, "a control message", [&](const Seen& s) {
      return s.protocol == 6 && s.to() == to && !s.payload.empty();
    });
    Wire::check(seen.transport_checksum_right, "a right TCP checksum");
    return seen;
  }
  static Bytes without_ids(Bytes bytes) {
    for (const auto at : {kFirstId, kFirstId + 1}) bytes.at(at) = {};
    return bytes;
  }

  Wire& wire_;
  Connection connection_;
  unsigned servers_, shown_ = 0;
};

void two_calls_with_one_id(Wire& w) {
  const auto pool = w.small_pool();
  const auto server = w.server();
  Call alice{w, w.nth(pool.subscribers, 1), server, 0x0101};
  Call bob{w, w.nth(pool.subscribers, 2), server, 0x0102};
  w.same(alice.external(), bob.external(), "the external addresses of both");
  w.differ(alice.shown(), bob.shown(), "the call ids that the server knows");
  alice.speaks();
  bob.speaks();
  alice.speaks();
  auto stray = alice.shown();
  while (stray == alice.shown() || stray == bob.shown()) ++stray;
  w.refused(gre(w, server, alice.external(), stray));
}

}  // namespace

Rows pptp_rows() {
  return {
      {.id = "pptp-two-calls",
       .tags = {"RFC5382-REQ-6"},
       .level = Level::may,
       .says =
           "with its gateway on, two subscribers of one address whose PPTP calls have one id each get their own GRE",
       .group = Group::small_pools,
       .plays = two_calls_with_one_id}};
}

}  // namespace cgn::selftest
