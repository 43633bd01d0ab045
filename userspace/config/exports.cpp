// SPDX-License-Identifier: Apache-2.0
// Reading [[export]].
#include "config/exports.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "config/collector.hpp"
#include "config/tables.hpp"

namespace cgn::config {
namespace {

constexpr std::string_view kExample = "such as \"10.0.0.9:9995\" or \"tls://log.example.net:6514\"";

// Letters, digits, '.', '-' and ':' of a name or an address; what they mean the resolver says.
bool is_host(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':';
  };
  return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, fits);
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

// Cuts "tls://" off.
std::string take_transport(std::string_view& text, Collector& into) {
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) return {};
  const auto word = text.substr(0, mark);
  text.remove_prefix(mark + 3);
  for (const auto t : {Transport::udp, Transport::tcp, Transport::tls}) {
    if (cgn::word_of(t) != word) continue;
    into.transport = t;
    return {};
  }
  return fmt::format("'{}' is no transport: udp, tcp or tls", word);
}

void read_address(Section& section, Collector& c) {
  std::string to;
  if (!section.has("to")) return section.missing("to", "to = \"10.0.0.9:9995\"");
  if (!section.text("to", to)) return;
  if (auto wrong = read_collector_address(to, c); !wrong.empty()) {
    section.complain("to", std::move(wrong), std::string{kExample});
  }
}

void read_files(Section& section, Collector& c) {
  for (const auto& [key, into] :
       {std::pair{"ca", &c.ca}, std::pair{"cert", &c.certificate}, std::pair{"key", &c.key}}) {
    if (!section.text(key, *into)) continue;
    if (c.transport != Transport::tls) section.complain(key, fmt::format("'{}' is for tls:// alone", key));
    if (!into->starts_with('/')) section.complain(key, fmt::format("'{}' is no absolute path", *into));
  }
  if (c.certificate.empty() != c.key.empty()) {
    section.complain(c.key.empty() ? "cert" : "key", "'cert' and 'key' go together");
  }
}

}  // namespace

std::string read_collector_address(std::string_view text, Collector& into) {
  const auto whole = text;
  if (auto wrong = take_transport(text, into); !wrong.empty()) return wrong;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fmt::format("'{}' names no port", whole);
  auto host = text.substr(0, colon);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (!brackets && host.find(':') != std::string_view::npos) {
    return fmt::format("'{}': an IPv6 address stands in brackets", whole);
  }
  if (!is_host(host)) return fmt::format("'{}' names no host", whole);
  if (!read_port(text.substr(colon + 1), into.port)) return fmt::format("'{}' is no port", text.substr(colon + 1));
  into.host = host;
  return {};
}

std::string unfit(const Collector& c) {
  if (c.type == ExportType::netflow9 && c.transport != Transport::udp) return "NetFlow v9 goes over UDP alone";
  if (c.sessions && c.type == ExportType::syslog && c.format == SyslogFormat::junos) {
    return "format \"junos\" has no words for single mappings";
  }
  return {};
}

void read_export(Section& section, Config& config) {
  Export e;
  auto& c = e.collector;
  e.place = section.place("to");
  if (!section.has("name")) section.missing("name", "name = \"archive\"");
  read_name(section, c.name);
  if (!section.has("type")) section.missing("type", "type = \"ipfix\", \"netflow9\" or \"syslog\"");
  const bool typed = section.choice(
      "type", c.type,
      {{"ipfix", ExportType::ipfix}, {"netflow9", ExportType::netflow9}, {"syslog", ExportType::syslog}});
  read_address(section, c);
  const bool formatted = section.choice(
      "format", c.format,
      {{"rfc5424", SyslogFormat::rfc5424}, {"junos", SyslogFormat::junos}, {"nfware", SyslogFormat::nfware}});
  if (formatted && typed && c.type != ExportType::syslog)
    section.complain("format", "'format' is for type \"syslog\" alone");
  section.duration("template_refresh", c.template_refresh, seconds{1});
  section.duration("repeat", c.repeat);
  section.flag("sessions", c.sessions);
  read_files(section, c);
  if (const auto wrong = unfit(c); typed && !wrong.empty())
    section.complain(c.type == ExportType::netflow9 ? "to" : "sessions", wrong);
  for (const auto& other : config.exports) {
    if (other.collector.name == c.name)
      section.complain("name", fmt::format("[[export]] '{}' is there already", c.name));
  }
  if (config.exports.size() == kMostExports) {
    section.complain("name", fmt::format("there are more than {} [[export]]", kMostExports));
  }
  config.exports.push_back(std::move(e));
}

}  // namespace cgn::config
