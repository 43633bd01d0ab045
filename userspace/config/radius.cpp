// SPDX-License-Identifier: Apache-2.0
// [radius] and [[radius.client]].
#include "config/radius.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "config/realms.hpp"

namespace cgn::config {
namespace {

constexpr std::size_t kShortSecret = 8;

void read_listen(Section& section, Radius& radius) {
  std::string text;
  if (!section.text("listen", text)) {
    if (!section.has("listen")) section.missing("listen", "an address of this box and a port: \"192.0.2.1:1813\"");
    return;
  }
  const auto end = parse_endpoint(text);
  if (!end || end->port == Port{0} || end->address == Ipv4{}) {
    section.complain(
        "listen", fmt::format("'{}' in [radius] is no address to listen on", text),
        "one address of this box and a port: \"192.0.2.1:1813\"; answers must come from where they were asked");
    return;
  }
  radius.listen = *end;
}

void read_address(Section& section, const Radius& radius, RadiusClient& client) {
  std::string text;
  if (!section.text("address", text)) {
    if (!section.has("address")) section.missing("address", "from where it sends: \"10.0.0.1\"");
    return;
  }
  const auto address = Ipv4::parse(text);
  if (!address) {
    return section.complain("address", fmt::format("'{}' in [[radius.client]] is no IPv4 address", text),
                            "from where it sends: \"10.0.0.1\"");
  }
  const auto twice = std::ranges::find(radius.clients, *address, &RadiusClient::address);
  if (twice != radius.clients.end()) {
    return section.complain("address", fmt::format("{} is two clients", text),
                            "one [[radius.client]] for each address");
  }
  client.address = *address;
}

void read_secret(Section& section, RadiusClient& client) {
  const bool here = section.text("secret", client.secret);
  const bool elsewhere = section.text("secret_file", client.secret_file);
  if (here && elsewhere) {
    return section.complain("secret_file", "a [[radius.client]] has 'secret' and 'secret_file'", "leave one away");
  }
  if (elsewhere || (section.has("secret") && !here)) return;
  if (!here) return section.missing("secret", "or secret_file, whose first line is the secret");
  if (client.secret.size() >= kShortSecret) return;
  section.complain("secret", fmt::format("the secret has {} characters", client.secret.size()),
                   fmt::format("{} at least: MD5 tries short ones in seconds", kShortSecret));
}

void read_client(Section& section, const Config& config, Radius& radius) {
  RadiusClient client;
  client.place = section.place("address");
  read_address(section, radius, client);
  read_secret(section, client);
  auto realm = kDefaultRealm;
  read_realm_name(section, config, realm);
  client.realm = log_name(config.realms, realm);
  radius.clients.push_back(std::move(client));
}

}  // namespace

void read_radius(Section& section, Config& config) {
  auto& radius = config.radius;
  radius.given = true;
  read_listen(section, radius);
  section.choice("identity_attribute", radius.identity_attribute,
                 {{"User-Name", IdentityAttribute::user_name},
                  {"Calling-Station-Id", IdentityAttribute::calling_station_id},
                  {"Class", IdentityAttribute::class_},
                  {"Chargeable-User-Identity", IdentityAttribute::chargeable_user_identity}});
  section.flag("use_netmask", radius.use_netmask);
  for (const auto* one : section.tables("client")) {
    Section client{*one, "[[radius.client]]", section.complaints()};
    read_client(client, config, radius);
    client.finish();
  }
  if (radius.clients.empty()) section.complain("client", "[radius] has no [[radius.client]]", "who may report?");
}

}  // namespace cgn::config
