// SPDX-License-Identifier: Apache-2.0
// Events as what goes into the line.
#include "journal/export/packer.hpp"

#include "journal/export/syslog.hpp"

namespace cgn::journal {

Packer::Packer(const Collector& to, std::uint32_t domain) : transport_{to.transport}, format_{to.format} {
  if (to.type == ExportType::ipfix) flow_.emplace(FlowProtocol::ipfix, domain);
  if (to.type == ExportType::netflow9) flow_.emplace(FlowProtocol::netflow9, domain);
}

std::vector<Payload> Packer::opening(const Mark& node, const Now& now) {
  if (!flow_) return {};
  return {{flow_->templates(node, now), 0}};
}

std::vector<Payload> Packer::pack(std::span<const Event> events, const Now& now) {
  if (!flow_) return lines(events);
  std::vector<Payload> out;
  while (!events.empty()) {
    auto packed = flow_->records(events, now);
    if (!packed.message.empty()) out.push_back({std::move(packed.message), packed.records});
    events = events.subspan(packed.taken);
  }
  return out;
}

std::vector<Payload> Packer::lines(std::span<const Event> events) const {
  std::vector<Payload> out;
  for (const auto& event : events) {
    auto line = syslog_line(event, format_);
    if (!line) continue;
    if (transport_ != Transport::udp) line = counted(*line);
    // A stream has no borders to keep: lines travel together.
    if (transport_ == Transport::udp || out.empty()) out.emplace_back();
    out.back().bytes.insert(out.back().bytes.end(), line->begin(), line->end());
    ++out.back().records;
  }
  return out;
}

}  // namespace cgn::journal
