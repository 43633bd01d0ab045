// SPDX-License-Identifier: Apache-2.0
// Whose the address of one subscriber may have been, at a time.
#include "journal/identity_terms.hpp"

#include <algorithm>

namespace cgn::journal {
namespace {

constexpr Span kAlways{WallTime::min(), WallTime::min()};
constexpr Span kNever{WallTime::max(), WallTime::max()};

}  // namespace

bool IdentityTerms::concerns(const Row& row) const {
  return row.kind == RowKind::identity && row.realm == realm_ && row.subscriber.contains(subscriber_);
}

void IdentityTerms::apply(const Row& row, std::size_t epoch) {
  if (!concerns(row)) return;
  const auto said = read_identity(row);
  if (!said) return;
  Term term{.id = said->id, .session = said->session, .from = said->from, .to = said->to, .to_epoch = epoch};
  term.before_a_step = row.wall < said->from.latest;
  term.from_epoch = term.before_a_step ? 0 : epoch;
  term.open = said->event == IdentityEvent::set;
  const auto same = [&](const Term& t) { return t.id == term.id && t.session == term.session && t.from == term.from; };
  const auto known = std::ranges::find_if(terms_, same);
  if (said->event == IdentityEvent::was || known == terms_.end()) {
    if (term.open) end_unsaid(term.from, epoch);
    terms_.push_back(std::move(term));
    return;
  }
  // Repeated among the opening rows of a file, ended, or taken back after its end was undone.
  known->open = term.open;
  known->to = term.to;
  known->to_epoch = epoch;
}

// A term is followed by another and its end is in no row: it is known only to lie in between.
void IdentityTerms::end_unsaid(const Span& next, std::size_t epoch) {
  const auto open = std::ranges::find_if(terms_, &Term::open);
  if (open == terms_.end()) return;
  open->open = false;
  open->to = {open->from.latest, next.latest};
  open->to_epoch = epoch;
}

IdentityTerms::Seen IdentityTerms::seen_in(const Term& term, std::size_t epoch) const {
  Seen seen{term.from, term.open ? kNever : term.to};
  if (term.before_a_step || term.from_epoch < epoch) seen.from = kAlways;
  if (!term.open && term.to_epoch > epoch) seen.to = kNever;
  return seen;
}

std::set<std::string> IdentityTerms::possible(std::size_t epoch, const Window& window) const {
  std::set<std::string> ids;
  std::vector<Window> known;
  for (const auto& term : terms_) {
    if (term.from_epoch > epoch || (!term.open && term.to_epoch < epoch)) continue;
    const auto [from, to] = seen_in(term, epoch);
    if (from.earliest < window.to && to.latest > window.from) ids.insert(term.id);
    if (from.latest < to.earliest) known.push_back({from.latest, to.earliest});
  }
  std::ranges::sort(known, {}, &Window::from);
  auto filled = window.from;
  for (const auto& part : known) {
    if (part.from <= filled) filled = std::max(filled, part.to);
  }
  if (filled < window.to) ids.insert("");
  return ids;
}

std::set<std::string> IdentityTerms::possible_ever(const Window& window) const {
  std::size_t last = 0;
  for (const auto& term : terms_) last = std::max({last, term.from_epoch, term.to_epoch});
  std::set<std::string> ids;
  for (std::size_t epoch = 0; epoch <= last; ++epoch) ids.merge(possible(epoch, window));
  return ids;
}

}  // namespace cgn::journal
