// SPDX-License-Identifier: Apache-2.0
// The offset of an identification: the formula of docs/packet-flow.md by examples computed elsewhere, and what it is for.
#include <catch2/catch.hpp>

#include <set>

#include "packet/identification.hpp"
#include "packets/row.hpp"

namespace cgn::test {

TEST_CASE("the offset of an identification is that of the documentation", "[RFC6864]") {
  struct Example {
    Endpoint external;
    Proto proto;
    std::uint64_t seed;
    std::uint16_t offset;
  };
  const Example examples[] = {
      {at_port(address(203, 0, 113, 1), 40000), Proto::udp, 0x243f6a8885a308d3, 0x0e0d},
      {at_port(address(203, 0, 113, 1), 40001), Proto::udp, 0x243f6a8885a308d3, 0xec9a},
      {at_port(address(203, 0, 113, 1), 40000), Proto::tcp, 0x243f6a8885a308d3, 0x585a},
      {at_port(address(203, 0, 113, 255), 65535), Proto::icmp, 0x0, 0x63ae},
      {at_port(address(198, 51, 100, 7), 1024), Proto::udp, 0xffffffffffffffff, 0xf205},
  };
  for (const auto& e : examples) {
    CHECK(packet::identification_offset(e.external, e.proto, e.seed) == e.offset);
    CHECK(identification_offset(e.external, e.proto, e.seed) == e.offset);
  }
}

TEST_CASE("neighbours on one address hardly ever share an offset", "[RFC6864]") {
  std::set<std::uint16_t> offsets;
  for (unsigned port = 1024; port < 1024 + 4096; ++port) {
    offsets.insert(packet::identification_offset(at_port(kPoolAddress, port), Proto::udp, kSeed));
  }
  CHECK(offsets.size() > 3'900);  // 4096 drawn of 65536: 3970 different ones are to be expected
}

TEST_CASE("another seed gives other offsets", "[RFC6864]") {
  unsigned same = 0;
  for (unsigned port = 1024; port < 1024 + 4096; ++port) {
    const auto external = at_port(kPoolAddress, port);
    same += packet::identification_offset(external, Proto::udp, kSeed) ==
            packet::identification_offset(external, Proto::udp, kSeed ^ 1ull << 32);
  }
  CHECK(same < 8);
}

}  // namespace cgn::test
