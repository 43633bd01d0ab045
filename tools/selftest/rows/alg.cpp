// SPDX-License-Identifier: Apache-2.0
// FTP's control connection, by hand: the line that is rewritten, the numbers that follow, and the protocols that are left alone.
#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "rows.hpp"

namespace cgn::selftest {
namespace {

constexpr std::uint8_t kData = kAck | kPsh;

std::string as_text(const Bytes& bytes) {
  std::string out;
  for (const auto b : bytes) out += static_cast<char>(b);
  return out;
}

std::string commas(Ipv4 address, Port port) {
  auto dotted = to_string(address);
  std::ranges::replace(dotted, '.', ',');
  return fmt::format("{},{},{}", dotted, port.value() >> 8, port.value() & 0xff);
}

std::string port_line(Endpoint e) { return fmt::format("PORT {}\r\n", commas(e.address, e.port)); }

// The endpoint that a PORT line names, whatever its numbers.
Endpoint named_by(const std::string& line) {
  unsigned a = 0, b = 0, c = 0, d = 0, high = 0, low = 0;
  Wire::check(std::sscanf(line.c_str(), "PORT %u,%u,%u,%u,%u,%u\r\n", &a, &b, &c, &d, &high, &low) == 6,
              "a whole PORT line, not " + line);
  return {Ipv4::from_host(a << 24 | b << 16 | c << 8 | d), Port{static_cast<std::uint16_t>(high << 8 | low)}};
}

// A control connection whose segments may leave with other bytes and numbers than they came with, so that the wire cannot know
// them again by itself: they are looked for by what they must be.
class Control {
 public:
  Control(Wire& w, Endpoint client, Endpoint server) : wire_{w}, client_{client}, server_{server} {
    external_ = wire_.out(segment_out(kSyn, "")).from();
    ++client_next_;
    answer(kSyn | kAck, "");
    ++server_next_;
    send(kAck, "");
  }

  // What leaves of a segment with this payload.
  Seen send(std::uint8_t flags, const std::string& payload) {
    wire_.send(segment_out(flags, payload));
    const auto seen = wire_.expect(Side::outside, "the client's segment", [&](const Seen& s) {
      return s.protocol == 6 && s.from() == external_ && s.to() == server_ && s.flags == flags &&
             s.payload.empty() == payload.empty();
    });
    Wire::check(seen.transport_checksum_right, "a right TCP checksum");
    Wire::same(seen.sequence, client_next_ + moved_, "the sequence number as the server counts it, and the one seen");
    client_next_ += static_cast<std::uint32_t>(payload.size());
    moved_ += static_cast<std::uint32_t>(seen.payload.size()) - static_cast<std::uint32_t>(payload.size());
    return seen;
  }
  // The server acknowledges all that it has, in its own numbers; the client reads its own.
  void answer(std::uint8_t flags, const std::string& payload) {
    const auto frame = with_numbers(Wire::between(server_.address, external_.address)
                                        .tcp(server_.port.value(), external_.port.value(), flags)
                                        .payload(text(payload)),
                                    {.sequence = server_next_, .acknowledgement = client_next_ + moved_});
    wire_.send(frame);
    const auto seen = wire_.expect(Side::inside, "the server's segment", [&](const Seen& s) {
      return s.protocol == 6 && s.from() == server_ && s.to() == client_ && s.flags == flags;
    });
    Wire::check(seen.transport_checksum_right, "a right TCP checksum");
    Wire::same(seen.acknowledgement, client_next_, "the acknowledgement as the client counts it, and the one seen");
    Wire::check(as_text(seen.payload) == payload, "the server's bytes as they were");
    server_next_ += static_cast<std::uint32_t>(payload.size());
  }
  // The client's last segment once more: it must leave as it left.
  Seen again(const std::string& payload, const Seen& first) {
    client_next_ -= static_cast<std::uint32_t>(payload.size());
    const auto frame = segment_out(kData, payload);
    client_next_ += static_cast<std::uint32_t>(payload.size());
    wire_.send(frame);
    return wire_.expect(Side::outside, "the same segment once more",
                        [&](const Seen& s) { return s.sequence == first.sequence && s.payload == first.payload; });
  }
  [[nodiscard]] Endpoint external() const { return external_; }
  [[nodiscard]] std::uint32_t moved() const { return moved_; }

 private:
  [[nodiscard]] Bytes segment_out(std::uint8_t flags, const std::string& payload) const {
    return with_numbers(Wire::between(client_.address, server_.address)
                            .tcp(client_.port.value(), server_.port.value(), flags)
                            .payload(text(payload)),
                        {.sequence = client_next_, .acknowledgement = (flags & kAck) != 0 ? server_next_ : 0});
  }

  Wire& wire_;
  Endpoint client_, server_, external_{};
  std::uint32_t client_next_ = 0xffffff00, server_next_ = 0x20000000, moved_ = 0;  // the client's wrap on the way
};

void port_is_rewritten(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  Control c{w, at(alice, 5000), at(server, 21)};
  c.answer(kData, "220 ready\r\n");
  c.send(kData, "USER alice\r\n");
  c.answer(kAck, "");
  std::set<std::uint32_t> offsets;
  for (unsigned n = 0; n < 12; ++n) {
    const auto data = at(alice, n % 2 == 0 ? 10000 + n : 65000 + n);
    const auto line = port_line(data);
    const auto seen = c.send(kData, line);
    const auto end = named_by(as_text(seen.payload));
    Wire::same(end.address, c.external().address, "the address in the line and that of the connection");
    offsets.insert(c.moved());
    c.again(line, seen);
    c.answer(kData, "200 ok\r\n");
    c.send(kData, "RETR file\r\n");
    const auto from = at(server, n % 2 == 0 ? 20u : 30000u + n);
    Wire::same(w.in(w.tcp(from, end, kSyn)).to(), data, "where the client listens and where the server's call arrives");
    w.out(w.tcp(data, from, kSyn | kAck));
    w.in(w.tcp(from, end, kAck));
    c.answer(kData, "226 done\r\n");
  }
  w.check(offsets.size() > 1, "lines of other lengths to move the numbers");
}

void extended_port_is_rewritten(Wire& w) {
  const auto alice = w.subscriber(), server = w.server();
  Control c{w, at(alice, 5000), at(server, 21)};
  const auto seen = as_text(c.send(kData, fmt::format("EPRT |1|{}|12345|\r\n", to_string(alice))).payload);
  const auto expected = fmt::format("EPRT |1|{}|", to_string(c.external().address));
  w.check(seen.starts_with(expected) && seen.ends_with("|\r\n"), expected + "PORT|, not " + seen);
  c.answer(kData, "200 ok\r\n");
  c.send(kData, "NOOP\r\n");
}

void others_are_not_opened(Wire& w) {
  const auto alice = w.subscriber(), bob = w.subscriber(), server = w.server();
  Control c{w, at(alice, 5000), at(server, 21)};
  for (const auto& line : {port_line(at(bob, 12345)), port_line(at(server, 12345)), port_line(at(alice, 80)),
                           std::string{"PORT 1,2,3\r\n"}, fmt::format("PORT {}", commas(alice, Port{12345}))}) {
    const auto seen = c.send(kData, line);
    w.check(as_text(seen.payload) == line, "the line as it was: " + line);
    c.answer(kAck, "");
  }
}

void sip_is_left_alone(Wire& w) {
  const auto alice = at(w.subscriber(), 5060), server = at(w.server(), 5060);
  const auto invite = text(fmt::format(
      "INVITE sip:bob@example.net SIP/2.0\r\nVia: SIP/2.0/UDP {0}\r\nContact: <sip:a@{0}>\r\n\r\n", to_string(alice)));
  const auto seen = w.out(w.between(alice.address, server.address).udp(5060, 5060).payload(invite));
  w.check(seen.payload == invite, "the INVITE to the byte");
  auto c = Connection::open(w, alice, server);
  w.check(c.out(kData, invite).payload == invite, "the INVITE over TCP to the byte");
}

Row row(std::string_view id, std::string_view tag, std::string_view says, void (*plays)(Wire&)) {
  return {.id = id, .tags = {tag}, .level = Level::should, .says = says, .plays = plays};
}

}  // namespace

Rows alg_rows() {
  return {
      row("ftp-port", "RFC5382-REQ-6",
          "FTP: PORT leaves with an external endpoint that the server can call, and every number follows, over wrap "
          "and repetition",
          port_is_rewritten),
      row("ftp-eprt", "RFC5382-REQ-6", "FTP: so does EPRT", extended_port_is_rewritten),
      row("ftp-others", "RFC5382-REQ-6",
          "FTP: a PORT that names another host, a low port or half an endpoint passes as it is", others_are_not_opened),
      row("sip-untouched", "RFC4787-REQ-10", "SIP passes to the byte, over UDP and TCP", sip_is_left_alone),
  };
}

}  // namespace cgn::selftest
