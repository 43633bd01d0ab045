// SPDX-License-Identifier: Apache-2.0
// Permissions, learned and asked for.
#include "daemon/filter.hpp"

#include "daemon/turning_point.hpp"

namespace cgn::daemon {
namespace {

cgn_permission_key key_of(const core::Permission& p) {
  return io::PermissionTable::key_of(p.proto, p.external, p.remote);
}

core::Permission permission_of(const cgn_permission_key& key) {
  return {.proto = static_cast<Proto>(key.proto),
          .external = {Ipv4::from_net(key.addr), Port::from_net(key.port)},
          .remote = {Ipv4::from_net(key.remote_addr), Port::from_net(key.remote_port)}};
}

}  // namespace

Verdict Filter::judge(const Punted& punted, const core::MappingView& mapping, const Now& now) {
  const auto& view = punted.view;
  // The kernel has judged it by what it quotes; and it is no interest in its receiver (RFC 7857 s.7.1).
  if (view.quote) return CGN_VERDICT_CONTINUE;
  if (punted.header.direction == CGN_INBOUND) return hears(mapping, view.source);
  if (const auto verdict = admit(mapping, view.destination, now); verdict != CGN_VERDICT_CONTINUE) return verdict;
  if (punted.header.direction != CGN_HAIRPIN) return CGN_VERDICT_CONTINUE;
  const auto receiver = translator_.find_external(mapping.proto, turning_point(view, mapping), mapping.external);
  return receiver ? hears(*receiver, mapping.external) : CGN_VERDICT_CONTINUE;
}

Verdict Filter::admit(const core::MappingView& mapping, Endpoint remote, const Now& now) {
  const auto wanted = core::permission_of(mapping.features, mapping.proto, mapping.external, remote);
  return wanted ? learn(*wanted, stamp_of(now.mono)) : CGN_VERDICT_CONTINUE;
}

Verdict Filter::hears(const core::MappingView& receiver, Endpoint sender) const {
  const auto needed = core::permission_of(receiver.features, receiver.proto, receiver.external, sender);
  return !needed || book_.has(*needed) ? CGN_VERDICT_CONTINUE : CGN_VERDICT_FILTERED;
}

Verdict Filter::learn(const core::Permission& p, Stamp now) {
  const auto [answer, forgotten] = book_.learn(
      p, [this](const core::Permission& q) { return last_seen(q); }, now);
  if (forgotten) table_.remove(key_of(*forgotten));
  switch (answer) {
    case core::Permissions::Answer::known: return CGN_VERDICT_CONTINUE;
    case core::Permissions::Answer::full: return CGN_VERDICT_PERMISSION_LIMIT;
    case core::Permissions::Answer::learned: break;
  }
  if (table_.insert(key_of(p), {.last_seen = now})) return CGN_VERDICT_CONTINUE;
  book_.forget(p);
  return CGN_VERDICT_PERMISSION_LIMIT;
}

void Filter::mapping_ended(const core::MappingView& mapping) {
  for (const auto& p : book_.forget_mapping(mapping.proto, mapping.external)) table_.remove(key_of(p));
}

Stamp Filter::last_seen(const core::Permission& p) const {
  const auto found = table_.read(key_of(p));
  return found ? found->last_seen : 0;
}

void Filter::tick(const Now& now, std::size_t most) {
  const auto look = [this](const core::Permission& p) { return last_seen(p); };
  for (const auto& p : book_.expire(look, stamp_of(now.mono), most)) table_.remove(key_of(p));
}

std::size_t Filter::adopt(const Now& now) {
  for (const auto& key : table_.keys()) {
    const auto p = permission_of(key);
    const auto mapping = translator_.find_external(p.proto, p.external);
    const bool asked = mapping && core::permission_of(mapping->features, p.proto, p.external, p.remote) == p;
    const auto look = [this](const core::Permission& q) { return last_seen(q); };
    const auto learned = asked ? book_.learn(p, look, stamp_of(now.mono)) : core::Permissions::Learned{};
    if (learned.forgotten) table_.remove(key_of(*learned.forgotten));
    if (learned.answer == core::Permissions::Answer::full) table_.remove(key);
  }
  return book_.size();
}

}  // namespace cgn::daemon
