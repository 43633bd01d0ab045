// SPDX-License-Identifier: Apache-2.0
// What changes from one config to the next.
#include "config/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "config/parse.hpp"

namespace cgn::config {
namespace {

struct LiveKey {
  std::string_view table;
  std::string_view key;
};

constexpr std::array kLive{
    LiveKey{"[interfaces]", "subscriber_to_host"},
    LiveKey{"[[pool]]", "max_blocks_per_subscriber"},
    LiveKey{"[[pool]]", "block_linger"},
    LiveKey{"[[pool]]", "block_hold_down"},
    LiveKey{"[[pool]]", "port_hold_down"},
    LiveKey{"[[pool]]", "alarm_high"},
    LiveKey{"[[pool]]", "alarm_low"},
    LiveKey{"[nat]", "refusal"},
    LiveKey{"[nat]", "tunnels"},
    LiveKey{"[nat]", "answer_ping"},
    LiveKey{"[nat]", "midstream"},
    LiveKey{"[nat]", "wait_for_port"},
    LiveKey{"[nat]", "reclaim_closing"},
    LiveKey{"[timeouts]", "udp"},
    LiveKey{"[timeouts]", "udp_dns"},
    LiveKey{"[timeouts]", "icmp"},
    LiveKey{"[timeouts]", "tcp_opening"},
    LiveKey{"[timeouts]", "tcp_established"},
    LiveKey{"[timeouts]", "tcp_closing"},
    LiveKey{"[timeouts]", "below_rfc_minimum"},
    LiveKey{"[limits]", "mappings_per_subscriber"},
    LiveKey{"[limits]", "ports_per_subscriber"},
    LiveKey{"[limits]", "tcp_ports_per_subscriber"},
    LiveKey{"[limits]", "udp_ports_per_subscriber"},
    LiveKey{"[limits]", "icmp_ids_per_subscriber"},
    LiveKey{"[limits]", "mappings_alarm_high"},
    LiveKey{"[limits]", "mappings_alarm_low"},
    LiveKey{"[limits]", "new_mappings_per_second"},
    LiveKey{"[limits]", "icmp_errors_per_second"},
    LiveKey{"[limits]", "slow_path_packets_per_second"},
    LiveKey{"[log]", "first_packet_wait"},
    LiveKey{"[[export]]", "name"},
    LiveKey{"[[export]]", "type"},
    LiveKey{"[[export]]", "to"},
    LiveKey{"[[export]]", "format"},
    LiveKey{"[[export]]", "template_refresh"},
    LiveKey{"[[export]]", "repeat"},
    LiveKey{"[[export]]", "sessions"},
    LiveKey{"[[export]]", "ca"},
    LiveKey{"[[export]]", "cert"},
    LiveKey{"[[export]]", "key"},
};

struct Value {
  std::string text;
  bool live = false;
};
using Values = std::map<std::string, Value>;

// The table that is being read: its header, and what tells it from others of that header.
struct Table {
  std::string header = "";
  std::string name = "";
  [[nodiscard]] std::string of(const std::string& key) const {
    if (header.empty()) return key;
    return name.empty() ? fmt::format("{} {}", header, key) : fmt::format("{} {}: {}", header, name, key);
  }
};

bool is_live(const Table& table, const std::string& key) {
  return std::ranges::any_of(kLive, [&](const LiveKey& k) { return k.table == table.header && k.key == key; });
}

// The lines that to_toml() wrote. A table of which there are several is known by its name, else by its number.
Values values_of(const Config& config) {
  constexpr std::string_view kDefault = "# default: ";
  Values values;
  std::map<std::string, unsigned> seen;
  Table table;
  std::istringstream lines{to_toml(config)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kDefault)) line.erase(0, kDefault.size());
    if (line.starts_with("[")) {
      const auto number = ++seen[line];
      table = {.header = line, .name = line.starts_with("[[") ? fmt::format("number {}", number) : ""};
      continue;
    }
    const auto equals = line.find(" = ");
    if (equals == std::string::npos) continue;
    const auto key = line.substr(0, equals);
    const auto text = line.substr(equals + 3);
    if (key == "name" && !table.name.empty() && text.size() > 2) table.name = text.substr(1, text.size() - 2);
    values.insert_or_assign(table.of(key), Value{text, is_live(table, key)});
  }
  return values;
}

}  // namespace

Reload compare(const Config& now, const Config& next) {
  const auto before = values_of(now);
  const auto after = values_of(next);
  Reload reload;
  const auto note = [&](const std::string& key, const Value* from, const Value* to) {
    const bool live = (from != nullptr ? from : to)->live;
    (live ? reload.live : reload.restart)
        .push_back({key, from != nullptr ? from->text : "", to != nullptr ? to->text : ""});
  };
  for (const auto& [key, value] : before) {
    const auto other = after.find(key);
    if (other == after.end()) {
      note(key, &value, nullptr);
    } else if (other->second.text != value.text) {
      note(key, &value, &other->second);
    }
  }
  // Nothing shows a secret, not even this.
  for (const auto& client : next.radius.clients) {
    const auto same = std::ranges::find(now.radius.clients, client.address, &RadiusClient::address);
    if (same == now.radius.clients.end() || same->secret == client.secret) continue;
    reload.restart.push_back({fmt::format("[[radius.client]] {}: secret", cgn::to_string(client.address)), "", ""});
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) note(key, nullptr, &value);
  }
  return reload;
}

}  // namespace cgn::config
