// SPDX-License-Identifier: Apache-2.0
// The bytes of each layer: as a rule what an ordinary sender writes, now and then what only a fuzzer would.
#include <algorithm>
#include <array>

#include "parity/generator.hpp"
#include "parity/sums.hpp"

namespace cgn::parity {
namespace {

constexpr std::array kMacs{test::kStrangerMac, test::kBroadcastMac, test::kMulticastMac};
constexpr std::size_t kLargest = 2000;  // of an IPv4 packet: beyond every MTU of the world

}  // namespace

void Generator::link_header(unsigned type) {
  const auto& link = test::facts(link_);
  const auto priority = [this] { return random_.one_in(4) ? random_.below(16) << 12 : 0u; };
  draft_.mac(random_.one_in(40) ? random_.of(kMacs) : link.mac).mac(link.next_hop_mac);
  auto outer = unsigned{link.outer_vid};
  if (random_.one_in(100)) outer = random_.below(4096);
  if (link.tag_count >= 1 || outer != 0) {
    draft_.u16(random_.one_in(6) ? (random_.one_in(2) ? 0x8100 : 0x88a8)
                                 : std::max(unsigned{link.outer_tpid}, 0x8100u));
    draft_.u16(priority() | outer);
  }
  if (link.tag_count == 2) draft_.u16(0x8100).u16(priority() | link.inner_vid);
  draft_.u16(type);
}

void Generator::ipv4_options() {
  const auto at = draft_.size();
  switch (random_.below(6)) {
    case 0:
      draft_.u8(7).u8(11).u8(4);
      noise(9);
      break;  // record route
    case 1:
      draft_.u8(68).u8(12).u8(5).u8(0);
      noise(8);
      break;                                     // timestamp
    case 2: draft_.u8(148).u8(4).u16(0); break;  // router alert
    case 3:
      draft_.u8(random_.one_in(2) ? 131 : 137).u8(7).u8(4);
      noise(4);
      break;  // source route
    case 4: noise(random_.below(37)); break;
    default:
      for (auto n = random_.below(40); n > 0; --n) draft_.u8(1);
  }
  while ((draft_.size() - at) % 4 != 0) draft_.u8(0);
}

void Generator::ipv4_header(const Ends& ends, unsigned protocol) {
  draft_.ipv4_here();
  draft_.u8(0x45).u8(random_.one_in(4) ? random_.byte() : 0).u16(0).u16(random_.half_word());
  auto fragment = random_.one_in(2) ? 0x4000u : 0u;
  if (random_.one_in(32)) fragment = random_.one_in(2) ? 0x2000 | random_.below(4) : random_.half_word();
  constexpr std::array<unsigned, 5> extreme_ttls{0, 1, 2, 3, 255};
  draft_.u16(fragment).u8(random_.one_in(12) ? random_.of(extreme_ttls) : 64).u8(protocol).u16(0);
  draft_.u32(ends.source.address.host()).u32(ends.destination.address.host());
  if (random_.one_in(20)) ipv4_options();
  draft_.transport_here();
}

void Generator::udp(const Ends& ends) {
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value()).u16(0).u16(0);
  payload(8);
}

void Generator::udplite(const Ends& ends) {
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value());
  const auto part = random_.one_in(6) ? random_.below(9) : 8 + random_.below(16);
  const auto covered = random_.one_in(2) ? 0 : part;
  draft_.u16(random_.one_in(24) ? random_.half_word() : covered).u16(0);
  payload(8);
}

void Generator::dccp(const Ends& ends) {
  const bool is_long = random_.one_in(2);
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value());
  draft_.u8(random_.one_in(24) ? random_.below(20) : (is_long ? 4 : 3)).u8(random_.byte()).u16(0);
  draft_.u8(random_.below(16) << 1 | (is_long ? 1 : 0));
  noise(is_long ? 7 : 3);
  payload(is_long ? 16 : 12);
}

void Generator::sctp(const Ends& ends) {
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value());
  noise(8);  // nobody on the way looks at the tag, or can judge the sum
  payload(12);
}

void Generator::tcp_options(std::uint8_t flags) {
  const auto at = draft_.size();
  if ((flags & test::kSyn) != 0) {
    if (random_.one_in(2)) draft_.u8(1);  // so that what follows stands at an odd place
    draft_.u8(2).u8(random_.one_in(16) ? random_.byte() : 4).u16(random_.one_in(8) ? random_.half_word() : 1460);
    if (random_.one_in(2)) draft_.u8(3).u8(3).u8(random_.below(16));
  }
  if (random_.one_in(4)) draft_.u8(1).u8(1).u8(8).u8(10).u32(static_cast<std::uint32_t>(random_.word())).u32(0);
  if (random_.one_in(12)) noise(random_.below(12));
  if (draft_.size() - at > 40) draft_.bytes().resize(at + 40);
  while ((draft_.size() - at) % 4 != 0) draft_.u8(0);
}

// At the edge of a window, as a rule.
std::uint32_t Generator::sequence() {
  if (random_.one_in(6)) return static_cast<std::uint32_t>(random_.word());
  const auto shift = random_.one_in(2) ? 0 : random_.below(15);
  const auto window = random_.one_in(2) ? 0 : std::uint32_t{random_.of(kWindows)} << shift;
  return random_.of(kSequences) + window + random_.below(3) - 1;
}

void Generator::tcp(const Ends& ends) {
  constexpr std::array<std::uint8_t, 14> flags_of{test::kAck,
                                                  test::kAck,
                                                  test::kAck,
                                                  test::kAck,
                                                  test::kPsh | test::kAck,
                                                  test::kPsh | test::kAck,
                                                  test::kSyn,
                                                  test::kSyn | test::kAck,
                                                  test::kFin | test::kAck,
                                                  test::kRst,
                                                  test::kRst | test::kAck,
                                                  test::kAck,
                                                  test::kAck,
                                                  test::kAck};
  const auto flags = random_.one_in(20) ? random_.byte() : random_.of(flags_of);
  const auto begin = draft_.size();
  draft_.u16(ends.source.port.value()).u16(ends.destination.port.value());
  draft_.u32(sequence()).u32(sequence());
  draft_.u8(0x50).u8(flags).u16(random_.one_in(4) ? random_.half_word() : random_.of(kWindows)).u16(0).u16(0);
  if ((flags & test::kSyn) != 0 || random_.one_in(4)) tcp_options(flags);
  draft_.put8(begin + 12, static_cast<unsigned>((draft_.size() - begin) / 4) << 4);
  payload(draft_.size() - begin);
}

void Generator::icmp(const Ends& ends) {
  constexpr std::array<unsigned, 9> other_types{3, 3, 11, 12, 4, 5, 13, 14, 17};
  const auto kind = random_.below(20);
  if (kind < 2) {
    const auto type = random_.one_in(8) ? random_.below(256) : random_.of(other_types);
    draft_.u8(type).u8(random_.below(16)).u16(0).u32(random_.one_in(2) ? 0 : random_.half_word());
    return quote({any_mapping().proto, ends.destination, ends.source});
  }
  // The identifier is the port of the subscriber's end: its own going out, the mapped one coming in.
  const auto id = test::is_internal(link_) ? ends.source.port : ends.destination.port;
  draft_.u8(kind % 2 == 0 ? 8 : 0).u8(0).u16(0).u16(id.value()).u16(random_.half_word());
  payload(8);
}

void Generator::noise(std::size_t size) {
  while (size >= 8) {
    const auto word = random_.word();
    draft_.u32(static_cast<std::uint32_t>(word >> 32)).u32(static_cast<std::uint32_t>(word));
    size -= 8;
  }
  for (; size > 0; --size) draft_.u8(random_.byte());
}

// Short as a rule; one in sixteen stands at an MTU of the world, or beyond.
void Generator::payload(std::size_t header_size) {
  std::size_t size = random_.below(48);
  const auto room = header_size + (draft_.transport() - draft_.ipv4());
  if (random_.one_in(16)) {
    constexpr std::array<unsigned, 4> around{1400, 1500, 1280, 1990};
    const auto total = random_.of(around) - 3 + random_.below(7);
    size = std::min<std::size_t>(total, kLargest) - room;
  }
  noise(size);
  if (random_.one_in(200)) draft_.bytes().resize(draft_.size() - std::min<std::size_t>(size, 3), std::byte{0});
}

}  // namespace cgn::parity
