// SPDX-License-Identifier: Apache-2.0
// cgnctl show subscriber IP: what one customer holds now.
#include <fmt/format.h>

#include "cgn/realm.hpp"
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  const auto s = json.get<control::Subscriber>();
  const auto others = s.mappings.other > 0 ? fmt::format("  other {}", s.mappings.other) : std::string{};
  const auto realm = is_default_realm(s.realm) ? std::string{} : "  realm " + s.realm;
  return {.lines = {{"Subscriber", fmt::format("{}{}  pool {}  paired to {}", s.subscriber, realm, s.pool, s.external)},
                    {"Blocks", fmt::format("{} of {}", s.blocks.size(), s.max_blocks)},
                    {"Mappings", fmt::format("TCP {}  UDP {}  ICMP {}{}   refused by limits {}", s.mappings.tcp,
                                             s.mappings.udp, s.mappings.icmp, others, s.refused)}},
          .table = block_table(s.blocks)};
}

}  // namespace

Exit show_subscriber(const Session& session, const std::string& address, const std::string& realm) {
  const auto query = realm.empty() ? Query{} : Query{{"realm", realm}};
  return show(session, below(control::path::kSubscribers, address), query, page_of);
}

}  // namespace cgn::cgnctl
