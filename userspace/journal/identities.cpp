// SPDX-License-Identifier: Apache-2.0
// Whose each subscriber's address is now, as the rows so far show it.
#include "journal/identities.hpp"

namespace cgn::journal {
namespace {

// Ends the term of this row in the instant in which it began.
Row undone(Row set) {
  auto said = read_identity(set).value_or(IdentityRow{});
  said.event = IdentityEvent::end;
  said.to = said.from;
  set.detail = to_detail(said);
  return set;
}

}  // namespace

void Identities::apply(const Row& row) {
  const auto said = read_identity(row);
  if (!said) return;
  const auto key = key_of(row);
  if (said->event == IdentityEvent::set) {
    current_.insert_or_assign(key, row);
    return;
  }
  if (said->event == IdentityEvent::end) current_.erase(key);
  const auto [place, fresh] = over_.try_emplace(key, row);
  if (!fresh && read_identity(place->second)->to.latest <= said->to.latest) place->second = row;
}

void Identities::forget_before(WallTime bound) {
  std::erase_if(over_, [&](const auto& entry) { return read_identity(entry.second)->to.latest < bound; });
}

const Row* Identities::find(const Key& key) const {
  const auto found = current_.find(key);
  return found == current_.end() ? nullptr : &found->second;
}

const Row* Identities::find_over(const Key& key) const {
  const auto found = over_.find(key);
  return found == over_.end() ? nullptr : &found->second;
}

std::vector<Identities::Key> Identities::keys() const {
  std::vector<Key> keys;
  keys.reserve(current_.size());
  for (const auto& [key, row] : current_) keys.push_back(key);
  return keys;
}

std::vector<Row> Identities::current() const {
  std::vector<Row> rows;
  rows.reserve(current_.size());
  for (const auto& [key, row] : current_) rows.push_back(row);
  return rows;
}

std::vector<Row> Identities::over() const {
  std::vector<Row> rows;
  rows.reserve(over_.size());
  for (const auto& [key, row] : over_) rows.push_back(row);
  return rows;
}

std::vector<Row> Identities::back_to(const Identities& former, const std::vector<Key>& keys) const {
  std::vector<Row> rows;
  for (const auto& key : keys) {
    const auto* now = find(key);
    const auto* before = former.find(key);
    if (now != nullptr && (before == nullptr || before->detail != now->detail)) rows.push_back(undone(*now));
    if (before != nullptr && (now == nullptr || before->detail != now->detail)) rows.push_back(*before);
  }
  return rows;
}

}  // namespace cgn::journal
