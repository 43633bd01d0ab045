// SPDX-License-Identifier: Apache-2.0
// A block for a first packet; for SCTP the very one that holds its sender's port.
//
// What        The external port of an SCTP mapping is the internal one, because its checksum covers ports. It is there when
//             a block of the subscriber holds it, and free unless another of the subscriber's hosts has it. Else the block
//             that holds it is lent, if it is free: as an extension on the subscriber's address (where the pool is
//             arbitrary, on any), never one of the first blocks, which are promised to others (decision 0010). Who holds
//             no block yet gets a first one that fits, or one that does not and the extension that does.
// Failure     SCTP_PORT when there is no such block, or the port in it is in use or rests. Which addresses are looked at is
//             bounded (Pool): a refusal costs little, however large the pool.
// RFC         9260 section 6.8; 4787 REQ-1 holds as for all
#include "core/state.hpp"

namespace cgn::core {

Translator::State::Loan Translator::State::block_for(const Attempt& attempt, const Now& now, Effects& effects) {
  const auto& [flow, match, tried] = attempt;
  if (keeps_port(flow.proto)) return keep_port(match, flow.internal.port, now, effects);
  const auto subscriber = subscribers.find(match.subscriber);
  const auto block = subscriber ? block_with_free_port(subscribers[*subscriber], flow.proto) : std::nullopt;
  return block ? Loan{.block = *block} : lend(match, flow.proto, now, effects);
}

Translator::State::Loan Translator::State::keep_port(const RuleBook::Match& match, Port port, const Now& now,
                                                     Effects& effects) {
  (void)take_computed(match, now, effects);
  const auto known = subscribers.find(match.subscriber);
  if (known) {
    bool taken = false;
    for (const auto slot : subscribers[*known].blocks) {
      const auto& block = blocks[slot];
      if (!block.ports.ports().contains(port)) continue;
      taken = block.ports.taken(Proto::sctp, port);
      if (!taken && (block.durable() || block.state == LoanState::pending)) return {.block = slot};
    }
    // On its own address the port is another host's; only an arbitrary pool has other addresses for it.
    if (taken && pools[match.pool].policy().pooling == config::Pooling::paired)
      return {.verdict = CGN_VERDICT_SCTP_PORT};
  }
  if (!pools[match.pool].policy().ports.contains(port)) return {.verdict = CGN_VERDICT_SCTP_PORT};
  const auto verdict = may_lend(match, known);
  if (verdict == CGN_VERDICT_BLOCK_LIMIT) return {.verdict = CGN_VERDICT_SCTP_PORT};
  if (verdict != CGN_VERDICT_CONTINUE) return {.verdict = verdict};
  const auto spot = take_with_port(match, port, known ? &subscribers[*known] : nullptr);
  const bool may_extend = !pools[match.pool].is_first(*pools[match.pool].at(0, port));
  if (!spot && (known || !(may_extend || homes.contains(word_of(match.subscriber))))) {
    return {.verdict = CGN_VERDICT_SCTP_PORT};
  }
  if (!spot) {
    const auto first = lend(match, Proto::sctp, now, effects);
    // With a block it is somebody, who may have an extension.
    return first.verdict == CGN_VERDICT_CONTINUE ? keep_port(match, port, now, effects) : first;
  }
  const auto block = new_block(match.pool, *spot);
  begin_loan(block, match, now.wall);
  journal(BlockEventKind::allocated, block, now, effects);
  return {.block = block};
}

std::optional<Spot> Translator::State::take_with_port(const RuleBook::Match& match, Port port,
                                                      const Subscriber* subscriber) {
  auto& pool = pools[match.pool];
  if (plans[match.pool]) {  // the first blocks are all somebody's
    const auto own = pool.at(*pool.index_of(computed_for(match)->external), port);
    return own && !pool.is_first(*own) && pool.take(*own) ? own : std::nullopt;
  }
  // Who may come home to a first block of its own does.
  if (subscriber == nullptr) {
    return homes.contains(word_of(match.subscriber)) ? std::nullopt : pool.take_first_with(port, random);
  }
  const auto own = pool.at(subscriber->address, port);
  if (own && pool.is_first(*own) == !holds_first(*subscriber) && pool.take(*own)) return own;
  if (pool.policy().pooling != config::Pooling::arbitrary || !holds_first(*subscriber)) return std::nullopt;
  return pool.take_extension_with(port, random);
}

}  // namespace cgn::core
