// SPDX-License-Identifier: Apache-2.0
// Every checksum there is: a payload word and the identification walk through all 65536 values, so that both sums,
// before and after, take every value and every carry happens. The expected frames are summed from scratch by the
// builder.
#include <catch2/catch.hpp>

#include "packets.hpp"
#include "world.hpp"

namespace cgn::test {
namespace {

Frame numbered(Frame frame, unsigned n) {
  return frame.identification(static_cast<std::uint16_t>(n))
      .payload(Bytes{std::byte(n >> 8), std::byte(n & 0xff), std::byte{7}});  // an odd length
}

}  // namespace

TEST_CASE("whatever the checksums are, translation leaves them right", "[RFC1624-3]") {
  CGN_NEEDS_KERNEL();
  const World world;
  world.install(mapped(Proto::udp, at_port(kAlice, 5000), at_port(kPoolAddress, 40000)));
  const auto ingress = world.network().ifindex("int0");
  const auto in = received_by(Link::internal).ipv4(kAlice, kWeb).udp(5000, 443);
  const auto offset = identification_offset(at_port(kPoolAddress, 40000), Proto::udp);
  const auto expected = sent_by(Link::external).ipv4(kPoolAddress, kWeb).ttl(63).udp(40000, 443);
  const auto sent = [&](unsigned n) {
    return numbered(expected, n).identification(static_cast<std::uint16_t>(n + offset)).bytes();
  };
  Bytes out;
  unsigned wrong = 0;
  for (unsigned n = 0; n < 65'536 && wrong == 0; ++n) {
    world.run(ingress, numbered(in, n), out);
    if (out == sent(n)) continue;
    ++wrong;
    UNSCOPED_INFO("payload word " << n << "\n" << hex(out) << "\ninstead of\n" << hex(sent(n)));
  }
  CHECK(wrong == 0);
}

}  // namespace cgn::test
