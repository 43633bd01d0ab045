// SPDX-License-Identifier: Apache-2.0
// Tunnels as operators see them.
#include "daemon/tunnel_dump.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "daemon/call_entries.hpp"
#include "daemon/entries.hpp"
#include "daemon/tunnel_entries.hpp"

namespace cgn::daemon {
namespace {

// The last: the id by which the remote knows a call, which both of its entries name; 0 of all others.
using Place = std::tuple<Proto, InternalAddress, Ipv4, Ipv4, Call::Id>;
Place place_of(const cgn_entry& e) {
  const auto t = tunnel_of(e);
  return {t.proto, t.internal, t.external, t.remote, is_call(e) ? call_of(e).shown : Call::Id{0}};
}

struct Received {
  std::uint64_t packets = 0, bytes = 0;
  Stamp last_seen = 0;
  Call::Id own = 0;
};

control::Mapping to_document(const cgn_entry& outbound, const Received& in, const std::vector<config::Realm>& realms,
                             const Now& now) {
  const auto t = tunnel_of(outbound);
  const auto idle = std::max(now.mono - time_of(std::max(outbound.last_seen, in.last_seen)), Duration{0});
  const auto call = call_of(outbound);
  // A call's ids stand where others have ports.
  const auto end = [called = is_call(outbound)](Ipv4 address, Call::Id id) {
    return called ? to_string(Endpoint{address, Port{id}}) : to_string(address);
  };
  return {.id = outbound.mapping_id,
          .proto = std::string{tunnel_word(t.proto)},
          .internal = end(t.internal.address, in.own),
          .realm = config::realm_name(realms, t.internal.realm),
          .external = end(t.external, call.shown),
          .remote = end(t.remote, call.peer),
          .state = "live",
          .idle_ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(idle).count()),
          .packets_out = outbound.packets,
          .bytes_out = outbound.bytes,
          .packets_in = in.packets,
          .bytes_in = in.bytes};
}

}  // namespace

Result<std::vector<control::Mapping>> tunnel_documents(Facade& facade, const MappingFilter& filter,
                                                       const std::vector<config::Realm>& realms) {
  std::vector<cgn_entry> outbound;
  std::map<Place, Received> received;
  for (auto source = facade.walk_sessions();;) {
    TRY(entries, source());
    if (entries.empty()) break;
    for (const auto& e : entries) {
      if (!is_tunnel(e)) continue;
      const auto t = tunnel_of(e);
      const core::MappingView view{.proto = t.proto,
                                   .internal = {{t.internal.address, {}}, t.internal.realm},
                                   .external = {t.external, {}},
                                   .remote = {t.remote, {}}};
      if (!filter.fits(view)) continue;
      if (is_outbound(e)) {
        outbound.push_back(e);
        continue;
      }
      auto& sum = received[place_of(e)];
      if (is_call(e)) sum.own = call_of(e).own;
      sum.packets += e.packets;
      sum.bytes += e.bytes;
      sum.last_seen = std::max(sum.last_seen, Stamp{e.last_seen});
    }
  }
  const auto now = facade.now();
  std::vector<control::Mapping> documents;
  documents.reserve(outbound.size());
  for (const auto& e : outbound) documents.push_back(to_document(e, received[place_of(e)], realms, now));
  return documents;
}

}  // namespace cgn::daemon
