// SPDX-License-Identifier: Apache-2.0
// cgnctl status: one screen. Is it up, how does it carry packets, is there room, is the record written?
#include <fmt/format.h>

#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

std::string port_text(const control::Port& port) {
  const auto* role = port.internal && port.external ? "internal+external" : port.internal ? "internal" : "external";
  return fmt::format("{} {} {}q ({} XDP, AF_XDP {})", role, port.interface, port.queues, port.xdp, port.afxdp);
}

std::string traffic_text(const control::Traffic& t) {
  if (t.interval_ms == 0) return "no interval measured yet";
  const double carried = t.translated + t.punted;
  const auto share = carried > 0 ? fmt::format("{:.1f} %", 100 * t.translated / carried) : "-";
  return fmt::format("{}pps received   fast path {}   punted {}/s   refused {}/s (see: cgnctl show drops)",
                     scaled(t.received) + " ", share, scaled(t.punted), scaled(t.refused));
}

std::string pool_text(const control::Pool& pool) {
  return fmt::format("{}   {} subscribers used ({}/{})   first blocks {}/{} held, {} resting   extensions {}/{}",
                     pool.name, percent(pool.subscribers, pool.max_subscribers), grouped(pool.subscribers),
                     grouped(pool.max_subscribers), grouped(pool.first_held), grouped(pool.first_blocks),
                     grouped(pool.first_resting), grouped(pool.extension_held), grouped(pool.extension_blocks));
}

std::string log_text(const control::LogStore& log) {
  std::string text = fmt::format("today {} events   seq {}   {} queued", grouped(log.events_today),
                                 grouped(log.last_seq), grouped(log.queued));
  text += log.writable ? "   writable" : "   NOT WRITABLE: " + log.trouble;
  text += fmt::format("   kept {} days", log.retention_seconds / 86'400);
  if (log.free_bytes != 0) text += "   " + bytes_text(log.free_bytes) + " free";
  return text + "   " + log.file;
}

Page page_of(const control::Json& json) {
  const auto s = json.get<control::Status>();
  Page page;
  auto& lines = page.lines;
  lines.emplace_back(
      fmt::format("cgnd {}  node {} ({})  {}  up {}   config {} loaded {}", s.version, s.node_name, s.node_id, s.state,
                  duration_text(s.uptime_seconds), s.config_file, s.config_loaded_at),
      "");
  const auto several = [&](std::string_view label, const auto& things, const auto& text) {
    for (const auto& thing : things) lines.emplace_back(&thing == &things.front() ? label : "", text(thing));
    if (things.empty()) lines.emplace_back(label, "none");
  };
  several("Dataplane", s.ports, port_text);
  lines.emplace_back("Traffic", traffic_text(s.traffic));
  lines.emplace_back(
      "Subscribers",
      fmt::format("{} with a block   mappings {} of {}   tcp {}   udp {}   icmp {}{}", grouped(s.subscribers),
                  grouped(s.mappings), grouped(s.mapping_limit), grouped(s.mappings_by_protocol.tcp),
                  grouped(s.mappings_by_protocol.udp), grouped(s.mappings_by_protocol.icmp),
                  s.mappings_by_protocol.other > 0 ? "   other " + grouped(s.mappings_by_protocol.other) : ""));
  several("Pools", s.pools, pool_text);
  lines.emplace_back("Log store", log_text(s.log));
  lines.emplace_back("Leak guard", s.guard.whole ? "whole" : "NOT WHOLE");
  several("Warnings", s.warnings, [](const std::string& warning) { return warning; });
  return page;
}

}  // namespace

Exit status(const Session& session) { return show(session, control::path::kStatus, {}, page_of); }

}  // namespace cgn::cgnctl
