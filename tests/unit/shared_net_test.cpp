// SPDX-License-Identifier: Apache-2.0
// The nouns of the wire: read exactly, written as read.
#include <catch2/catch.hpp>

#include "cgn/net.hpp"

namespace cgn {

TEST_CASE("an address is four decimal octets and nothing else") {
  CHECK(Ipv4::parse("100.64.0.7")->host() == 0x64400007);
  CHECK(Ipv4::parse("0.0.0.0")->is_zero());
  CHECK(Ipv4::parse("255.255.255.255")->host() == 0xffffffff);
  for (const auto text : {"", ".", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1.2.3.+4", "01.2.3.4",
                          "1.2.3.4 ", " 1.2.3.4", "1..3.4", "1.2.3.", ".1.2.3", "0x1.2.3.4", "a.b.c.d", "1.2.3.4/32"}) {
    INFO(text);
    CHECK_FALSE(Ipv4::parse(text).has_value());
  }
  CHECK(to_string(*Ipv4::parse("203.0.113.10")) == "203.0.113.10");
}

TEST_CASE("an address in network order has its first octet first in memory") {
  const auto net = Ipv4::parse("100.64.0.7")->net();
  const auto* bytes = reinterpret_cast<const unsigned char*>(&net);
  CHECK(bytes[0] == 100);
  CHECK(bytes[3] == 7);
  CHECK(Ipv4::from_net(net) == *Ipv4::parse("100.64.0.7"));
  CHECK(Port::from_net(Port{443}.net()) == Port{443});
}

TEST_CASE("a prefix has no host bits") {
  CHECK(to_string(*Prefix::parse("203.0.113.0/24")) == "203.0.113.0/24");
  CHECK(to_string(*Prefix::parse("203.0.113.7")) == "203.0.113.7");
  CHECK(*Prefix::parse("203.0.113.7/32") == *Prefix::parse("203.0.113.7"));
  CHECK(Prefix::parse("0.0.0.0/0")->size() == std::uint64_t{1} << 32);
  for (const auto text : {"", "/24", "203.0.113.0/", "203.0.113.0/33", "203.0.113.1/24", "203.0.113.0/024",
                          "203.0.113.0/-1", "203.0.113.0/24/24", "203.0.113.0 /24"}) {
    INFO(text);
    CHECK_FALSE(Prefix::parse(text).has_value());
  }
  CHECK(Prefix::of(*Ipv4::parse("203.0.113.77"), 24) == *Prefix::parse("203.0.113.0/24"));
}

TEST_CASE("prefixes contain and overlap as sets of addresses") {
  const auto net = *Prefix::parse("203.0.113.0/24");
  const auto half = *Prefix::parse("203.0.113.128/25");
  const auto all = *Prefix::parse("0.0.0.0/0");
  CHECK(net.contains(half));
  CHECK_FALSE(half.contains(net));
  CHECK(net.overlaps(half));
  CHECK(half.overlaps(net));
  CHECK(all.contains(net));
  CHECK_FALSE(net.overlaps(*Prefix::parse("203.0.112.0/24")));
  CHECK(net.contains(net));
  CHECK(half.first() == *Ipv4::parse("203.0.113.128"));
  CHECK(half.last() == *Ipv4::parse("203.0.113.255"));
  CHECK(half.size() == 128);
}

TEST_CASE("a range of ports counts both ends") {
  CHECK(parse_port_range("1024-65535")->count() == 64512);
  CHECK(parse_port_range("0-65535")->count() == 65536);
  CHECK(parse_port_range("53")->count() == 1);
  CHECK(to_string(*parse_port_range("12800-13311")) == "12800-13311");
  CHECK(parse_port_range("1024-2047")->contains(Port{2047}));
  CHECK_FALSE(parse_port_range("1024-2047")->contains(Port{2048}));
  CHECK(parse_port_range("1-5")->overlaps(*parse_port_range("5-9")));
  CHECK_FALSE(parse_port_range("1-5")->overlaps(*parse_port_range("6-9")));
  for (const auto text : {"", "-", "5-4", "1-", "-1", "65536", "1-65536", "01-5", "1 - 5", "a-b", "1-2-3"}) {
    INFO(text);
    CHECK_FALSE(parse_port_range(text).has_value());
  }
}

TEST_CASE("an endpoint is an address and a port") {
  const auto endpoint = parse_endpoint("203.0.113.10:13000");
  REQUIRE(endpoint.has_value());
  CHECK(to_string(*endpoint) == "203.0.113.10:13000");
  for (const auto text : {"", ":", "203.0.113.10", "203.0.113.10:", ":80", "203.0.113.10:65536", "203.0.113.10:80:1"}) {
    INFO(text);
    CHECK_FALSE(parse_endpoint(text).has_value());
  }
}

TEST_CASE("protocols have names and numbers") {
  for (const auto proto : kProtos) {
    CHECK(parse_proto(to_string(proto)) == proto);
    CHECK(proto_of(static_cast<std::uint8_t>(proto)) == proto);
  }
  CHECK_FALSE(parse_proto("TCP").has_value());
  CHECK_FALSE(proto_of(47).has_value());
}

TEST_CASE("a MAC prints as six pairs") {
  CHECK(to_string(Mac{{0x02, 0x00, 0x5e, 0x10, 0x00, 0xff}}) == "02:00:5e:10:00:ff");
}

}  // namespace cgn
