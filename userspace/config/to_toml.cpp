// SPDX-License-Identifier: Apache-2.0
// The effective config as a file: what `cgnctl config show` prints. Every key that this version reads is written, so
// that an operator sees each default; the order is that of the documentation.
#include <fmt/format.h>

#include <iterator>

#include "config/behaviour.hpp"
#include "config/duration.hpp"
#include "config/parse.hpp"

namespace cgn::config {
namespace {

using Out = std::back_insert_iterator<std::string>;

// A TOML basic string.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string quoted(Duration d) { return quoted(to_string(d)); }

template <class Things, class Name>
std::string list(const Things& things, const Name& name) {
  std::string out = "[";
  for (const auto& thing : things) out += (out.size() == 1 ? "" : ", ") + quoted(name(thing));
  return out + "]";
}

std::string prefixes(const std::vector<Prefix>& all) {
  return list(all, [](const Prefix& p) { return cgn::to_string(p); });
}

std::string_view word(XdpMode mode) {
  switch (mode) {
    case XdpMode::automatic: return "auto";
    case XdpMode::native: return "native";
    case XdpMode::generic: return "generic";
  }
  return "?";
}

std::string_view word(AfXdpMode mode) {
  switch (mode) {
    case AfXdpMode::automatic: return "auto";
    case AfXdpMode::zerocopy: return "zerocopy";
    case AfXdpMode::copy: return "copy";
  }
  return "?";
}

std::string_view word(Refusal refusal) {
  switch (refusal) {
    case Refusal::host_unreachable: return "host-unreachable";
    case Refusal::admin_prohibited: return "admin-prohibited";
    case Refusal::silent: return "silent";
  }
  return "?";
}

void write_interfaces(Out out, const Interfaces& i) {
  const auto name = [](const Interface& one) { return one.name; };
  fmt::format_to(out, "\n[interfaces]\ninternal = {}\nexternal = {}\n", list(i.internal, name), list(i.external, name));
  fmt::format_to(out, "xdp_mode = \"{}\"\nafxdp = \"{}\"\ncoexist = \"exclusive\"\n", word(i.xdp_mode), word(i.afxdp));
  fmt::format_to(out, "subscriber_to_host = {}\ntransit = {}\nbogons = {}\n",
                 list(i.subscriber_to_host, [](const std::string& service) { return service; }), prefixes(i.transit),
                 prefixes(i.bogons));
}

// On one line, and so inside its pool for whoever compares line by line: tcp = {..} is [pool.tcp].
void write_behaviour(Out out, std::string_view protocol, const Behaviour& b) {
  fmt::format_to(out, "{} = {{ mapping = \"{}\", filtering = \"{}\", refresh = \"{}\" }}\n", protocol, word(b.mapping),
                 word(b.filtering), word(b.refresh));
}

void write_pool(Out out, const Pool& p) {
  fmt::format_to(out, "\n[[pool]]\nname = {}\naddresses = {}\nports = \"{}\"\n", quoted(p.name), prefixes(p.addresses),
                 cgn::to_string(p.ports));
  fmt::format_to(out,
                 "block_size = {}\nextension_block_size = {}\nmax_blocks_per_subscriber = {}\nmax_subscribers = {}\n",
                 p.block_size, p.extension_block_size, p.max_blocks_per_subscriber, p.max_subscribers);
  fmt::format_to(out, "pooling = \"{}\"\nallocation = \"{}\"\nport_selection = \"random\"\n",
                 p.pooling == Pooling::paired ? "paired" : "arbitrary",
                 p.is_deterministic() ? "deterministic" : "dynamic");
  fmt::format_to(out, "block_linger = {}\nblock_hold_down = {}\nport_hold_down = {}\narp = \"{}\"\n",
                 quoted(p.block_linger), quoted(p.block_hold_down), quoted(p.port_hold_down),
                 p.answer_arp ? "auto" : "off");
  fmt::format_to(out, "alarm_high = {}\nalarm_low = {}\n", p.alarm_high, p.alarm_low);
  write_behaviour(out, "tcp", p.tcp);
  write_behaviour(out, "udp", p.udp);
  write_behaviour(out, "icmp", p.icmp);
}

// Where there are realms, everything says which one it is of; where there are none, nobody need read of them.
std::string realm_line(const Config& config, RealmId id) {
  return config.realms.empty() ? std::string{} : fmt::format("realm = {}\n", quoted(realm_name(config.realms, id)));
}

void write_realm(Out out, const Realm& r) {
  fmt::format_to(out, "\n[[realm]]\nname = {}\ninterfaces = {}\n", quoted(r.name),
                 list(r.interfaces, [](const Interface& one) { return one.name; }));
  if (!r.route_by.empty()) fmt::format_to(out, "route_by = {}\n", quoted(r.route_by));
}

void write_rule(Out out, const Config& config, const Rule& r) {
  fmt::format_to(out, "\n[[rule]]\n{}internal = {}\naction = \"translate\"\npool = {}\nsubscriber_prefix_length = {}\n",
                 realm_line(config, r.realm), prefixes(r.internal), quoted(r.pool), r.subscriber_prefix_length);
}

void write_bypass(Out out, const Config& config, const Bypass& b) {
  fmt::format_to(out, "\n[[rule]]\n{}action = \"bypass\"\n", realm_line(config, b.realm));
  if (!b.internal.empty()) fmt::format_to(out, "internal = {}\n", prefixes(b.internal));
  if (!b.destinations.empty()) fmt::format_to(out, "destination = {}\n", prefixes(b.destinations));
  if (b.ports.empty()) return;
  fmt::format_to(out, "ports = {}\n", list(b.ports, [](const Bypass::Service& s) {
                   return fmt::format("{}/{}", s.port.value(), cgn::to_string(s.proto));
                 }));
}

void write_static(Out out, const Config& config, const Static& s) {
  fmt::format_to(out, "\n[[static]]\n{}", realm_line(config, s.internal.realm));
  if (s.whole) {
    fmt::format_to(out, "external = \"{}\"\ninternal = \"{}\"\n", cgn::to_string(s.external.address),
                   cgn::to_string(s.internal.address));
    return;
  }
  fmt::format_to(out, "external = \"{}/{}\"\ninternal = \"{}\"\n", cgn::to_string(s.external), cgn::to_string(s.proto),
                 cgn::to_string(s.internal));
}

// Its keys differ by type: those that would be refused are not written.
void write_export(Out out, const Collector& c) {
  fmt::format_to(out, "\n[[export]]\nname = {}\ntype = \"{}\"\nto = {}\n", quoted(c.name), cgn::word_of(c.type),
                 quoted(cgn::url_of(c)));
  if (c.type == ExportType::syslog) fmt::format_to(out, "format = \"{}\"\n", cgn::word_of(c.format));
  fmt::format_to(out, "template_refresh = {}\nrepeat = {}\nsessions = {}\n", quoted(c.template_refresh), quoted(c.repeat),
                 c.sessions);
  if (!c.ca.empty()) fmt::format_to(out, "ca = {}\n", quoted(c.ca));
  if (!c.certificate.empty()) fmt::format_to(out, "cert = {}\nkey = {}\n", quoted(c.certificate), quoted(c.key));
}

void write_timeouts(Out out, const Timeouts& t) {
  fmt::format_to(out, "\n[timeouts]\nudp = {}\n", quoted(t.udp));
  if (t.udp_dns) fmt::format_to(out, "udp_dns = {}\n", quoted(*t.udp_dns));
  fmt::format_to(out, "icmp = {}\ntcp_opening = {}\ntcp_established = {}\ntcp_closing = {}\nfragment = {}\n",
                 quoted(t.icmp), quoted(t.tcp_opening), quoted(t.tcp_established), quoted(t.tcp_closing),
                 quoted(t.fragment));
  fmt::format_to(out, "below_rfc_minimum = {}\n", t.below_rfc_minimum);
}

void write_limits(Out out, const Limits& l) {
  fmt::format_to(out, "\n[limits]\n");
  // A default is not written as if the operator had said it: only what was said is judged against the pools.
  fmt::format_to(out, "{}mappings = {}\n", l.mappings_given ? "" : "# default: ", l.mappings);
  fmt::format_to(out, "subscribers = {}\nmappings_per_subscriber = {}\nports_per_subscriber = {}\n", l.subscribers,
                 l.mappings_per_subscriber, l.ports_per_subscriber);
  fmt::format_to(out, "tcp_ports_per_subscriber = {}\nudp_ports_per_subscriber = {}\nicmp_ids_per_subscriber = {}\n",
                 l.tcp_ports_per_subscriber, l.udp_ports_per_subscriber, l.icmp_ids_per_subscriber);
  fmt::format_to(out, "mappings_alarm_high = {}\nmappings_alarm_low = {}\n", l.mappings_alarm_high,
                 l.mappings_alarm_low);
  fmt::format_to(out, "permissions = {}\npermissions_per_mapping = {}\n", l.permissions, l.permissions_per_mapping);
  fmt::format_to(out, "new_mappings_per_second = {}\nicmp_errors_per_second = {}\nslow_path_packets_per_second = {}\n",
                 l.new_mappings_per_second, l.icmp_errors_per_second, l.slow_path_packets_per_second);
}

std::string_view word(IdentityAttribute attribute) {
  switch (attribute) {
    case IdentityAttribute::user_name: return "User-Name";
    case IdentityAttribute::calling_station_id: return "Calling-Station-Id";
    case IdentityAttribute::class_: return "Class";
    case IdentityAttribute::chargeable_user_identity: return "Chargeable-User-Identity";
  }
  return {};
}

// A secret is not shown, and a file of its own is the way to change it.
void write_radius(Out out, const Radius& r) {
  if (!r.given) return;
  fmt::format_to(out, "\n[radius]\nlisten = \"{}\"\nidentity_attribute = \"{}\"\nuse_netmask = {}\n",
                 cgn::to_string(r.listen), word(r.identity_attribute), r.use_netmask);
  for (const auto& client : r.clients) {
    fmt::format_to(out, "\n[[radius.client]]\naddress = \"{}\"\n", cgn::to_string(client.address));
    if (client.secret_file.empty()) {
      fmt::format_to(out, "secret = \"(hidden)\"\n");
    } else {
      fmt::format_to(out, "secret_file = {}\n", quoted(client.secret_file));
    }
    if (!client.realm.empty()) fmt::format_to(out, "realm = {}\n", quoted(client.realm));
  }
}

}  // namespace

std::string to_toml(const Config& config) {
  std::string text;
  const auto out = std::back_inserter(text);
  fmt::format_to(out, "schema = 1\n\n[node]\nid = {}\nname = {}\n", config.node.id, quoted(config.node.name));
  write_interfaces(out, config.interfaces);
  for (const auto& realm : config.realms) write_realm(out, realm);
  for (const auto& pool : config.pools) write_pool(out, pool);
  for (const auto& rule : config.rules) write_rule(out, config, rule);
  for (const auto& bypass : config.bypasses) write_bypass(out, config, bypass);
  for (const auto& s : config.statics) write_static(out, config, s);
  fmt::format_to(out, "\n[nat]\nmapping = \"endpoint-independent\"\nfiltering = \"{}\"\n", word(config.nat.filtering));
  fmt::format_to(out, "refresh = \"{}\"\n", config.nat.refresh ? word(*config.nat.refresh) : "auto");
  fmt::format_to(out,
                 "hairpin = true\nrefusal = \"{}\"\nanswer_ping = {}\nmidstream = {}\nunsolicited_syn = \"silent\"\n",
                 word(config.nat.refusal), config.nat.answer_ping, config.nat.midstream);
  fmt::format_to(out, "tunnels = [{}{}{}]\n", config.nat.esp ? quoted("esp") : "",
                 config.nat.esp && config.nat.gre ? ", " : "", config.nat.gre ? quoted("gre") : "");
  const auto clamp = config.nat.tcp_mss_clamp;
  fmt::format_to(out, "tcp_mss_clamp = {}\n", clamp == 0 ? quoted("off") : fmt::format("{}", clamp));
  fmt::format_to(out, "wait_for_port = {}\nreclaim_closing = {}\n", quoted(config.nat.wait_for_port),
                 config.nat.reclaim_closing);
  fmt::format_to(out, "\n[alg]\nftp = {}\npptp = {}\n", config.alg.ftp, config.alg.pptp);
  write_timeouts(out, config.timeouts);
  write_limits(out, config.limits);
  const auto& log = config.log;
  fmt::format_to(out, "\n[log]\npath = {}\nretention = {}\nwhen_unwritable = \"refuse\"\n", quoted(log.path),
                 quoted(log.retention));
  if (!log.sign_key.empty()) fmt::format_to(out, "sign_key = {}\n", quoted(log.sign_key));
  fmt::format_to(out, "first_packet_wait = {}\nheartbeat = {}\nrequire_case = {}\n", quoted(log.first_packet_wait),
                 quoted(log.heartbeat), log.require_case);
  if (!log.audit_path.empty()) fmt::format_to(out, "audit_path = {}\n", quoted(log.audit_path));
  for (const auto& e : config.exports) write_export(out, e.collector);
  fmt::format_to(out, "\n[api]\nsocket = {}\n", quoted(config.api.socket));
  write_radius(out, config.radius);
  return text;
}

}  // namespace cgn::config
