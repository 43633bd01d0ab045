// SPDX-License-Identifier: Apache-2.0
// What must be so after every step of a World, and what a deterministic pool deals out, told naively.
#include <algorithm>

#include "property/core_world.hpp"

namespace cgn::core::test {
namespace {

constexpr Duration kTickOfTest = 62'500us;  // the kernel's stamp: the model needs no rounding
constexpr Duration kLate = 1s + 2 * kTickOfTest;

}  // namespace

// One card to each external address, and again, until everybody has one, rule by rule.
void World::deal() {
  const auto& pool = config_.pools.front();
  const auto& external = pool.addresses.front();
  auto seat = external.first();
  unsigned first = pool.ports.first.value();
  for (const auto& rule : config_.rules) {
    const auto& internal = rule.internal.front();
    for (auto who = internal.first(); who <= internal.last(); who = Ipv4::from_host(who.host() + 1)) {
      const unsigned last = first + pool.block_size - 1;
      const PortRange ports{Port{static_cast<std::uint16_t>(first)}, Port{static_cast<std::uint16_t>(last)}};
      computed_.emplace(InternalAddress{who, rule.realm}, std::pair{seat, ports});
      if (seat == external.last()) first = last + 1;
      seat = seat == external.last() ? external.first() : Ipv4::from_host(seat.host() + 1);
    }
  }
}

std::set<InternalAddress> World::raised() const {
  std::set<InternalAddress> who;
  for (const auto& view : node_->translator.blocks(0, 1000)) {
    if (view.computed) who.insert({view.subscriber.address(), view.subscriber.realm});
  }
  return who;
}

bool World::is_computed(InternalAddress internal, Endpoint external) const {
  const auto own = computed_.find(internal);
  return own != computed_.end() && own->second.first == external.address && own->second.second.contains(external.port);
}

// --- what must always be so --------------------------------------------------------------------------------------------

bool World::ended(const Story& s) const { return ((s.fin_out && s.fin_in) || s.rst) && s.data <= s.closed; }

Duration World::deadline(Proto proto, const Story& s) const {
  const bool both = config_.pools.front().behaviour(proto).refresh == config::Refresh::both;
  switch (proto) {
    case Proto::udp:
    case Proto::udplite:
    case Proto::sctp: return (both ? s.any : s.out) + 300s;
    case Proto::dccp: return (both ? s.any : s.out) + (s.heard ? 7440s : 240s);
    case Proto::icmp: return (both ? s.any : s.out) + 60s;
    case Proto::tcp: break;
  }
  if (ended(s)) return s.closed + 240s;
  const auto closed_once = (s.fin_out && s.fin_in) || s.rst ? s.closed + 240s : 0s;
  return std::max(closed_once, s.ack_out && s.ack_in ? s.any + 7440s : s.out + 240s);
}

// After a sweep everything idle is gone.
void World::check_stories() {
  for (const auto& [key, entry] : node_->kernel) {
    promise(deadline(key.first, stories_[key]) + kLate >= now_, "everything idle expires, " + to_string(key.first));
  }
}

void World::check_everything() {
  std::erase_if(stories_, [&](const auto& s) { return !node_->kernel.contains(s.first); });
  promise(node_->kernel.size() == live_.size(), "the model and the kernel agree on what is installed");
  std::map<SubscriberId, bool> durable;
  for (const auto& [ticket, loan] : loans_) {
    const auto& e = loan.row.event;
    durable[{e.subscriber, config::find_realm(config_.realms, e.realm).value()}] |= loan.durable;
  }
  const auto raised = this->raised();
  for (const auto& who : raised) durable[{Prefix::of(who.address, 32), who.realm}] = true;
  for (const auto& [subscriber, live] : live_subscribers_) {
    promise(!live || durable.contains(subscriber), "who holds no block is not live");
  }
  for (const auto& [subscriber, live] : durable) {
    if (live) promise(live_subscribers_[subscriber], "who holds a durable block is live");
  }
  auto unexplained = lent_;
  for (const auto& [ticket, loan] : loans_) {
    if (loan.durable) --unexplained[loan.row.event.external];
  }
  for (const auto& who : raised) --unexplained[computed_.at(who).first];
  promise(std::ranges::all_of(unexplained, [](const auto& a) { return a.second == 0; }),
          "an address is called lent for each of its durable blocks");
  const auto pool = node_->translator.pools().at(0);
  promise(pool.first_held + pool.first_resting <= pool.first_blocks, "no more first blocks than there are");
  promise(pool.extension_held + pool.extension_resting <= pool.extension_blocks, "no more extensions than there are");
  promise(pool.first_held + pool.extension_held == loans_.size() + raised.size(),
          "every block that is lent is in the log");
  promise(pool.subscribers <= pool.max_subscribers, "no more subscribers than the pool has room for");
  for (const auto& view : node_->translator.blocks(0, 1000)) {
    promise(view.used_udp + view.resting_udp <= view.ports.count(), "no more ports than there are");
  }
}

}  // namespace cgn::core::test
