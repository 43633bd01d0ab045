// SPDX-License-Identifier: Apache-2.0
// A tunnel of the core and its entries in the kernel, there and back.
#include <catch2/catch.hpp>

#include "daemon/tunnel_entries.hpp"
#include "io/session_table.hpp"

namespace cgn::daemon {
namespace {

const core::Tunnel kTunnel{.proto = kEsp,
                           .internal = {Ipv4::parse("100.64.0.7").value(), RealmId{5}},
                           .external = Ipv4::parse("203.0.113.1").value(),
                           .remote = Ipv4::parse("198.51.100.1").value()};

bool same(const core::Tunnel& a, const core::Tunnel& b) {
  return a.proto == b.proto && a.internal == b.internal && a.external == b.external && a.remote == b.remote;
}

}  // namespace

TEST_CASE("a tunnel is read back from each of its entries") {
  CHECK(same(tunnel_of(outbound_entry(kTunnel, 5)), kTunnel));
  CHECK(same(tunnel_of(inbound_entry(kTunnel, 0xc0ffee01, 5)), kTunnel));
  CHECK(same(tunnel_of(mark_entry(kTunnel, true)), kTunnel));
  CHECK(is_tunnel(outbound_entry(kTunnel, 0)));
  CHECK_FALSE(is_tunnel(cgn_entry{}));
}

TEST_CASE("an SPI is in the key as it is on the wire, and 0 is the mark's") {
  const auto key = io::SessionTable::key_of(inbound_entry(kTunnel, 0xc0ffee01, 0));
  CHECK(ntohs(key.port) == 0xc0ff);
  CHECK(ntohs(key.remote_port) == 0xee01);
  CHECK(key.addr == kTunnel.external.net());
  CHECK(key.remote_addr == kTunnel.remote.net());
  CHECK(spi_of(inbound_entry(kTunnel, 0xc0ffee01, 0)) == 0xc0ffee01);
  CHECK(spi_of(mark_entry(kTunnel, true)) == 0);
  CHECK(mark_entry(kTunnel, true).to_port != 0);
  CHECK(mark_entry(kTunnel, false).to_port == 0);
}

TEST_CASE("every entry of a tunnel is sealed: the kernel takes no other for one") {
  for (auto entry : {outbound_entry(kTunnel, 5), inbound_entry(kTunnel, 7, 5), mark_entry(kTunnel, true)}) {
    const auto check = entry.check;
    cgn_entry_seal(&entry);
    CHECK(check == entry.check);
    CHECK(check != 0);
  }
  CHECK(outbound_entry(kTunnel, 5).last_seen == 5);
}

}  // namespace cgn::daemon
