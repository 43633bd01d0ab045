// SPDX-License-Identifier: Apache-2.0
// Reading [node], [interfaces], [nat], [alg], [limits], [log], [api]. Timers have a file of their own, pools and rules
// another.
#include "config/tables.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "config/behaviour.hpp"

namespace cgn::config {
namespace {

constexpr std::size_t kLongestInterfaceName = 15;  // IFNAMSIZ - 1
constexpr std::size_t kLongestSocketPath = 107;    // sun_path - 1
constexpr std::size_t kMostBogons = 2048;          // half of the program's table of classes
constexpr std::array<std::string_view, 5> kHostServices{"icmp", "dns", "ntp", "ssh", "all"};

bool is_interface_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestInterfaceName && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || std::isspace(c) != 0; });
}

std::optional<Prefix> read_any_prefix(Section& section, std::string_view key, const std::string& text, Place place) {
  const auto prefix = Prefix::parse(text);
  if (prefix) return prefix;
  const auto slash = text.find('/');
  const auto address = Ipv4::parse(std::string_view{text}.substr(0, slash));
  section.complain(place, fmt::format("'{}' in '{}' is no IPv4 prefix", text, key),
                   address && slash != std::string::npos ? "host bits must be zero, and a length is 0 to 32"
                                                         : "such as 203.0.113.0/24 or 203.0.113.7");
  return std::nullopt;
}

// Public lists have 0.0.0.0/8 and 224.0.0.0/3 in them: what no host has is a fine bogon.
std::optional<Prefix> read_bogon(Section& section, const std::string& text, Place place) {
  const auto prefix = read_any_prefix(section, "bogons", text, place);
  if (!prefix || prefix->length() > 0) return prefix;
  section.complain(place, fmt::format("{} in 'bogons' is every address", text), "only what is never routed to you");
  return std::nullopt;
}

void read_ports(Section& section, std::string_view key, std::vector<Interface>& into) {
  std::size_t named = 0;
  const bool readable = section.texts(key, [&](const std::string& name, Place place) {
    ++named;
    const bool repeated =
        std::any_of(into.begin(), into.end(), [&name](const Interface& known) { return known.name == name; });
    if (!is_interface_name(name)) {
      section.complain(place, fmt::format("'{}' cannot be the name of an interface", name), "see: ip link");
    } else if (repeated) {
      section.complain(place, fmt::format("interface '{}' stands in '{}' twice", name, key));
    } else {
      into.push_back({name, place});
    }
  });
  if (!section.has(key)) {
    section.missing(key, fmt::format("{} = [\"eth0\"]", key));
  } else if (readable && named == 0) {
    section.complain(key, fmt::format("'{}' names no interface", key));
  }
}

void read_host_services(Section& section, std::vector<std::string>& into) {
  constexpr std::string_view kKey = "subscriber_to_host";
  if (section.has(kKey)) into.clear();
  section.texts(kKey, [&](const std::string& service, Place place) {
    if (std::find(kHostServices.begin(), kHostServices.end(), service) == kHostServices.end()) {
      section.complain(place, fmt::format("'{}' is no service of '{}'", service, kKey), "of: icmp, dns, ntp, ssh, all");
    } else {
      into.push_back(service);
    }
  });
}

void read_tunnels(Section& section, Nat& nat) {
  constexpr std::string_view kKey = "tunnels";
  if (section.has(kKey)) nat.esp = nat.gre = false;
  section.texts(kKey, [&](const std::string& word, Place place) {
    if (word == "esp") {
      nat.esp = true;
    } else if (word == "gre") {
      nat.gre = true;
    } else {
      section.complain(place, fmt::format("'{}' in '{}' is no tunnel that can be translated", word, kKey),
                       "of: esp, gre");
    }
  });
}

void read_path(Section& section, std::string_view key, std::string& into, std::size_t longest) {
  std::string path = into;
  if (!section.text(key, path)) return;
  if (!path.starts_with('/')) {
    section.complain(key, fmt::format("'{}' in {} must be an absolute path, not '{}'", key, section.name(), path));
  } else if (path.size() > longest) {
    section.complain(key, fmt::format("'{}' in {} is {} bytes long", key, section.name(), path.size()),
                     fmt::format("{} at most", longest));
  } else {
    into = path;
  }
}

// Less than 88 no Linux host would use (its smallest segment); 65495 is what an IPv4 packet can hold.
void read_mss_clamp(Section& section, std::uint16_t& into) {
  constexpr std::string_view kKey = "tcp_mss_clamp";
  if (!section.is_text(kKey)) {
    unsigned most = into;
    if (section.number(kKey, most, {.least = 88, .most = 65495})) into = static_cast<std::uint16_t>(most);
    return;
  }
  std::string word;
  if (section.text(kKey, word) && word != "off") {
    section.complain(
        kKey, fmt::format("'{}' in {} must be a number of bytes or \"off\", not \"{}\"", kKey, section.name(), word),
        "such as 1452 for PPPoE");
  }
}

// A packet that waits longer is repeated by its sender anyway, and the queue of those that wait is short.
void read_wait(Section& section, Duration& into) {
  constexpr Duration kLongest = std::chrono::seconds{1};
  Duration wait = into;
  if (!section.duration("wait_for_port", wait)) return;
  if (wait > kLongest) {
    section.complain("wait_for_port", fmt::format("'wait_for_port' in {} is {}", section.name(), to_string(wait)),
                     "1s at most; 50ms is plenty, 0s turns it off");
  } else {
    into = wait;
  }
}

}  // namespace

void read_alarm(Section& section, const AlarmKeys& keys, unsigned& high, unsigned& low) {
  section.number(keys.high, high, {.least = 0, .most = 100});
  // Who moves only the upper mark means the lower one to follow.
  if (!section.has(keys.low)) low = std::min(low, high);
  section.number(keys.low, low, {.least = 0, .most = 100});
  if (low <= high) return;
  section.complain(keys.low,
                   fmt::format("'{}' in {} is {}, above '{}' of {}: an alarm would end before it begins", keys.low,
                               section.name(), low, keys.high, high),
                   fmt::format("{} at most", high));
  low = high;
}

void read_name(Section& section, std::string& into) {
  std::string name = into;
  if (!section.text("name", name)) return;
  const bool plain = !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  });
  if (plain) {
    into = name;
  } else {
    section.complain("name", fmt::format("'{}' cannot be a name in {}", name, section.name()),
                     "1 to 64 letters, digits, '.', '_' or '-'");
  }
}

std::optional<Prefix> read_prefix(Section& section, std::string_view key, const std::string& text, Place place) {
  const auto prefix = read_any_prefix(section, key, text, place);
  if (!prefix) return std::nullopt;
  // Not part of any sender or receiver (RFC 6890): 0/8, 127/8, 169.254/16, multicast and above.
  constexpr std::array kImpossible{Prefix::of(Ipv4::from_host(0), 8), Prefix::of(Ipv4::from_host(127u << 24), 8),
                                   Prefix::of(Ipv4::from_host(169u << 24 | 254u << 16), 16),
                                   Prefix::of(Ipv4::from_host(224u << 24), 3)};
  for (const auto& impossible : kImpossible) {
    if (!impossible.overlaps(*prefix)) continue;
    section.complain(place, fmt::format("{} in '{}' overlaps {}, which no host has", text, key, to_string(impossible)));
    return std::nullopt;
  }
  return prefix;
}

void read_node(Section& section, Node& node) {
  section.number("id", node.id, {.least = 0, .most = 0xffffffff});
  read_name(section, node.name);
}

void read_interfaces(Section& section, Interfaces& interfaces) {
  read_ports(section, "internal", interfaces.internal);
  read_ports(section, "external", interfaces.external);
  section.choice("xdp_mode", interfaces.xdp_mode,
                 {{"auto", XdpMode::automatic}, {"native", XdpMode::native}, {"generic", XdpMode::generic}});
  section.choice("afxdp", interfaces.afxdp,
                 {{"auto", AfXdpMode::automatic}, {"zerocopy", AfXdpMode::zerocopy}, {"copy", AfXdpMode::copy}});
  read_host_services(section, interfaces.subscriber_to_host);
  section.texts("transit", [&](const std::string& text, Place place) {
    if (const auto prefix = read_prefix(section, "transit", text, place)) interfaces.transit.push_back(*prefix);
  });
  section.only_word("coexist", "exclusive");
  section.texts("bogons", [&](const std::string& text, Place place) {
    if (const auto prefix = read_bogon(section, text, place)) interfaces.bogons.push_back(*prefix);
  });
  if (interfaces.bogons.size() > kMostBogons) {
    section.complain("bogons", fmt::format("'bogons' names {} prefixes", interfaces.bogons.size()),
                     fmt::format("{} at most; the rest belongs to the border router", kMostBogons));
  }
}

void read_nat(Section& section, Nat& nat) {
  read_defaults(section, nat);
  section.only_flag("hairpin", true);
  section.choice("refusal", nat.refusal,
                 {{"host-unreachable", Refusal::host_unreachable},
                  {"admin-prohibited", Refusal::admin_prohibited},
                  {"silent", Refusal::silent}});
  read_tunnels(section, nat);
  section.flag("answer_ping", nat.answer_ping);
  section.flag("midstream", nat.midstream);
  // RFC 5382 REQ-4a: nothing is told to whoever knocks at a port that nobody holds.
  section.only_word("unsolicited_syn", "silent");
  read_mss_clamp(section, nat.tcp_mss_clamp);
  read_wait(section, nat.wait_for_port);
  section.flag("reclaim_closing", nat.reclaim_closing);
}

void read_alg(Section& section, Alg& alg) {
  section.flag("ftp", alg.ftp);
  alg.pptp_place = section.place("pptp");
  section.flag("pptp", alg.pptp);
}

void read_limits(Section& section, Limits& limits) {
  limits.place = section.place("mappings");
  limits.mappings_given = section.number("mappings", limits.mappings, {.least = 1, .most = 100'000'000});
  section.number("subscribers", limits.subscribers, {.least = 1, .most = 10'000'000});
  section.number("mappings_per_subscriber", limits.mappings_per_subscriber, {});
  section.number("ports_per_subscriber", limits.ports_per_subscriber, {});
  section.number("tcp_ports_per_subscriber", limits.tcp_ports_per_subscriber, {});
  section.number("udp_ports_per_subscriber", limits.udp_ports_per_subscriber, {});
  section.number("icmp_ids_per_subscriber", limits.icmp_ids_per_subscriber, {});
  read_alarm(section, {"mappings_alarm_high", "mappings_alarm_low"}, limits.mappings_alarm_high,
             limits.mappings_alarm_low);
  section.number("permissions", limits.permissions, {.least = 1, .most = 100'000'000});
  section.number("permissions_per_mapping", limits.permissions_per_mapping, {.least = 1, .most = 4096});
  section.number("new_mappings_per_second", limits.new_mappings_per_second, {});
  section.number("icmp_errors_per_second", limits.icmp_errors_per_second, {});
  section.number("slow_path_packets_per_second", limits.slow_path_packets_per_second, {.least = 1});
}

void read_log(Section& section, Log& log) {
  read_path(section, "path", log.path, 4000);
  if (!section.has("retention")) {
    section.missing("retention", "how long the law wants it, such as \"730d\"; there is no default");
  }
  section.duration("retention", log.retention, std::chrono::hours{1});
  read_path(section, "sign_key", log.sign_key, 4000);
  section.only_word("when_unwritable", "refuse");
  section.duration("first_packet_wait", log.first_packet_wait, std::chrono::milliseconds{1});
  section.duration("heartbeat", log.heartbeat, std::chrono::seconds{1});
  section.flag("require_case", log.require_case);
  read_path(section, "audit_path", log.audit_path, 4000);
  section.not_yet({"interim"});
}

void read_api(Section& section, Api& api) { read_path(section, "socket", api.socket, kLongestSocketPath); }

}  // namespace cgn::config
