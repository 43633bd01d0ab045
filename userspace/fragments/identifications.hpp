// SPDX-License-Identifier: Apache-2.0
// New identifications for datagrams whose source a translation changed.
//
// What        Two subscribers that share an external address may both send datagram 4711 to one server, who would mix their
//             fragments. So every translated datagram gets the next number of a counter chosen by (source, destination,
//             protocol) as they leave: a number comes back only after 65535 others of that counter, that is, after the
//             120 s of RFC 6864 up to 546 fragmented datagrams a second, and as late as 16 bits allow beyond.
// Ownership   65536 counters of 16 bits, for ever: no tuple needs memory of its own, nothing expires, nothing can be
//             filled up. Which tuples share a counter is secret, and where it starts, too (RFC 7739 s.5 for IPv6).
// RFC         6864 s.4.3, s.5.3.1 · 7857 s.10
#pragma once

#include <cstdint>
#include <vector>

#include "cgn/net.hpp"

namespace cgn::fragments {

class Identifications {
 public:
  explicit Identifications(std::uint64_t seed);
  [[nodiscard]] std::uint16_t next(Ipv4 source, Ipv4 destination, Proto proto);

 private:
  std::uint64_t seed_;
  std::vector<std::uint16_t> counters_;
};

}  // namespace cgn::fragments
