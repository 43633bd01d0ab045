// SPDX-License-Identifier: Apache-2.0
#include "core/statics.hpp"

#include <algorithm>

#include "config/statics.hpp"

namespace cgn::core {
namespace {

constexpr BlockTicket kFirstTicket = BlockTicket{1} << 63;
// How long a row that the log refused waits for its next try.
constexpr Duration kAgain = std::chrono::seconds{10};

BlockTicket ticket_of(std::size_t loan) { return kFirstTicket + loan; }

MappingView mapping_of(const config::Static& s) {
  if (s.whole) {
    return {.internal = s.internal, .external = s.external, .features = CGN_FEATURE_STATIC | CGN_FEATURE_WHOLE};
  }
  return {.proto = s.proto, .internal = s.internal, .external = s.external, .features = CGN_FEATURE_STATIC};
}

}  // namespace

Statics::Statics(const config::Config& config) {
  for (const auto& s : config.statics) {
    auto loan = std::ranges::find_if(
        loans_, [&](const Loan& l) { return l.external == s.external.address && l.ports == s.ports(); });
    if (loan == loans_.end()) {
      loans_.push_back({.internal = s.internal.host(),
                        .realm = config::log_name(config.realms, s.internal.realm),
                        .external = s.external.address,
                        .ports = s.ports()});
      loan = std::prev(loans_.end());
    }
    const auto number = members_.size();
    loan->members.push_back(number);
    members_.push_back({.mapping = mapping_of(s), .loan = static_cast<std::size_t>(loan - loans_.begin())});
    if (s.whole) {
      internal_.whole.emplace(s.internal.host(), number);
      external_.whole.emplace(InternalAddress{s.external.address, kNowhere}, number);
    } else {
      internal_.ends.emplace(Key{s.internal, s.proto}, number);
      external_.ends.emplace(Key{{s.external, kNowhere}, s.proto}, number);
    }
  }
}

Statics::Found Statics::found(const Member& member) const {
  return {member.mapping, ticket_of(member.loan), loans_[member.loan].state == State::durable};
}

std::optional<Statics::Found> Statics::find(const Index& index, Proto proto, InternalEndpoint end) const {
  if (const auto exact = index.ends.find({end, proto}); exact != index.ends.end()) {
    return found(members_[exact->second]);
  }
  const auto whole = index.whole.find(end.host());
  if (whole == index.whole.end()) return std::nullopt;
  auto answer = found(members_[whole->second]);
  answer.mapping.proto = proto;
  answer.mapping.internal.port = answer.mapping.external.port = end.port;
  return answer;
}

std::optional<Statics::Found> Statics::find_internal(Proto proto, InternalEndpoint internal) const {
  return find(internal_, proto, internal);
}

std::optional<Statics::Found> Statics::find_external(Proto proto, Endpoint external) const {
  return find(external_, proto, {external, kNowhere});
}

Statics::Loan* Statics::loan_of(BlockTicket ticket) {
  return ticket >= kFirstTicket && ticket - kFirstTicket < loans_.size() ? &loans_[ticket - kFirstTicket] : nullptr;
}

BlockEvent Statics::event(BlockEventKind kind, const Loan& loan, const Now& now) {
  return {.kind = kind,
          .subscriber = Prefix::of(loan.internal.address, 32),
          .realm = loan.realm,
          .external = loan.external,
          .ports = loan.ports,
          .pool = std::string{config::kStaticPool},
          .allocated_at = loan.allocated_at,
          .at = now};
}

void Statics::ask(std::size_t number, const Now& now, Effects& effects) {
  auto& loan = loans_[number];
  loan.state = State::asked;
  loan.allocated_at = now.wall;
  effects.emplace_back(Journal{.ticket = ticket_of(number), .event = event(BlockEventKind::allocated, loan, now)});
}

void Statics::install(const Loan& loan, const Now& now, Effects& effects) {
  for (const auto number : loan.members) {
    auto& member = members_[number];
    if (!std::exchange(member.installed, true)) {
      effects.emplace_back(InstallMapping{.mapping = member.mapping, .seen_at = now.mono});
    }
  }
  // Fragments may come to its address from now on.
  effects.emplace_back(AddressLent{.external = loan.external, .lent = true});
}

bool Statics::recorded(BlockTicket ticket, const Now& now, Effects& effects) {
  auto* loan = loan_of(ticket);
  if (loan == nullptr) return false;
  if (loan->state != State::asked) return true;
  loan->state = State::durable;
  install(*loan, now, effects);
  effects.emplace_back(ReleaseHeld{.ticket = ticket, .verdict = CGN_VERDICT_TRANSLATED});
  return true;
}

bool Statics::unrecorded(BlockTicket ticket, const Now& now, Effects& effects) {
  auto* loan = loan_of(ticket);
  if (loan == nullptr) return false;
  if (loan->state != State::asked) return true;
  loan->state = State::waiting;
  loan->again = now.mono + kAgain;
  effects.emplace_back(ReleaseHeld{.ticket = ticket, .verdict = CGN_VERDICT_NO_JOURNAL});
  return true;
}

void Statics::tick(const Now& now, Effects& effects) {
  for (std::size_t i = 0; i < loans_.size(); ++i) {
    // Before begin() nothing has been refused, and nothing may be asked.
    const auto& loan = loans_[i];
    const bool refused = loan.state == State::waiting && loan.again != Monotonic{};
    if (refused && loan.again <= now.mono) ask(i, now, effects);
  }
}

bool Statics::adopt_block(const OpenBlock& open) {
  for (auto& loan : loans_) {
    const bool same = loan.external == open.external && loan.ports == open.ports;
    if (!same || loan.realm != open.realm || Prefix::of(loan.internal.address, 32) != open.subscriber) continue;
    loan.state = State::durable;
    loan.allocated_at = open.allocated_at;
    return true;
  }
  return false;
}

bool Statics::adopt_mapping(const MappingView& found) {
  const auto same = std::ranges::find_if(members_, [&](const Member& m) {
    return m.mapping.proto == found.proto && m.mapping.internal == found.internal &&
           m.mapping.external == found.external && m.mapping.features == found.features;
  });
  if (same == members_.end() || loans_[same->loan].state != State::durable) return false;
  same->installed = true;
  return true;
}

// Continued rows before the first allocation, which tells a reader of the log that adoption is over.
void Statics::tell(const Now& now, Effects& effects) const {
  for (const auto& loan : loans_) {
    if (loan.state != State::durable) continue;
    effects.emplace_back(Journal{.ticket = 0, .event = event(BlockEventKind::continued, loan, now)});
  }
}

void Statics::begin(const Now& now, Effects& effects) {
  for (const auto& loan : loans_) {
    if (loan.state == State::durable) install(loan, now, effects);
  }
  for (std::size_t i = 0; i < loans_.size(); ++i) {
    if (loans_[i].state == State::waiting) ask(i, now, effects);
  }
}

BlockView Statics::view(std::size_t number) const {
  const auto& loan = loans_[number];
  return {.ticket = ticket_of(number),
          .subscriber = {Prefix::of(loan.internal.address, 32), loan.internal.realm},
          .external = loan.external,
          .ports = loan.ports,
          .pool = std::string{config::kStaticPool},
          .state = loan.state == State::durable ? BlockState::held : BlockState::pending,
          .allocated_at = loan.allocated_at};
}

std::vector<BlockView> Statics::blocks(BlockTicket after, std::size_t most) const {
  std::vector<BlockView> out;
  const auto first = after < kFirstTicket ? 0 : after - kFirstTicket + 1;
  for (std::size_t i = first; i < loans_.size() && out.size() < most; ++i) out.push_back(view(i));
  return out;
}

std::vector<BlockView> Statics::blocks_of(InternalAddress internal) const {
  std::vector<BlockView> out;
  for (std::size_t i = 0; i < loans_.size(); ++i) {
    if (loans_[i].internal == internal) out.push_back(view(i));
  }
  return out;
}

std::vector<StaticView> Statics::views() const {
  std::vector<StaticView> out;
  for (const auto& member : members_) {
    const auto& loan = loans_[member.loan];
    out.push_back({member.mapping, loan.state == State::durable, loan.allocated_at});
  }
  return out;
}

}  // namespace cgn::core
