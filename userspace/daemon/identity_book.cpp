// SPDX-License-Identifier: Apache-2.0
// Whose an address is: what a report changes, and what of it goes into the log.
#include "daemon/identity_book.hpp"

#include <algorithm>

namespace cgn::daemon {
namespace {

using journal::IdentityEvent;
using journal::IdentityRow;
using journal::Span;

constexpr std::size_t kFinishedKept = 4;
// Traffic may begin a little before the NAS says so.
// Times are told in whole seconds, so two of one instant may differ by nearly two.
constexpr auto kSlack = std::chrono::seconds{2};
constexpr auto kHeadStart = std::chrono::seconds{5};

Span ordered(WallTime a, WallTime b) { return {std::min(a, b), std::max(a, b)}; }

bool same_session(const std::optional<IdentityBook::Binding>& now, const Claim& claim) {
  return now && !claim.session.empty() && now->session == claim.session && now->source == claim.source;
}

IdentityBook::Session* finished(IdentityBook::Entry& entry, const Claim& claim) {
  const auto found = std::ranges::find(entry.finished, claim.session, &IdentityBook::Session::name);
  return claim.session.empty() || found == entry.finished.end() ? nullptr : &*found;
}

// When a term ended that another follows: an operator's lasts until then, of a session it is known to its last sign.
Span ended_by(const IdentityBook::Binding& former, const Span& next) {
  return former.session.empty() ? next : ordered(former.last_sign, next.latest);
}

void remember(IdentityBook::Entry& entry, IdentityBook::Session session) {
  if (session.name.empty()) return;
  std::erase_if(entry.finished, [&](const auto& s) { return s.name == session.name; });
  entry.finished.push_back(std::move(session));
  if (entry.finished.size() > kFinishedKept) entry.finished.pop_front();
}

// Sessions of the same name come again when a NAS has started anew; what is older than the end of one is of that one.
bool is_over(IdentityBook::Entry& entry, const Claim& claim) {
  return finished(entry, claim) != nullptr && entry.over && claim.when.latest < *entry.over + kSlack;
}

void note_end(IdentityBook::Entry& entry, WallTime end) { entry.over = std::max(entry.over.value_or(end), end); }

IdentityRow row_of(const Claim& claim, IdentityEvent event, const Span& from) {
  return {
      .event = event, .id = claim.id, .source = claim.source, .by = claim.by, .session = claim.session, .from = from};
}

}  // namespace

Note to_note(const journal::Identities::Key& who, const IdentityRow& row, const Now& at) {
  return {.kind = NoteKind::identity,
          .detail = journal::to_detail(row),
          .subscriber = who.second,
          .realm = who.first,
          .at = at};
}

// What the log shows is known exactly as far as the rows tell it; whether a session that holds is alive is told next.
IdentityBook::IdentityBook(const std::vector<journal::Row>& rows) {
  for (const auto& row : rows) {
    const auto said = journal::read_identity(row);
    if (!said) continue;
    auto& entry = entries_[journal::Identities::key_of(row)];
    if (said->event == IdentityEvent::set) {
      entry.now = Binding{said->id, said->session, said->source, said->from, said->from.latest};
      ++bound_;
    } else {
      note_end(entry, said->to.latest - kSlack / 2);
      remember(entry, {said->session, said->from, said->to.earliest == said->to.latest});
    }
  }
}

IdentityBook::Ruling IdentityBook::judge(const Claim& claim) {
  Ruling ruling;
  const auto known = entries_.find(claim.who);
  ruling.before = known == entries_.end() ? Entry{} : known->second;
  auto entry = ruling.before;
  switch (claim.kind) {
    case Claim::Kind::begins: begin(entry, claim, ruling); break;
    case Claim::Kind::lasts: last(entry, claim, ruling); break;
    case Claim::Kind::ends: end(entry, claim, ruling); break;
  }
  if (ruling.rows.empty()) {
    if (entry.undecided > 0) ruling.outcome = Outcome::undecided;
    if (ruling.outcome == Outcome::unchanged && entry.now) put(claim.who, entry);  // its last sign
    return ruling;
  }
  entry.version = ruling.version = ++versions_;
  ++entry.undecided;
  ruling.after = entry;
  put(claim.who, entry);
  return ruling;
}

void IdentityBook::begin(Entry& entry, const Claim& claim, Ruling& ruling) const {
  const bool operators_word = claim.session.empty();
  const bool same = same_session(entry.now, claim) || (operators_word && entry.now);
  if (same && entry.now->id == claim.id) {
    entry.now->last_sign = std::max(entry.now->last_sign, claim.when.earliest);
    return;
  }
  if (is_over(entry, claim)) {
    ruling.outcome = Outcome::late;
    return;
  }
  const auto newest = entry.now ? std::optional{entry.now->from} : std::nullopt;
  if (newest && claim.when.latest < newest->earliest) {
    return note_past(entry, claim, claim.when, ordered(claim.when.latest, newest->latest), ruling);
  }
  if (!entry.now && entry.over && claim.when.latest < *entry.over) {
    return note_past(entry, claim, claim.when, ordered(claim.when.latest, *entry.over), ruling);
  }
  if (!entry.now && !operators_word) ruling.older_is_former = claim.when.earliest - kHeadStart;
  bind(entry, claim, claim.when, ruling);
}

void IdentityBook::last(Entry& entry, const Claim& claim, Ruling& ruling) const {
  if (same_session(entry.now, claim) && entry.now->id == claim.id) {
    entry.now->last_sign = std::max(entry.now->last_sign, claim.when.earliest);
    return;
  }
  ruling.outcome = Outcome::late;
  const bool new_name = same_session(entry.now, claim);
  if (is_over(entry, claim)) return;
  const auto newest = entry.now ? std::optional{new_name ? entry.now->from.latest : entry.now->last_sign} : entry.over;
  if (newest && claim.when.latest < *newest) {
    if (!claim.began || new_name) return;
    return note_past(entry, claim, *claim.began, ordered(claim.when.earliest, *newest), ruling);
  }
  // When it began is told by its own length; else it is known only to be after the last that is known.
  auto from = claim.began.value_or(newest ? ordered(*newest, claim.when.latest) : claim.when);
  if (new_name) from = ordered(entry.now->last_sign, claim.when.latest);
  if (!entry.now && claim.began) ruling.older_is_former = claim.began->earliest - kHeadStart;
  bind(entry, claim, from, ruling);
}

void IdentityBook::end(Entry& entry, const Claim& claim, Ruling& ruling) const {
  const bool operators_word = claim.session.empty();
  // An operator's binding is ended by the end of a session of the same name.
  const bool its_own = same_session(entry.now, claim) || (entry.now && operators_word) ||
                       (entry.now && entry.now->session.empty() && entry.now->id == claim.id);
  if (its_own) {
    const auto from = entry.now->from.latest;
    finish(entry, claim, {std::max(from, claim.when.earliest), std::max(from, claim.when.latest)}, ruling);
    ruling.outcome = Outcome::ended;
    return;
  }
  if (operators_word) return;  // nobody is bound
  if (is_over(entry, claim)) {
    const auto* const past = finished(entry, claim);
    ruling.outcome = Outcome::late;
    if (!past->exact) note_past(entry, claim, past->from, claim.when, ruling);
    return;
  }
  // A session that was never told of.
  const auto last_sign = entry.now ? entry.now->last_sign : entry.over.value_or(claim.when.earliest);
  const bool newest = claim.when.latest >= last_sign;
  const auto from = claim.began.value_or(ordered(std::min(last_sign, claim.when.earliest), claim.when.latest));
  if (newest && entry.now) finish(entry, claim, ended_by(*entry.now, from), ruling);
  ruling.changes_hands = newest;
  note_past(entry, claim, from, claim.when, ruling);
  if (newest) ruling.outcome = Outcome::ended;
}

void IdentityBook::bind(Entry& entry, const Claim& claim, const Span& from, Ruling& ruling) {
  if (entry.now) finish(entry, claim, ended_by(*entry.now, from), ruling);
  ruling.rows.push_back(row_of(claim, IdentityEvent::set, from));
  ruling.outcome = Outcome::bound;
  entry.now = Binding{claim.id, claim.session, claim.source, from, std::max(from.latest, claim.when.earliest)};
}

// The term that is open ends; `claim` is who says so.
void IdentityBook::finish(Entry& entry, const Claim& claim, const Span& to, Ruling& ruling) {
  const auto& was = *entry.now;
  ruling.rows.push_back({.event = IdentityEvent::end,
                         .id = was.id,
                         .source = claim.source,
                         .by = claim.by,
                         .session = was.session,
                         .from = was.from,
                         .to = to});
  ruling.changes_hands = true;
  note_end(entry, claim.when.earliest);
  const bool exact = claim.kind == Claim::Kind::ends && (claim.session == was.session || claim.session.empty());
  remember(entry, {was.session, was.from, exact});
  entry.now.reset();
}

void IdentityBook::note_past(Entry& entry, const Claim& claim, const Span& from, const Span& to, Ruling& ruling) {
  ruling.outcome = Outcome::late;
  auto row = row_of(claim, IdentityEvent::was, from);
  row.to = {std::max(from.latest, to.earliest), std::max(from.latest, to.latest)};
  if (claim.kind == Claim::Kind::ends) note_end(entry, claim.when.earliest);
  remember(entry, {claim.session, from, claim.kind == Claim::Kind::ends});
  ruling.rows.push_back(std::move(row));
}

void IdentityBook::put(const Key& key, const Entry& entry) {
  auto& place = entries_[key];
  bound_ -= place.now ? 1 : 0;
  bound_ += entry.now ? 1 : 0;
  place = entry;
}

void IdentityBook::recorded(const Key& key, const Ruling& ruling) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  if (known->second.version < ruling.version) {  // an earlier one was taken back meanwhile
    const auto undecided = known->second.undecided;
    put(key, ruling.after);
    known->second.undecided = undecided;
  }
  --known->second.undecided;
}

void IdentityBook::unrecorded(const Key& key, const Ruling& ruling) {
  const auto known = entries_.find(key);
  if (known == entries_.end()) return;
  const auto undecided = known->second.undecided;
  if (known->second.version >= ruling.version) put(key, ruling.before);
  known->second.undecided = undecided - 1;
}

const IdentityBook::Binding* IdentityBook::find(const Key& key) const {
  const auto known = entries_.find(key);
  return known == entries_.end() || !known->second.now ? nullptr : &*known->second.now;
}

std::vector<IdentityBook::Key> IdentityBook::of_source(const std::string& source, const std::optional<Key>& after,
                                                       std::size_t most) const {
  std::vector<Key> keys;
  for (auto it = after ? entries_.upper_bound(*after) : entries_.begin(); it != entries_.end(); ++it) {
    if (keys.size() == most) break;
    if (it->second.now && it->second.now->source == source) keys.push_back(it->first);
  }
  return keys;
}

std::vector<IdentityBook::Key> IdentityBook::of_identity(const std::string& id, std::size_t most) const {
  std::vector<Key> keys;
  for (const auto& [key, entry] : entries_) {
    if (keys.size() == most) break;
    if (entry.now && entry.now->id == id) keys.push_back(key);
  }
  return keys;
}

}  // namespace cgn::daemon
