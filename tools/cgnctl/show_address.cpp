// SPDX-License-Identifier: Apache-2.0
// cgnctl show address IP: one external address, its blocks and who holds them now.
#include <fmt/format.h>

#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Page page_of(const control::Json& json) {
  const auto address = json.get<control::Address>();
  return {.lines = {{"Address", fmt::format("{}  pool {}", address.address, address.pool)},
                    {"Blocks", fmt::format("{} held by {} subscribers", address.blocks.size(), address.subscribers)}},
          .table = block_table(address.blocks)};
}

}  // namespace

Exit show_address(const Session& session, const std::string& address) {
  return show(session, below(control::path::kAddresses, address), {}, page_of);
}

}  // namespace cgn::cgnctl
