// SPDX-License-Identifier: Apache-2.0
// Where a hairpinned packet turns around: the external endpoint that it is for.
#pragma once

#include "core/effects.hpp"
#include "packet/view.hpp"

namespace cgn::daemon {

// Of an ICMP error, the one that sent what it quotes. The identifier of a hairpinned query is its sender's external one when
// it turns around (bpf/mapping.h).
[[nodiscard]] inline Endpoint turning_point(const packet::View& view, const core::MappingView& sender) {
  auto end = view.quote ? view.quote->source : view.destination;
  if (sender.proto == Proto::icmp) end.port = sender.external.port;
  return end;
}

}  // namespace cgn::daemon
