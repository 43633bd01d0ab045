// SPDX-License-Identifier: Apache-2.0
// The mapping dump: a filter, a walk, and the two entries of a mapping as one line.
#include "daemon/mapping_dump.hpp"

#include <algorithm>
#include <charconv>

#include "cgn/control.hpp"
#include "cgn/tunnel.hpp"
#include "daemon/asked.hpp"
#include "daemon/entries.hpp"
#include "daemon/tunnel_dump.hpp"
#include "daemon/tunnel_entries.hpp"

namespace cgn::daemon {

namespace {

using Realms = std::vector<config::Realm>;

struct Place {
  Prefix prefix{};
  std::optional<Port> port{};
};

// "IP", "IP:PORT" or "PREFIX".
std::optional<Place> parse_place(const std::string& text) {
  if (const auto endpoint = parse_endpoint(text)) return Place{Prefix::of(endpoint->address, 32), endpoint->port};
  if (const auto prefix = Prefix::parse(text)) return Place{*prefix, {}};
  return std::nullopt;
}

// Of whole addresses: every protocol and port.
bool is_whole(const cgn_entry& entry) { return (entry.features & CGN_FEATURE_WHOLE) != 0; }

// As the daemon judges lifetimes (decision 1), in one word.
std::string state_of(const cgn_entry& outbound, const std::optional<cgn_entry>& inbound) {
  if ((outbound.features & CGN_FEATURE_STATIC) != 0) return "static";
  if (outbound.key.proto != IPPROTO_TCP) return "live";
  const unsigned out = outbound.seen;
  const unsigned in = inbound ? inbound->seen : 0u;
  const Stamp closed = std::max(outbound.closed_at, inbound ? inbound->closed_at : Stamp{0});
  const Stamp data = std::max(outbound.last_data, inbound ? inbound->last_data : Stamp{0});
  const bool ended = (out & in & CGN_SEEN_FIN) != 0 || ((out | in) & CGN_SEEN_RST) != 0;
  if (ended && data <= closed) return "closing";
  return (out & in & CGN_SEEN_ACK) != 0 ? "established" : "opening";
}

control::Mapping to_document(const cgn_entry& outbound, const std::optional<cgn_entry>& inbound, const Realms& realms,
                             const Now& now) {
  const auto mapping = to_mapping(outbound);
  const bool whole = is_whole(outbound);
  const Stamp last = std::max(outbound.last_seen, inbound ? inbound->last_seen : Stamp{0});
  const Duration idle = std::max(now.mono - time_of(last), Duration{0});
  return {.id = mapping.id,
          .proto = whole ? "any" : to_string(mapping.proto),
          .internal = whole ? to_string(mapping.internal.address) : to_string(mapping.internal),
          .realm = config::realm_name(realms, mapping.internal.realm),
          .external = whole ? to_string(mapping.external.address) : to_string(mapping.external),
          .remote = to_string(mapping.remote),
          .state = state_of(outbound, inbound),
          .shared = (outbound.seen & CGN_SEEN_SHARED) != 0,
          .idle_ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(idle).count()),
          .packets_out = outbound.packets,
          .bytes_out = outbound.bytes,
          .packets_in = inbound ? inbound->packets : 0,
          .bytes_in = inbound ? inbound->bytes : 0};
}

cgn_key key_of(Ipv4 address, Port port, std::uint8_t proto, std::uint8_t realm) {
  return {.addr = address.net(), .port = port.net(), .proto = proto, .realm = realm};
}

std::optional<cgn_entry> outbound_entry(Facade& facade, const MappingFilter& filter, std::uint8_t proto,
                                        RealmId realm) {
  const auto port = [proto](Port p) { return proto == 0 ? Port{} : p; };
  if (filter.internal_port) {
    return facade.read_entry(key_of(filter.internal->address(), port(*filter.internal_port), proto, realm.value()));
  }
  const auto inbound =
      facade.read_entry(key_of(filter.external->address(), port(*filter.external_port), proto, CGN_REALM_EXTERNAL));
  return inbound ? facade.read_entry(twin_key(*inbound)) : std::nullopt;
}

// The outbound entries of one endpoint, at most one per protocol or that of its whole address, then the end.
EntrySource look_up(Facade& facade, const MappingFilter& filter) {
  return [&facade, filter, done = false]() mutable -> Result<std::vector<cgn_entry>> {
    std::vector<cgn_entry> found;
    if (std::exchange(done, true)) return found;
    auto wanted = one_or_all(facade.config().realms, filter.realm);
    if (!filter.internal_port) wanted.resize(1, kDefaultRealm);  // the external end says which it is
    for (const auto realm : wanted) {
      for (const Proto proto : kProtos) {
        const auto entry = outbound_entry(facade, filter, static_cast<std::uint8_t>(proto), realm);
        if (entry) found.push_back(*entry);
      }
      if (const auto whole = outbound_entry(facade, filter, 0, realm)) found.push_back(*whole);
    }
    return found;
  };
}

class Dump {
 public:
  Dump(Facade& facade, const MappingFilter& filter, EntrySource mappings)
      : facade_{&facade},
        filter_{filter},
        source_{std::move(mappings)},
        sessions_{facade.walk_sessions()},
        realms_{facade.config().realms} {}

  bool operator()(std::string& out) {
    auto entries = source_();
    if (!entries) return end(out, {.shown = shown_, .error = entries.error().what});
    if (entries->empty() && std::exchange(in_sessions_, true)) return tunnels(out);
    if (entries->empty()) source_ = std::move(sessions_);
    const Now now = facade_->now();
    for (const auto& entry : *entries) {
      if (!is_outbound(entry) || is_tunnel(entry) || !filter_.fits(to_mapping(entry))) continue;
      if (filter_.limit != 0 && shown_ == filter_.limit) return end(out, {.shown = shown_, .more = true});
      line(out, to_document(entry, twin_of(entry), realms_, now));
      ++shown_;
    }
    return true;
  }

 private:
  [[nodiscard]] std::optional<cgn_entry> twin_of(const cgn_entry& entry) const {
    return in_sessions_ ? facade_->read_session(twin_session(entry)) : facade_->read_entry(twin_key(entry));
  }
  // They come last, and have no ports.
  bool tunnels(std::string& out) {
    if (filter_.internal_port || filter_.external_port) return end(out, {.shown = shown_});
    const auto documents = tunnel_documents(*facade_, filter_, realms_);
    if (!documents) return end(out, {.shown = shown_, .error = documents.error().what});
    for (const auto& document : *documents) {
      if (filter_.limit != 0 && shown_ == filter_.limit) return end(out, {.shown = shown_, .more = true});
      line(out, document);
      ++shown_;
    }
    return end(out, {.shown = shown_});
  }
  static void line(std::string& out, const control::Json& document) { (out += control::to_text(document)) += '\n'; }
  static bool end(std::string& out, const control::MappingsEnd& last) {
    line(out, last);
    return false;
  }

  Facade* facade_;
  MappingFilter filter_;
  EntrySource source_;    // mappings, then sessions
  EntrySource sessions_;  // until their turn comes
  Realms realms_;
  bool in_sessions_ = false;
  std::uint64_t shown_ = 0;
};

Result<> read_place(const io::ControlRequest& request, const char* key, std::optional<Prefix>& prefix,
                    std::optional<Port>& port) {
  const auto text = value_of(request, key);
  if (!text) return {};
  const auto place = parse_place(*text);
  if (!place) return fail(std::string{key} + " '" + *text + "' is no address, prefix or endpoint", "100.64.0.7:5000");
  prefix = place->prefix;
  port = place->port;
  return {};
}

}  // namespace

Result<MappingFilter> MappingFilter::of(const io::ControlRequest& request, const Realms& realms) {
  MappingFilter filter;
  TRY(realm, asked_realm(realms, value_of(request, "realm")));
  filter.realm = realm;
  TRY_VOID(read_place(request, "internal", filter.internal, filter.internal_port));
  TRY_VOID(read_place(request, "external", filter.external, filter.external_port));
  if (const auto text = value_of(request, "proto")) {
    filter.proto = parse_proto(*text);
    if (!filter.proto) filter.proto = parse_tunnel(*text);
    if (!filter.proto)
      return fail("proto '" + *text + "' is none that cgnd translates",
                  "tcp, udp, icmp, udplite, dccp, sctp, esp or gre");
  }
  if (const auto text = value_of(request, "limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), filter.limit);
    if (error != std::errc{} || end != text->data() + text->size()) return fail("limit '" + *text + "' is no number");
  }
  return filter;
}

bool MappingFilter::fits(const core::MappingView& mapping) const {
  const bool whole = (mapping.features & CGN_FEATURE_WHOLE) != 0;
  const auto is_port = [whole](const std::optional<Port>& wanted, Port p) { return !wanted || whole || *wanted == p; };
  return (!realm || mapping.internal.realm == *realm) && (!internal || internal->contains(mapping.internal.address)) &&
         is_port(internal_port, mapping.internal.port) && (!external || external->contains(mapping.external.address)) &&
         is_port(external_port, mapping.external.port) && (!proto || whole || *proto == mapping.proto);
}

io::ControlLines dump_mappings(Facade& facade, const MappingFilter& filter) {
  const bool exact = filter.internal_port || filter.external_port;
  return Dump{facade, filter, exact ? look_up(facade, filter) : facade.walk_entries()};
}

}  // namespace cgn::daemon
