// SPDX-License-Identifier: Apache-2.0
// Events as what goes into the line: datagrams, or pieces of a stream, in the collector's own words.
//
// What        PURE. One per connection. On UDP a payload is a datagram; on a stream they follow one another, IPFIX messages as they
//             are (RFC 7011 section 10.4.2), lines of syslog counted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cgn/collector.hpp"
#include "journal/export/messages.hpp"

namespace cgn::journal {

struct Payload {
  std::vector<std::uint8_t> bytes{};
  std::size_t records = 0;
};

class Packer {
 public:
  explicit Packer(const Collector&, std::uint32_t domain);

  // Templates, for those that need them.
  [[nodiscard]] std::vector<Payload> opening(const Mark& node, const Now&);
  [[nodiscard]] std::vector<Payload> pack(std::span<const Event>, const Now&);

 private:
  [[nodiscard]] std::vector<Payload> lines(std::span<const Event>) const;

  Transport transport_;
  SyslogFormat format_;
  std::optional<FlowMessages> flow_;
};

}  // namespace cgn::journal
