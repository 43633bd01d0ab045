// SPDX-License-Identifier: Apache-2.0
// The names behind the addresses of an answer.
#include "journal/naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "journal/loans.hpp"

namespace cgn::journal {

Result<const IdentityTerms*> Naming::terms(const Prefix& subscriber, const std::string& realm, WallTime until) {
  const Identities::Key key{realm, subscriber};
  if (const auto known = read_.find(key); known != read_.end()) return &known->second;
  TRY(terms, read(key, until));
  return &read_.emplace(key, std::move(terms)).first->second;
}

Result<IdentityTerms> Naming::read(const Identities::Key& key, WallTime until) {
  const auto& volumes = shelf_.volumes();
  IdentityTerms terms{key.second, key.first};
  Loans epochs{volumes[first_].header().opened};  // counts them as the answer's own does
  for (auto i = first_; i < volumes.size(); ++i) {
    const auto& volume = volumes[i];
    if (i > first_ && (!volume.follows || volume.reach > until + kLatestReport)) break;
    TRY(source, shelf_.source(i));
    TRY(rows, source->identities(key.second));
    std::erase_if(rows, [&](const Row& row) { return row.seq > volume.extent.last_seq; });
    TRY(turns, shelf_.turns(i));
    auto turn = turns.begin();
    for (const auto& row : rows) {
      for (; turn != turns.end() && turn->seq < row.seq; ++turn) epochs.apply(*turn, i);
      terms.apply(row, epochs.epoch());
    }
    for (; turn != turns.end(); ++turn) epochs.apply(*turn, i);
  }
  return terms;
}

Result<> Naming::name(Answer& answer, std::size_t epoch, const Window& window) {
  std::vector<Holding> named;
  std::set<std::tuple<std::string, Prefix, std::string>> different;
  for (auto& holder : answer.holders) {
    TRY(known, terms(holder.subscriber, holder.realm, window.to));
    const Window held{std::max(window.from, holder.from), holder.to ? std::min(window.to, *holder.to) : window.to};
    for (const auto& id : known->possible(epoch, held.from < held.to ? held : window)) {
      named.push_back(holder);
      named.back().identity = id;
      different.emplace(holder.realm, holder.subscriber, id);
    }
  }
  answer.holders = std::move(named);
  if (answer.certainty != Certainty::one_holder || different.size() == 1) return {};
  answer.certainty = Certainty::ambiguous;
  answer.reason = "whose address it was changed, or is not known, within the tolerance";
  answer.hint = "Ask with a smaller tolerance; cgnctl whereis shows the holders around this time.";
  return {};
}

Result<> Naming::name(std::vector<Holding>& holdings, const Window& asked, const std::optional<std::string>& only) {
  std::vector<Holding> named;
  for (auto& holding : holdings) {
    TRY(known, terms(holding.subscriber, holding.realm, asked.to));
    const auto end = holding.to ? std::min(asked.to, *holding.to) : asked.to;
    auto ids = known->possible_ever({std::max(asked.from, holding.from), end});
    ids.erase("");
    if (only && !ids.contains(*only)) continue;
    if (ids.size() == 1) holding.identity = *ids.begin();
    if (ids.size() > 1) holding.note += fmt::format("identities in this time: {}", fmt::join(ids, ", "));
    named.push_back(std::move(holding));
  }
  holdings = std::move(named);
  return {};
}

Result<std::vector<Identities::Key>> Naming::subscribers(Shelf& shelf, const std::string& id, const Window& window) {
  std::set<Identities::Key> keys;
  const auto& volumes = shelf.volumes();
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    if (volumes[i].to < window.from || volumes[i].reach > window.to + kLatestReport) continue;
    TRY(source, shelf.source(i));
    TRY(rows, source->rows_of_identity(id));
    for (const auto& row : rows) keys.insert(Identities::key_of(row));
  }
  return std::vector<Identities::Key>{keys.begin(), keys.end()};
}

}  // namespace cgn::journal
