// SPDX-License-Identifier: Apache-2.0
// cgnctl show dataplane: ports and the modes in force, queues and their losses, the leak guard.
#include <fmt/format.h>

#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  const auto d = json.get<control::Dataplane>();
  Page page;
  page.lines.emplace_back("Mappings", fmt::format("{} of {} ({})", grouped(d.mappings), grouped(d.mapping_limit),
                                                  percent(d.mappings, d.mapping_limit)));
  page.lines.emplace_back("Leak guard", d.guard.whole ? "whole" : "NOT WHOLE");
  for (const auto& missing : d.guard.missing) page.lines.emplace_back("", "missing: " + missing);
  for (const auto& q : d.queues) {
    page.lines.emplace_back(&q == &d.queues.front() ? "Queues" : "",
                            fmt::format("{}: punt_lost {}  rx_ring_full {}  fill_ring_empty {}  tx_invalid {}", q.queue,
                                        q.punt_lost, q.rx_ring_full, q.fill_ring_empty, q.tx_invalid));
  }
  Table table{.columns = {{"PORT"}, {"IFINDEX", true}, {"ROLE"}, {"XDP"}, {"AF_XDP"}, {"QUEUES", true}, {"MTU", true}}};
  for (const auto& p : d.ports) {
    const auto* role = p.internal && p.external ? "both" : p.internal ? "internal" : "external";
    table.rows.push_back({p.interface, std::to_string(p.ifindex), role, p.xdp, p.afxdp, std::to_string(p.queues),
                          std::to_string(p.mtu)});
  }
  page.table = std::move(table);
  return page;
}

}  // namespace

Exit show_dataplane(const Session& session) { return show(session, control::path::kDataplane, {}, page_of); }

}  // namespace cgn::cgnctl
