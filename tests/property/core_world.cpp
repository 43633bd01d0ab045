// SPDX-License-Identifier: Apache-2.0
#include "property/core_world.hpp"

#include <algorithm>
#include <utility>

#include "config/deterministic.hpp"

namespace cgn::core::test {
namespace {

constexpr Duration kTickOfTest = 62'500us;  // the kernel's stamp: the model needs no rounding
constexpr auto kHoldDown = 120s;

OpenBlock block_of(const Journal& row) {
  const auto& e = row.event;
  return {e.subscriber, e.realm, e.external, e.ports, e.pool, e.allocated_at};
}

bool collide(const OpenBlock& a, const OpenBlock& b) { return a.external == b.external && a.ports.overlaps(b.ports); }

constexpr RealmId kEast{2};

// The same prefixes once more: whoever has an address here has a namesake there.
config::Config twice(config::Config config) {
  config.realms = {{.name = "east", .id = kEast, .interfaces = {}, .route_by = "by-east", .place = {}}};
  for (const auto& rule : std::vector{config.rules}) {
    config.rules.push_back(rule);
    config.rules.back().realm = kEast;
  }
  config::Complaints complaints;
  config::settle_deterministic(config, complaints);
  return config;
}

}  // namespace

World::World(const config::Config& config, std::uint64_t seed)
    : random_{seed}, config_{twice(config)}, node_{std::make_unique<Node>(config_, seed)} {
  listen();
  if (config.pools.front().is_deterministic()) deal();
}

void World::listen() {
  node_->mood = LogMood::silent;
  node_->watch = [this](const Effect& e, Duration t) { hear(e, t); };
  // Now and then a packet comes between judgement and removal.
  node_->slips_in = [this](SeenBoth& seen) {
    if (below(8) == 0) seen.outbound.last_seen = stamp_of(at(now_).mono);
  };
}

void World::promise(bool kept, const std::string& sentence) {
  if (!kept && breach.empty()) breach = sentence;
}

// --- operations --------------------------------------------------------------------------------------------------------

void World::step() {
  switch (below(40)) {
    case 0: clear_something(); break;
    case 1:
      if (below(40) == 0) restart();
      break;
    default:
      switch (below(5)) {
        case 0:
        case 1: open_flow(); break;
        case 2: packet(); break;
        case 3: answer_log(); break;
        case 4: pass_time(); break;
      }
  }
  check_everything();
}

Flow World::random_flow() {
  const InternalAddress address{Ipv4::from_host(ip("100.64.0.0").host() + below(6)), below(2) ? kEast : kDefaultRealm};
  const auto internal = on(address, 1000 + below(30));
  const auto of = [&](Proto proto, InternalEndpoint from) {
    return Flow{.proto = proto, .internal = from, .remote = server, .tcp = {}};
  };
  switch (below(12)) {
    case 0: return of(Proto::udplite, internal);
    case 1: return of(Proto::dccp, internal);
    case 2: return of(Proto::sctp, on(address, config_.pools.front().ports.first.value() + below(30)));
    case 3:
    case 4:
    case 5: return udp(internal);
    case 6:
    case 7:
    case 8: return ping(internal);
    default: return syn(internal);
  }
}

void World::open_flow() {
  const auto flow = random_flow();
  auto decision = node_->out(flow, now_);
  if (decision.remedy == Remedy::reclaim) {
    reclaiming_for_ = flow.internal.host();
    decision = node_->insist(flow, now_);
    reclaiming_for_.reset();
  }
  if (decision.verdict == CGN_VERDICT_TRANSLATED) {
    promise(node_->installed(flow.proto, flow.internal), "a translated packet has an installed mapping");
    node_->sent(flow.proto, flow.internal, now_);
    auto& story = stories_[{flow.proto, flow.internal}];
    story.out = story.any = now_;
  } else if (decision.verdict == CGN_VERDICT_HELD) {
    promise(!node_->installed(flow.proto, flow.internal), "a held packet's mapping is not installed");
    promise(loans_.contains(decision.ticket) && !loans_[decision.ticket].durable, "what is held waits for a row");
  } else {
    ++reached.refused;
  }
}

void World::packet() {
  if (stories_.empty()) return;
  const auto chosen = std::next(stories_.begin(), below(static_cast<unsigned>(stories_.size())));
  const auto [proto, internal] = chosen->first;
  auto& story = chosen->second;
  const bool outbound = below(2) == 0;
  std::uint8_t bits = 0;
  bool data = false;
  if (proto == Proto::tcp) {
    switch (below(6)) {
      case 0: bits = CGN_SEEN_FIN | CGN_SEEN_ACK; break;
      case 1: bits = below(3) == 0 ? CGN_SEEN_RST : CGN_SEEN_ACK; break;
      default:
        bits = CGN_SEEN_ACK;
        data = below(2) == 0;
        break;
    }
  }
  outbound ? node_->sent(proto, internal, now_, bits, data) : node_->received(proto, internal, now_, bits, data);
  story.any = now_;
  if (outbound) story.out = now_;
  if (!outbound) story.heard = true;
  if (data) story.data = now_;
  if ((bits & CGN_SEEN_ACK) != 0) (outbound ? story.ack_out : story.ack_in) = true;
  if ((bits & CGN_SEEN_FIN) != 0) (outbound ? story.fin_out : story.fin_in) = true;
  if ((bits & CGN_SEEN_RST) != 0) story.rst = true;
  if ((bits & (CGN_SEEN_FIN | CGN_SEEN_RST)) != 0) story.closed = now_;
}

void World::pass_time() {
  now_ += kTickOfTest * (below(4) == 0 ? below(2000) : below(200));
  node_->sweep(now_);
  check_stories();
}

void World::answer_log() {
  if (unanswered_.empty()) return;
  const auto chosen = unanswered_.begin() + below(static_cast<unsigned>(unanswered_.size()));
  const auto ticket = *chosen;
  unanswered_.erase(chosen);
  auto& loan = loans_.at(ticket);
  const bool recorded = below(10) != 0;
  if (!loan.releasing) {
    loan.durable = recorded;
    if (!recorded) {
      ++reached.unrecorded;
      rests_.push_back({block_of(loan.row), now_, false});
      loans_.erase(ticket);
    }
    return node_->answer(ticket, recorded, now_);
  }
  if (recorded) {
    rests_.push_back({block_of(loan.row), now_, true});
    loans_.erase(ticket);
    return node_->answer_release(ticket, now_);
  }
  loan.releasing = false;
  node_->translator.release_unrecorded(ticket, at(now_));
}

void World::clear_something() {
  const auto flow = random_flow();
  Effects effects;
  if (below(3) == 0) {
    (void)node_->translator.clear_subscriber(alone(flow.internal.host()), at(now_), effects);
  } else {
    (void)node_->translator.clear_mapping(flow.proto, flow.internal, at(now_), effects);
  }
  for (const auto& e : effects) {
    if (const auto* removal = std::get_if<RemoveMapping>(&e)) cleared_.insert(removal->mapping.id);
  }
  node_->apply(effects, now_);
}

// Of the rows that nobody had answered for, any may have become durable.
void World::restart() {
  ++reached.restarts;
  for (const auto ticket : unanswered_) {
    auto& loan = loans_.at(ticket);
    const bool durable = below(2) == 0;
    if (!loan.releasing) {
      loan.durable = durable;
    } else if (durable) {
      rests_.push_back({block_of(loan.row), now_, true});
      loans_.erase(ticket);
    }
  }
  unanswered_.clear();
  std::erase_if(loans_, [](const auto& l) { return !l.second.durable; });
  // Of what never became durable nothing was sent and nothing is known.
  std::erase_if(rests_, [](const Rest& r) { return !r.home; });

  auto before = std::move(node_);
  node_ = std::make_unique<Node>(config_, random_());
  listen();
  live_.clear();
  live_subscribers_.clear();
  lent_.clear();
  stories_.clear();
  for (const auto& [ticket, loan] : std::exchange(loans_, {})) {
    promise(node_->translator.adopt_block(block_of(loan.row), at(now_)), "a block of the same config is adopted");
  }
  for (const auto& rest : rests_) {
    node_->translator.rest_block(rest.block.external, rest.block.ports, at(rest.from).mono);
  }
  for (const auto& [key, entry] : before->kernel) {
    promise(node_->translator.adopt_mapping(entry.mapping, entry.seen, at(now_)), "a mapping in its block is adopted");
    auto adopted = entry;
    adopted.mapping = node_->translator.find_internal(key.first, key.second).value_or(entry.mapping);
    node_->kernel.insert_or_assign(key, adopted);
    live_.insert_or_assign({key.first, entry.mapping.external}, key.second);
    ++reached.adopted;
  }
  Effects effects;
  node_->translator.finish_adoption(at(now_), effects);
  node_->apply(effects, now_);
  // The model forgets the stories of before and lets the kernel's stamps speak from here on.
  for (const auto& [key, entry] : node_->kernel) {
    node_->sent(key.first, key.second, now_);
    auto& seen = node_->kernel.at(key).seen;
    Story story;
    story.out = story.any = now_;
    const auto time = [](Stamp s) { return s == 0 ? Duration{} : time_of(s) - at(0s).mono; };
    story.data = time(seen.last_data());
    story.closed = time(seen.closed_at());
    story.any = std::max(now_, time(seen.last_seen()));
    story.ack_out = (seen.outbound.bits & CGN_SEEN_ACK) != 0;
    story.ack_in = (seen.inbound.bits & CGN_SEEN_ACK) != 0;
    story.fin_out = (seen.outbound.bits & CGN_SEEN_FIN) != 0;
    story.fin_in = (seen.inbound.bits & CGN_SEEN_FIN) != 0;
    story.rst = (seen.either() & CGN_SEEN_RST) != 0;
    story.heard = seen.inbound.last_seen != 0;
    stories_[key] = story;
  }
}

// --- the model's ears --------------------------------------------------------------------------------------------------

void World::hear(const Effect& effect, Duration t) {
  std::visit([&](const auto& e) { heard(e, t); }, effect);
}

void World::heard(const Journal& row, Duration t) {
  switch (row.event.kind) {
    case BlockEventKind::allocated:
      check_lent(row, t);
      loans_[row.ticket] = {row, false, false};
      unanswered_.push_back(row.ticket);
      return;
    case BlockEventKind::continued: loans_[row.ticket] = {row, true, false}; return;
    case BlockEventKind::released: {
      promise(loans_.contains(row.ticket) && loans_[row.ticket].durable, "only a durable block is released");
      const auto used = [&](const auto& l) {
        return l.first.second.address == row.event.external && row.event.ports.contains(l.first.second.port);
      };
      promise(std::ranges::none_of(live_, used), "a block with live mappings is not released");
      loans_[row.ticket].releasing = true;
      unanswered_.push_back(row.ticket);
    }
  }
}

void World::check_lent(const Journal& row, Duration t) {
  const auto block = block_of(row);
  const bool arbitrary = config_.pools.front().pooling == config::Pooling::arbitrary;
  unsigned held = 0;
  for (const auto& [ticket, loan] : loans_) {
    promise(!collide(block_of(loan.row), block), "a block has one owner at a time");
    if (loan.row.event.subscriber != block.subscriber || loan.row.event.realm != block.realm) continue;
    const bool same = loan.row.event.external == block.external;
    promise(same || arbitrary, "a subscriber keeps one external address");
    if (!same) ++reached.several_addresses;
    held += loan.releasing ? 0 : 1;
  }
  for (const auto& [who, own] : computed_) {
    promise(own.first != block.external || !own.second.overlaps(block.ports), "nobody is lent what is computed");
  }
  if (computes()) {
    const auto realm = config::find_realm(config_.realms, block.realm).value();
    const InternalAddress holder{block.subscriber.address(), realm};
    promise(computed_.at(holder).first == block.external, "overflow is on the computed address");
    held += raised().contains(holder) ? 1 : 0;
  }
  promise(held < config_.pools.front().max_blocks_per_subscriber, "no subscriber holds more blocks than it may");
  for (const auto& rest : rests_) {
    if (!collide(rest.block, block)) continue;
    const bool over = t - rest.from >= kHoldDown;
    const bool same = rest.block.subscriber == block.subscriber && rest.block.realm == block.realm;
    promise(over || (same && rest.home), "a block rests 120 s before another gets it");
    if (over && !same) ++reached.block_moved;
    if (!over && same) ++reached.block_came_home;
  }
  // A rest that its holder broke off stands until the new row is durable: a crash would bring it back.
  std::erase_if(rests_, [&](const Rest& r) { return t - r.from >= kHoldDown && collide(r.block, block); });
}

void World::heard(const InstallMapping& install, Duration t) {
  const auto& m = install.mapping;
  const External external{m.proto, m.external};
  promise(m.proto != Proto::sctp || m.external.port == m.internal.port, "an SCTP port is kept");
  if (m.proto == Proto::sctp) ++reached.kept_ports;
  if (std::exchange(just_removed_, std::nullopt) == m.id) {
    // A packet slipped in: the mapping goes on as if it had never been removed.
    ++reached.revivals;
    stories_[{m.proto, m.internal}].out = stories_[{m.proto, m.internal}].any = t;
    live_.insert_or_assign(external, m.internal);
    freed_.erase(external);
    return;
  }
  ++reached.installs;
  const auto holder = live_.find(external);
  promise(holder == live_.end() || holder->second == m.internal, "no two live mappings share an external endpoint");
  const auto covers = [&](const auto& l) {
    const auto& e = l.second.row.event;
    return l.second.durable && e.external == m.external.address && e.ports.contains(m.external.port) &&
           e.subscriber.contains(m.internal.address) && e.realm == config::log_name(config_.realms, m.internal.realm);
  };
  const bool own = is_computed(m.internal.host(), m.external);
  if (computes()) ++(own ? reached.computed : reached.overflow);
  promise(own || std::ranges::any_of(loans_, covers), "a mapping's block is durable before the mapping is installed");
  if (const auto freed = freed_.find(external); freed != freed_.end()) {
    const bool same = freed->second.internal == m.internal;
    const bool over = t - freed->second.when >= kHoldDown;
    promise(same || over || freed->second.tracked, "a port rests 120 s before another endpoint gets it");
    ++(same ? reached.port_came_back : reached.port_moved);
    freed_.erase(freed);
  }
  live_.insert_or_assign(external, m.internal);
  auto& story = stories_[{m.proto, m.internal}];
  story = {};
  story.out = story.any = t;
}

void World::heard(const RemoveMapping& removal, Duration t) {
  const auto& m = removal.mapping;
  promise(live_.contains({m.proto, m.external}), "only what is installed is removed");
  const auto& story = stories_[{m.proto, m.internal}];
  const bool by_order = cleared_.erase(m.id) > 0;
  const bool reclaimed = m.proto == Proto::tcp && ended(story) && reclaiming_for_ == m.internal.host();
  promise(by_order || reclaimed || deadline(m.proto, story) < t, "nothing live expires");
  if (reclaimed) ++reached.reclaimed;
  freed_.insert_or_assign({m.proto, m.external}, Freed{m.internal, t, m.proto == Proto::tcp && ended(story)});
  live_.erase({m.proto, m.external});
  just_removed_ = m.id;
  ++reached.ends;
}

void World::heard(const SubscriberLive& s, Duration) {
  promise(live_subscribers_[s.subscriber] != s.live, "a subscriber is called live once, and gone once");
  live_subscribers_[s.subscriber] = s.live;
  promise(s.live || !raised().contains({s.subscriber.address(), s.subscriber.realm}), "a computed block is for good");
}

void World::heard(const AddressLent& a, Duration) { lent_[a.external] += a.lent ? 1 : -1; }

}  // namespace cgn::core::test
