// SPDX-License-Identifier: Apache-2.0
// What operators are told without asking: refusals that begin and end, marks that are reached and left.
#include <algorithm>

#include "core/state.hpp"

namespace cgn::core {

void Translator::State::end_episodes(const Now& now, std::size_t most, Effects& effects) {
  std::vector<Episode> over;
  episodes.over(now.mono, most, over);
  for (const auto& e : over) {
    effects.emplace_back(AlarmOver{.reason = e.reason,
                                   .subscriber = e.subscriber,
                                   .realm = config::log_name(realms, e.subscriber.realm),
                                   .pool = pools[e.pool].policy().name,
                                   .since = e.since,
                                   .refused = e.refused});
  }
}

// A block at rest is as far from being lent as one that is held.
Translator::State::Fill Translator::State::fill_of(Resource resource, std::size_t pool) const {
  switch (resource) {
    case Resource::first_blocks: {
      if (plans[pool]) return {};  // everybody has one: they never run short
      const auto& use = pool_use[pool];
      const auto most = std::min(pools[pool].first_blocks(), pools[pool].max_subscribers());
      return {std::min(use.first_held + use.first_resting, most), most};
    }
    case Resource::extension_blocks: {
      const auto& use = pool_use[pool];
      return {use.extension_held + use.extension_resting, pools[pool].extension_blocks()};
    }
    case Resource::mappings: return {mapping_counts.sum(), limits.mappings};
  }
  return {};  // not reached: the enum is closed
}

void Translator::State::check_marks(const Now& now, Effects& effects) {
  const auto check = [&](WaterMark& mark, Resource resource, Marks marks, std::size_t pool) {
    const auto fill = fill_of(resource, pool);
    if (!mark.moved(fill.used, fill.most, marks, now.wall)) return;
    effects.emplace_back(Threshold{.resource = resource,
                                   .pool = resource == Resource::mappings ? "" : pools[pool].policy().name,
                                   .reached = mark.reached(),
                                   .used = fill.used,
                                   .most = fill.most});
  };
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const Marks marks{pools[i].policy().alarm_high, pools[i].policy().alarm_low};
    check(pool_use[i].first_mark, Resource::first_blocks, marks, i);
    check(pool_use[i].extension_mark, Resource::extension_blocks, marks, i);
  }
  check(mappings_mark, Resource::mappings, {limits.mappings_alarm_high, limits.mappings_alarm_low}, 0);
}

std::vector<EpisodeView> Translator::episodes(std::size_t most) const {
  const auto& s = *state_;
  std::vector<EpisodeView> out;
  s.episodes.each(most, [&](const Episode& e) {
    out.push_back(EpisodeView{e.reason, e.subscriber, config::log_name(s.realms, e.subscriber.realm),
                              s.pools[e.pool].policy().name, e.since, e.refused});
  });
  return out;
}

std::size_t Translator::episode_count() const { return state_->episodes.count(); }

std::vector<ShortageView> Translator::shortages() const {
  const auto& s = *state_;
  std::vector<ShortageView> out;
  const auto add = [&](const WaterMark& mark, Resource resource, std::size_t pool) {
    if (!mark.reached()) return;
    const auto fill = s.fill_of(resource, pool);
    const auto name = resource == Resource::mappings ? std::string{} : s.pools[pool].policy().name;
    out.push_back({resource, name, mark.since(), fill.used, fill.most});
  };
  for (std::size_t i = 0; i < s.pools.size(); ++i) {
    add(s.pool_use[i].first_mark, Resource::first_blocks, i);
    add(s.pool_use[i].extension_mark, Resource::extension_blocks, i);
  }
  add(s.mappings_mark, Resource::mappings, 0);
  return out;
}

}  // namespace cgn::core
