// SPDX-License-Identifier: Apache-2.0
// A collector: whom a copy of the legal record is sent to, and in which words.
//
// What        One [[export]] of the config; cgnd follows it for good, `cgnctl log replay` for one interval. A passive value.
// RFC         7011 (IPFIX), 3954 (NetFlow v9), 5424 (syslog) over 5426 (UDP), 6587 (TCP), 5425 (TLS)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cgn/time.hpp"

namespace cgn {

enum class ExportType : std::uint8_t { ipfix, netflow9, syslog };
enum class Transport : std::uint8_t { udp, tcp, tls };
enum class SyslogFormat : std::uint8_t { rfc5424, junos, nfware };

struct Collector {
  std::string name{};  // letters, digits, '.', '_', '-'
  ExportType type = ExportType::ipfix;
  Transport transport = Transport::udp;
  std::string host{};  // an address of IPv4 or IPv6, or a name
  std::uint16_t port = 0;
  SyslogFormat format = SyslogFormat::rfc5424;
  Duration template_refresh = std::chrono::seconds{60};
  Duration repeat =
      std::chrono::seconds{10};  // of a stream: how much of what was acknowledged is sent again after a break
  bool sessions = false;         // mappings one by one, which are not in the legal record
  // Of TLS: files in PEM. Without `ca` those that the system trusts; certificate and key are ours, both or none.
  std::string ca{};
  std::string certificate{};
  std::string key{};
  friend bool operator==(const Collector&, const Collector&) = default;
};

[[nodiscard]] constexpr std::string_view word_of(ExportType t) {
  switch (t) {
    case ExportType::ipfix: return "ipfix";
    case ExportType::netflow9: return "netflow9";
    case ExportType::syslog: return "syslog";
  }
  return {};
}

[[nodiscard]] constexpr std::string_view word_of(Transport t) {
  switch (t) {
    case Transport::udp: return "udp";
    case Transport::tcp: return "tcp";
    case Transport::tls: return "tls";
  }
  return {};
}

[[nodiscard]] constexpr std::string_view word_of(SyslogFormat f) {
  switch (f) {
    case SyslogFormat::rfc5424: return "rfc5424";
    case SyslogFormat::junos: return "junos";
    case SyslogFormat::nfware: return "nfware";
  }
  return {};
}

// "udp://10.0.0.9:9995", "tls://[2001:db8::9]:6514"
[[nodiscard]] inline std::string url_of(const Collector& c) {
  const bool bare = c.host.find(':') != std::string::npos;
  return std::string{word_of(c.transport)} + "://" + (bare ? "[" + c.host + "]" : c.host) + ":" +
         std::to_string(c.port);
}

}  // namespace cgn
