// SPDX-License-Identifier: Apache-2.0
// Flow messages: templates and records behind the header of IPFIX or of NetFlow v9.
//
// What        PURE. templates() makes the message that explains the others, records() one with as many events as fit. IPFIX
//             counts records in its sequence number, v9 packets: a collector tells from it what was lost on the way.
// Life-cycle  One per transport session: sequence numbers begin at zero.
// RFC         7011 section 3.1 (IPFIX); 3954 section 5.1 (v9)
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "journal/export/flow.hpp"

namespace cgn::journal {

using Message = std::vector<std::uint8_t>;

class FlowMessages {
 public:
  static constexpr std::size_t kMost = 1400;  // bytes of one message: a datagram that no link has to cut

  // The domain is the node's id: IPFIX's observation domain, v9's source id.
  FlowMessages(FlowProtocol protocol, std::uint32_t domain) : protocol_{protocol}, domain_{domain} {}

  [[nodiscard]] Message templates(const Mark& node, const Now&);

  struct Packed {
    Message message{};        // empty: no event had a template
    std::size_t taken = 0;    // events used up, those without a template included
    std::size_t records = 0;  // that it holds
  };
  [[nodiscard]] Packed records(std::span<const Event>, const Now&);

 private:
  [[nodiscard]] Message finish(std::vector<std::uint8_t> sets, std::size_t data_records, std::size_t all_records,
                               const Now&);

  FlowProtocol protocol_;
  std::uint32_t domain_;
  std::uint32_t sequence_ = 0;
};

}  // namespace cgn::journal
