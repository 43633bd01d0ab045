// SPDX-License-Identifier: Apache-2.0
// ICMP errors: about packets of the scene's mappings as a rule, told by whom it may concern or by somebody else.
//
// What        The quote is written as the teller saw the packet. It is spoilt before the message is summed, so that what
//             lies behind the message's sum is met too; the sum itself is spoilt now and then.
// RFC         792, 4884 (length and extensions), 5508
#include <algorithm>
#include <array>

#include "parity/generator.hpp"
#include "parity/sums.hpp"

namespace cgn::parity {
namespace {

using test::Link;

constexpr std::array kRouters{test::address(192, 0, 2, 34), test::address(203, 0, 113, 200), test::kWeb,
                              test::address(198, 51, 100, 1)};
constexpr std::array kAccessRouters{test::address(192, 0, 2, 2), test::address(192, 0, 2, 10),
                                    test::address(192, 0, 2, 20)};
constexpr std::size_t kMessageHeader = 8;

std::uint32_t words_of(const Endpoint& end) {
  const auto address = end.address.host();
  return (address >> 16) + (address & 0xffff) + end.port.value();
}

}  // namespace

// Of a household any address speaks for all; of others nobody but the host itself, and access routers.
Ipv4 Generator::any_inner_teller(const Mapping& m) {
  const auto kind = random_.below(8);
  if (kind < 2) return random_.of(kAccessRouters);
  if (kind == 2) return any_mapping().internal.address;
  if (kind == 3) return Ipv4::from_host(m.internal.address.host() ^ random_.below(16));
  return m.internal.address;
}

void Generator::write_error() {
  const auto& m = any_mapping();
  const auto remote = any_remote(m);
  const auto kind = random_.below(16);
  if (kind < 8) {
    by(scene_.one_armed && random_.one_in(4) ? Link::internal : any_external_link());
    const auto router = random_.one_in(3) ? remote.address : random_.of(kRouters);
    const auto told = random_.one_in(16) ? any_mapping().external : m.external;
    return error_between({Proto::icmp, {router, {}}, {told.address, {}}}, {m.proto, m.external, remote}, m.internal);
  }
  by(any_internal_link());
  const Endpoint teller{any_inner_teller(m), {}};
  if (kind < 13) {
    const auto told = random_.one_in(16) ? any_remote(m).address : remote.address;
    return error_between({Proto::icmp, teller, {told, {}}}, {m.proto, remote, m.internal}, remote);
  }
  // What is hairpinned to itself is the one case in which a query's single identifier is known to fit.
  const auto* other = &m;
  for (int i = 0; i < 8 && (other == &m || other->proto != m.proto) && random_.percent(90); ++i) other = &any_mapping();
  error_between({Proto::icmp, teller, {other->external.address, {}}}, {m.proto, other->external, m.internal},
                other->internal);
}

// `sender`: who sent the quoted packet, as it is known where the error goes.
void Generator::error_between(const Ends& ends, const Ends& quoted, const Endpoint& sender) {
  constexpr std::array<unsigned, 6> types{3, 3, 3, 11, 11, 12};
  constexpr std::array<unsigned, 6> mtus{0, 1, 575, 576, 1400, 65535};
  link_header(0x0800);
  ipv4_header(ends, static_cast<unsigned>(ends.proto));
  const auto begin = draft_.size();
  draft_.u8(random_.of(types)).u8(random_.one_in(2) ? 4 : random_.below(16)).u16(0);
  draft_.u16(0).u16(random_.one_in(4) ? random_.half_word() : random_.of(mtus));
  quote(quoted, &sender);
  if (random_.one_in(4)) extend(begin);
  if (random_.one_in(12)) damage_quote(begin);
  draft_.seal();
  if (random_.one_in(40)) {
    const auto at = begin + random_.below(static_cast<unsigned>(draft_.size() - begin));
    draft_.put8(at, byte_at(draft_.frame(), at) ^ 1u << random_.below(8));
  }
}

// RFC 4884: the quote is padded to whole words, their number stands in the header, and extensions follow.
void Generator::extend(std::size_t begin) {
  while ((draft_.size() - begin) % 4 != 0) draft_.u8(0);
  const auto words = static_cast<unsigned>((draft_.size() - begin - kMessageHeader) / 4);
  if (words > 255) return;
  draft_.put8(begin + 5, random_.one_in(12) ? random_.byte() : words + (random_.one_in(12) ? 1 : 0));
  if (random_.one_in(8)) return;
  draft_.u8(0x20).u8(0).u16(random_.half_word());
  draft_.u16(8).u8(1).u8(1).u32(static_cast<std::uint32_t>(random_.word()));  // an MPLS label
}

void Generator::damage_quote(std::size_t begin) {
  auto& bytes = draft_.bytes();
  const auto quote = begin + kMessageHeader;
  if (random_.one_in(3)) return bytes.resize(begin + random_.below(static_cast<unsigned>(bytes.size() - begin)) + 1);
  const auto at = quote + random_.below(static_cast<unsigned>(std::min<std::size_t>(bytes.size() - quote, 36)));
  bytes[at] = std::byte{random_.byte()};
  if (random_.one_in(2)) set_ipv4_check(bytes, quote);
}

// At a checksum's end: with this one, a packet that becomes its sender's again sums to zero.
unsigned Generator::quoted_udp_check(const Ends& ends, const Endpoint* sender) {
  if (random_.one_in(8)) return 0;
  if (sender == nullptr || !random_.one_in(12)) return random_.half_word();
  constexpr std::uint32_t kModulus = 65535;
  return (words_of(*sender) + 4 * kModulus - words_of(ends.source)) % kModulus;
}

void Generator::quoted_transport(const Ends& ends, unsigned protocol, const Endpoint* sender) {
  if (protocol == static_cast<unsigned>(Proto::icmp)) {
    constexpr std::array<unsigned, 4> queries{8, 0, 13, 14};
    const auto id = test::is_internal(link_) ? ends.destination.port : ends.source.port;
    draft_.u8(random_.one_in(16) ? random_.byte() : random_.of(queries)).u8(0).u16(random_.half_word());
    draft_.u16(id.value()).u16(random_.half_word());
    return;
  }
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value()).u16(random_.half_word());
  const bool two_zeros =
      protocol == static_cast<unsigned>(Proto::udp) || protocol == static_cast<unsigned>(Proto::udplite);
  draft_.u16(two_zeros ? quoted_udp_check(ends, sender) : random_.half_word());
}

void Generator::quote(const Ends& ends, const Endpoint* sender) {
  const auto begin = draft_.size();
  const auto protocol = random_.one_in(24) ? random_.below(256) : static_cast<unsigned>(ends.proto);
  const auto options = random_.one_in(6) ? random_.below(11) : 0;
  draft_.u8(0x45 + options).u8(0).u16(28 + random_.below(1000)).u16(random_.half_word());
  auto fragment = random_.one_in(2) ? 0x4000u : 0u;
  if (random_.one_in(24)) fragment = random_.one_in(2) ? 0x2000u : random_.half_word();
  draft_.u16(fragment).u8(random_.byte()).u8(protocol).u16(0);
  draft_.u32(ends.source.address.host()).u32(ends.destination.address.host());
  for (unsigned i = 0; i < options; ++i) draft_.u32(static_cast<std::uint32_t>(random_.word()));
  if (!random_.one_in(24)) set_ipv4_check(draft_.bytes(), begin);
  quoted_transport(ends, protocol, sender);
  constexpr std::array<unsigned, 5> few{0, 8, 9, 10, 12};           // TCP's checksum stands at 16 and 17
  if (random_.one_in(40)) return noise(1950 + random_.below(120));  // around the longest that is summed
  noise(random_.one_in(3) ? random_.below(520) : random_.of(few));
}

}  // namespace cgn::parity
