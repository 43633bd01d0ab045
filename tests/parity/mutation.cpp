// SPDX-License-Identifier: Apache-2.0
// What is done to a frame after it was right.
//
// What        One frame in eight is spoilt once, some again. Afterwards every other header checksum is set right, so that
//             what was spoilt is judged by the check that it should meet, and not by the first sum on the way.
#include <algorithm>
#include <array>

#include "parity/generator.hpp"
#include "parity/sums.hpp"

namespace cgn::parity {

void Generator::lie_about_a_length() {
  const auto ip = draft_.ipv4(), l4 = draft_.transport();
  if (ip == 0 || draft_.size() < ip + 20) return;
  const auto near = [this](unsigned value) { return value + random_.below(9) - 4; };
  switch (random_.below(5)) {
    case 0:
      return draft_.put16(ip + 2, random_.one_in(3) ? random_.half_word() : near(word_at(draft_.frame(), ip + 2)));
    case 1: return draft_.put8(ip, random_.one_in(3) ? random_.byte() : 0x40 | random_.below(16));
    case 2:
      if (draft_.size() > l4 + 12) draft_.put8(l4 + 12, random_.below(16) << 4);
      return;
    case 3:
      if (draft_.size() > l4 + 5) draft_.put16(l4 + 4, near(word_at(draft_.frame(), l4 + 4)));
      return;
    default: return draft_.bytes().resize(std::max<std::size_t>(14, draft_.size() - random_.below(12)));
  }
}

void Generator::mutate_once() {
  auto& bytes = draft_.bytes();
  const auto at = [&] { return random_.below(static_cast<unsigned>(std::min<std::size_t>(bytes.size(), 80))); };
  const auto ip = draft_.ipv4();
  switch (random_.below(8)) {
    case 0: bytes[at()] ^= std::byte{1} << random_.below(8); return;
    case 1: bytes[at()] = random_.one_in(2) ? std::byte{0} : std::byte{0xff}; return;
    case 2: bytes[at()] = std::byte{random_.byte()}; return;
    case 3: bytes.resize(14 + random_.below(static_cast<unsigned>(bytes.size() - 13))); return;
    case 4:  // swapped ends
      if (ip != 0 && bytes.size() >= ip + 20) {
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(ip) + 12;
        std::swap_ranges(first, first + 4, first + 4);
      }
      return;
    case 5: {  // a tag more
      const std::array tag{std::byte{0x81}, std::byte{0}, std::byte{random_.byte()}, std::byte{random_.byte()}};
      bytes.insert(bytes.begin() + 12, tag.begin(), tag.end());
      return;
    }
    default: return lie_about_a_length();
  }
}

void Generator::mutate() {
  if (!random_.one_in(8)) return;
  const auto size = draft_.size();
  do mutate_once();
  while (random_.one_in(3));
  const auto ip = draft_.ipv4();
  if (ip != 0 && draft_.size() == size && random_.one_in(2)) set_ipv4_check(draft_.bytes(), ip);
}

// Ethernet's minimum, by senders that pad with zeros and by those that pad with what lay in their memory.
void Generator::pad() {
  auto& bytes = draft_.bytes();
  if (bytes.size() < 60 && random_.one_in(2)) {
    bytes.resize(60, random_.one_in(2) ? std::byte{0} : std::byte{random_.byte()});
  }
  if (random_.one_in(32)) noise(random_.below(20));
}

}  // namespace cgn::parity
