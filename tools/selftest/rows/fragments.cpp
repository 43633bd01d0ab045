// SPDX-License-Identifier: Apache-2.0
// Datagrams in pieces, in any order, both ways: what comes out is put together and compared with what went in.
#include "fragments.hpp"

#include <algorithm>
#include <set>

#include "rows.hpp"
#include "translation.hpp"

namespace cgn::selftest {
namespace {

constexpr std::size_t kPiece = 400, kSize = 1400;  // four pieces

struct Flow {
  Endpoint internal, server, external;
};

Flow flow(Wire& w) {
  const auto internal = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  return {internal, server, w.out(w.udp(internal, server)).from()};
}

Bytes large(Wire& w, Endpoint from, Endpoint to) { return distinct(w, w.udp(from, to).payload_of(kSize)); }

Wire::Match between_hosts(Ipv4 remote) {
  return [remote](const Seen& s) { return s.source == remote || s.destination == remote; };
}

// The datagram `frame`, of which its pieces have been sent, as it came out on the other side.
Seen comes_out(Wire& w, const Bytes& frame, Ipv4 remote, Side to) {
  const auto seen = reassembled(w, to, between_hosts(remote));
  check_only_translated(*decode(frame, opposite(to)), seen);
  return seen;
}

template <class Order>
void outbound(Wire& w, const Order& order) {
  const auto f = flow(w);
  const auto frame = large(w, f.internal, f.server);
  auto pieces = cut(frame, kPiece);
  order(pieces);
  for (const auto& piece : pieces) w.send(piece);
  w.same(comes_out(w, frame, f.server.address, Side::outside).from(), f.external, "the external endpoint");
}

template <class Order>
void inbound(Wire& w, const Order& order) {
  const auto f = flow(w);
  const auto frame = large(w, f.server, f.external);
  auto pieces = cut(frame, kPiece);
  order(pieces);
  for (const auto& piece : pieces) w.send(piece);
  w.same(comes_out(w, frame, f.server.address, Side::inside).to(), f.internal, "the internal endpoint");
}

void as_they_are(std::vector<Bytes>&) {}
void last_first(std::vector<Bytes>& pieces) { std::ranges::reverse(pieces); }

void out_in_order(Wire& w) { outbound(w, as_they_are); }
void out_last_first(Wire& w) { outbound(w, last_first); }
void in_in_order(Wire& w) { inbound(w, as_they_are); }
void in_last_first(Wire& w) { inbound(w, last_first); }

template <class Send>
void every_order(const Send& send) {
  std::array<std::size_t, 4> order{0, 1, 2, 3};
  do {
    send([&](std::vector<Bytes>& pieces) {
      std::vector<Bytes> permuted;
      for (const auto n : order) permuted.push_back(pieces.at(n));
      pieces = permuted;
    });
  } while (std::ranges::next_permutation(order).found);
}

void out_every_order(Wire& w) {
  every_order([&](const auto& order) { outbound(w, order); });
}
void in_every_order(Wire& w) {
  every_order([&](const auto& order) { inbound(w, order); });
}

void first_datagram_of_a_flow(Wire& w) {
  const auto alice = at(w.subscriber(), 5000), server = at(w.server(), 7000);
  const auto frame = large(w, alice, server);
  for (const auto& piece : cut(frame, kPiece)) w.send(piece);
  const auto external = comes_out(w, frame, server.address, Side::outside).from();
  w.same(w.out(w.udp(alice, server)).from(), external,
         "the external endpoint of the datagram in pieces and of the next");
}

void interleaved(Wire& w) {
  const auto f = flow(w);
  const auto other = at(w.server(), 7000);
  const auto one = large(w, f.internal, f.server), two = large(w, f.internal, other);
  const auto first = cut(one, kPiece), second = cut(two, kPiece);
  for (std::size_t i = 0; i < first.size(); ++i) {
    w.send(first[i]);
    w.send(second[second.size() - 1 - i]);
  }
  comes_out(w, one, f.server.address, Side::outside);
  comes_out(w, two, other.address, Side::outside);
}

void a_piece_twice(Wire& w) {
  outbound(w, [](std::vector<Bytes>& pieces) { pieces.insert(pieces.begin() + 1, pieces[1]); });
}

// A byte that comes twice with another content could be read either way: the datagram is refused whole.
void overlap(Wire& w) {
  const auto f = flow(w);
  const auto frame = large(w, f.internal, f.server);
  const auto pieces = cut(frame, kPiece), other = cut(frame, kPiece - 8);
  w.send(pieces[0]);
  w.send(other[1]);  // begins 8 bytes before the first one's end
  w.send(pieces[2]);
  w.send(pieces[3]);
  w.send(pieces[1]);
  w.settle();
  std::size_t end = 0;
  while (end < kSize + 8) {
    const auto mine = [&](const Seen& s) { return s.destination == f.server.address && s.fragment_offset == end; };
    const auto seen = w.arrived(Side::outside, mine);
    if (!seen) return;
    end += seen->packet.size() - seen->header_size;
  }
  w.check(false, "a datagram whose fragments overlap to be refused; it came out whole");
}

void tiny_first(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80));
  const auto frame = c.outgoing(kAck | kPsh, pattern(400));
  const auto pieces = cut(frame, 8);  // the first one has the ports, but neither flags nor checksum (RFC 1858)
  for (const auto& piece : pieces) w.send(piece);
  w.expect_nothing(Side::outside, "a tiny first fragment", [&](const Seen& s) {
    return s.destination == c.server().address && s.is_fragment() && s.fragment_offset < 16;
  });
}

void same_identification(Wire& w) {
  const auto server = at(w.server(), 7000);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 4; ++i) {
    const auto frame = w.udp(at(w.subscriber(), 5000), server).payload_of(kSize).identification(99).bytes();
    for (const auto& piece : cut(frame, kPiece)) w.send(piece);
    const auto whole = comes_out(w, frame, server.address, Side::outside);
    w.check(kPools.contains(whole.source), "a pool address, saw " + describe(whole));
    seen.insert(whole.identification);
  }
  w.check(seen.size() == 4,
          "an identification of its own for each of four datagrams, saw " + std::to_string(seen.size()));
}

void tcp_in_pieces(Wire& w) {
  auto c = Connection::open(w, at(w.subscriber(), 5000), at(w.server(), 80));
  const auto frame = c.outgoing(kAck | kPsh, pattern(1000));
  for (const auto& piece : cut(frame, kPiece)) w.send(piece);
  w.same(comes_out(w, frame, c.server().address, Side::outside).from(), c.external(), "the external endpoint");
}

void ping_in_pieces(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  const auto frame = distinct(w, w.ping(alice, server, 77).payload_of(kSize));
  for (const auto& piece : cut(frame, kPiece)) w.send(piece);
  const auto out = comes_out(w, frame, server, Side::outside);
  w.check(kPools.contains(out.source), "a pool address, saw " + describe(out));
  const auto back = distinct(w, w.pong(server, out.source, out.source_port).payload_of(kSize));
  for (const auto& piece : cut(back, kPiece)) w.send(piece);
  w.same(comes_out(w, back, server, Side::inside).to(), at(alice, 77), "who pinged and who was answered");
}

// Fragments whose first piece never comes, from inside and from outside; all the while a flow goes on.
void flood(Wire& w) {
  const auto f = flow(w);
  const auto mallory = w.subscriber(), stranger = w.server();
  w.out(w.udp(at(mallory, 5000), f.server));
  for (unsigned round = 0; round < 20; ++round) {
    for (unsigned i = 0; i < 50; ++i) {
      const auto id = static_cast<std::uint16_t>(round * 50 + i);
      w.send(w.between(mallory, stranger).protocol(17).payload_of(400).fragment(800, true).identification(id));
      w.send(
          w.between(stranger, f.external.address).protocol(17).payload_of(400).fragment(800, true).identification(id));
    }
    w.same(w.out(w.udp(f.internal, f.server)).from(), f.external, "the external endpoint");
    w.in(w.udp(f.server, f.external));
  }
}

void later_piece_alone(Wire& w) {
  const auto f = flow(w);
  w.send(cut(large(w, f.internal, f.server), kPiece)[2]);
  w.expect_nothing(Side::outside, "a later fragment without its first",
                   [&](const Seen& s) { return s.destination == f.server.address; });
}

}  // namespace

Rows fragment_rows() {
  return {
      {.id = "fragments-out",
       .tags = {"RFC4787-REQ-14"},
       .says = "a datagram in four pieces leaves whole",
       .plays = out_in_order},
      {.id = "fragments-in",
       .tags = {"RFC4787-REQ-14"},
       .says = "a datagram in four pieces arrives whole",
       .plays = in_in_order},
      {.id = "fragments-out-last-first",
       .tags = {"RFC4787-REQ-14"},
       .says = "a datagram whose last piece comes first leaves whole",
       .plays = out_last_first},
      {.id = "fragments-in-last-first",
       .tags = {"RFC4787-REQ-14"},
       .says = "a datagram whose last piece comes first arrives whole",
       .plays = in_last_first},
      {.id = "fragments-out-any-order",
       .tags = {"RFC4787-REQ-14"},
       .says = "all 24 orders of four pieces leave whole",
       .plays = out_every_order},
      {.id = "fragments-in-any-order",
       .tags = {"RFC4787-REQ-14"},
       .says = "all 24 orders of four pieces arrive whole",
       .plays = in_every_order},
      {.id = "fragments-first-datagram",
       .tags = {"RFC4787-REQ-14", "RFC4787-REQ-1"},
       .says = "a flow may begin with a datagram in pieces",
       .plays = first_datagram_of_a_flow},
      {.id = "fragments-interleaved",
       .tags = {"RFC4787-REQ-14"},
       .says = "the pieces of two datagrams are not mixed up",
       .plays = interleaved},
      {.id = "fragments-twice",
       .tags = {"RFC4787-REQ-14"},
       .says = "a piece that comes twice does no harm, and leaves once",
       .plays = a_piece_twice},
      {.id = "fragments-overlap",
       .tags = {"RFC4787-REQ-14a"},
       .says = "a datagram whose pieces overlap is refused",
       .plays = overlap},
      {.id = "fragments-tiny",
       .tags = {"RFC1858-2", "RFC4787-REQ-14a"},
       .says = "a first piece without its whole transport header is refused",
       .plays = tiny_first},
      {.id = "fragments-alone",
       .tags = {"RFC4787-REQ-14a"},
       .says = "a later piece whose first never comes does not leave",
       .plays = later_piece_alone},
      {.id = "fragments-identification",
       .tags = {"RFC7857-10", "RFC6864-5.3.1"},
       .level = Level::should,
       .says = "datagrams in pieces of subscribers with the same identification leave with different ones",
       .plays = same_identification},
      {.id = "fragments-tcp",
       .tags = {"RFC4787-REQ-14", "RFC6888-REQ-1"},
       .says = "a TCP segment in pieces leaves whole",
       .plays = tcp_in_pieces},
      {.id = "fragments-ping",
       .tags = {"RFC4787-REQ-14", "RFC5508-REQ-1"},
       .says = "a large ping in pieces is answered in pieces",
       .plays = ping_in_pieces},
      {.id = "fragments-flood",
       .tags = {"RFC4787-REQ-14a"},
       .says = "two thousand pieces without a first one disturb no other flow",
       .plays = flood},
  };
}

}  // namespace cgn::selftest
