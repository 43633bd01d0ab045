// SPDX-License-Identifier: Apache-2.0
// The desk that tells senders why their packets ended here.
#include "daemon/errors.hpp"

#include <bit>

#include "packet/wire.hpp"

namespace cgn::daemon {
namespace {

std::uint16_t vid(const Punted& punted, unsigned tag) {
  if (tag >= punted.view.tag_count) return 0;
  const auto at = packet::kEthernetSize + tag * packet::kTagSize;  // the tag's control information
  return packet::load16(punted.frame, at) & 0x0fff;
}

cgn_link_key link_of(const Punted& punted) {
  return {.ifindex = punted.header.ingress_ifindex, .outer_vid = vid(punted, 0), .inner_vid = vid(punted, 1)};
}

}  // namespace

void ErrorDesk::use(const Sources& sources) {
  sources_.clear();
  for (const auto& [link, address] : sources) sources_.emplace(std::bit_cast<std::uint64_t>(link), address);
}

std::optional<std::vector<std::byte>> ErrorDesk::answer(const Punted& punted, const packet::IcmpError& error,
                                                        const Now& now) {
  const auto source = sources_.find(std::bit_cast<std::uint64_t>(link_of(punted)));
  if (source == sources_.end() || !packet::may_answer(punted.frame, punted.view)) return std::nullopt;
  // Of what is bypassed nobody knows here which side it comes from.
  const bool outside = punted.header.direction == CGN_INBOUND || punted.header.direction == CGN_BYPASS;
  if (!limit_.may(punted.sender(), outside, now.mono)) return std::nullopt;
  return packet::error_about(punted.frame, punted.view, error, source->second);
}

}  // namespace cgn::daemon
