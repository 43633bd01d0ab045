// SPDX-License-Identifier: Apache-2.0
// cgnctl show block: every port block on loan, fetched answer by answer.
#include "cgnctl/show.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Reply fetch(const Session& session, const BlockArguments& arguments) {
  const Client client{session.options};
  control::Blocks all;
  for (std::optional<std::uint64_t> after = 0; after;) {
    Query query{{"after", std::to_string(*after)}};
    if (!arguments.pool.empty()) query.emplace("pool", arguments.pool);
    if (!arguments.address.empty()) query.emplace("address", arguments.address);
    if (!arguments.subscriber.empty()) query.emplace("subscriber", arguments.subscriber);
    if (!arguments.realm.empty()) query.emplace("realm", arguments.realm);
    auto reply = client.get(control::path::kBlocks, query);
    if (reply.exit != Exit::ok) return reply;
    auto part = reply.body.get<control::Blocks>();
    std::move(part.blocks.begin(), part.blocks.end(), std::back_inserter(all.blocks));
    after = part.next;
  }
  return {.body = all};
}

}  // namespace

Exit show_block(const Session& session, const BlockArguments& arguments) {
  return session.watched([&] {
    const auto reply = fetch(session, arguments);
    if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
    if (session.options.wants_json()) {
      session.print(reply.body);
      return Exit::ok;
    }
    return print(session, {.table = block_table(reply.body.get<control::Blocks>().blocks)});
  });
}

}  // namespace cgn::cgnctl
