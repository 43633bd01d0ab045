// SPDX-License-Identifier: Apache-2.0
// The control connections that an ALG watches.
#include "daemon/control_connections.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace cgn::daemon {
namespace {

constexpr Duration kClosed = std::chrono::seconds{240};  // RFC 5382 REQ-5: as long a retransmitted FIN may come
constexpr Duration kSilent = std::chrono::seconds{7440};

cgn_session_key key_of(const ControlConnection& c) {
  return {.addr = c.internal.address.net(),
          .remote_addr = c.remote.address.net(),
          .port = c.internal.port.net(),
          .remote_port = c.remote.port.net(),
          .proto = static_cast<__u8>(Proto::tcp),
          .realm = c.internal.realm.value(),
          .pad = {}};
}

ControlConnection connection_of(const cgn_session_key& key) {
  return {.internal = {{Ipv4::from_net(key.addr), Port::from_net(key.port)}, RealmId{key.realm}},
          .remote = {Ipv4::from_net(key.remote_addr), Port::from_net(key.remote_port)}};
}

}  // namespace

ControlConnections::Watched* ControlConnections::watched(const ControlConnection& connection) {
  const auto streams = by_address_.find(connection.internal.host());
  if (streams == by_address_.end()) return nullptr;
  const auto place = std::ranges::find(streams->second, connection, &Watched::connection);
  return place == streams->second.end() ? nullptr : &*place;
}

alg::Stream* ControlConnections::find(const ControlConnection& connection) {
  auto* const found = watched(connection);
  return found == nullptr ? nullptr : &found->stream;
}

alg::Stream* ControlConnections::open(const ControlConnection& connection, alg::Sequence first, Monotonic now) {
  if (auto* const found = find(connection)) return found;
  auto& streams = by_address_[connection.internal.host()];
  if (streams.size() >= kPerAddress || size_ >= kTotal) make_room(streams, now);
  if (streams.size() >= kPerAddress || size_ >= kTotal) return nullptr;
  ++size_;
  return &streams.emplace_back(Watched{.connection = connection, .stream = alg::Stream{first}, .last = now}).stream;
}

// Only of the address that asks: nobody loses by another's appetite.
void ControlConnections::make_room(Streams& streams, Monotonic now) {
  size_ -= std::erase_if(streams, [&](const Watched& w) {
    const auto idle = now - w.last;
    const bool over = (w.ended && idle > kClosed) || idle > kSilent;
    if (over) drop(w);
    return over;
  });
}

void ControlConnections::drop(const Watched& w) {
  if (w.stream.moved()) table_.remove(key_of(w.connection));
}

void ControlConnections::forget(const ControlConnection& connection) {
  const auto streams = by_address_.find(connection.internal.host());
  if (streams == by_address_.end()) return;
  const auto gone = std::erase_if(streams->second, [&](const Watched& w) {
    const bool same = w.connection == connection;
    if (same) drop(w);
    return same;
  });
  size_ -= gone;
  if (streams->second.empty()) by_address_.erase(streams);
}

void ControlConnections::mapping_ended(const core::MappingView& mapping) {
  if (mapping.proto != Proto::tcp) return;
  const auto streams = by_address_.find(mapping.internal.host());
  if (streams == by_address_.end()) return;
  size_ -= std::erase_if(streams->second, [&](const Watched& w) {
    const bool its =
        w.connection.internal == mapping.internal && (!mapping.session || w.connection.remote == mapping.remote);
    if (its) drop(w);
    return its;
  });
  if (streams->second.empty()) by_address_.erase(streams);
}

void ControlConnections::note(const ControlConnection& connection, bool ends, Monotonic now) {
  auto* const found = watched(connection);
  if (found == nullptr) return;
  found->last = now;
  found->ended = ends;
}

bool ControlConnections::keep(const ControlConnection& connection, const alg::Adjustment& a) {
  const cgn_adjustment value{.position = a.position, .length = a.length, .before = a.before, .after = a.after};
  const auto put = table_.put(key_of(connection), value);
  if (!put) spdlog::error("{}", put.error().what);
  return put.has_value();
}

std::size_t ControlConnections::adopt(const core::Translator& translator, Monotonic now) {
  for (const auto& [key, value] : table_.all()) {
    const auto connection = connection_of(key);
    if (!translator.find_internal(Proto::tcp, connection.internal, connection.remote)) {
      table_.remove(key);
      continue;
    }
    const alg::Adjustment a{
        .position = value.position, .length = value.length, .before = value.before, .after = value.after};
    by_address_[connection.internal.host()].push_back(
        {.connection = connection, .stream = alg::Stream{a}, .last = now});
    ++size_;
  }
  return size_;
}

}  // namespace cgn::daemon
