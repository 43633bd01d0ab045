// SPDX-License-Identifier: Apache-2.0
// cgnctl show pool [NAME]: how full, of what.
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  Table table{.columns = {{"POOL"},
                          {"ADDRESSES", true},
                          {"SUBSCRIBERS", true},
                          {"MAX", true},
                          {"USED", true},
                          {"FIRST-SIZE", true},
                          {"FIRST-HELD", true},
                          {"FIRST-RESTING", true},
                          {"FIRST-BLOCKS", true},
                          {"EXT-SIZE", true},
                          {"EXT-HELD", true},
                          {"EXT-RESTING", true},
                          {"EXT-BLOCKS", true},
                          {"RATIO", true}}};
  const auto text = [](std::uint64_t value) { return std::to_string(value); };
  for (const auto& p : json.get<control::Pools>().pools) {
    table.rows.push_back({p.name, text(p.addresses), text(p.subscribers), text(p.max_subscribers),
                          percent(p.subscribers, p.max_subscribers), text(p.block_size), text(p.first_held),
                          text(p.first_resting), text(p.first_blocks), text(p.extension_block_size),
                          text(p.extension_held), text(p.extension_resting), text(p.extension_blocks),
                          p.ratio > 0 ? text(p.ratio) + ":1" : "-"});
  }
  return {.table = std::move(table)};
}

}  // namespace

Exit show_pool(const Session& session, const std::string& name) {
  const auto path = name.empty() ? std::string{control::path::kPools} : below(control::path::kPools, name);
  return show(session, path, {}, page_of);
}

}  // namespace cgn::cgnctl
