// SPDX-License-Identifier: Apache-2.0
// Inside the brain: what a Translator knows, and the steps that more than one of its files takes.
//
// What        translator.cpp (packets), lending.cpp (blocks), kept_ports.cpp (SCTP), lifetime.cpp (ends), adoption.cpp and views.cpp work on this one
//             State. Nobody else includes it.
// Ownership   Owned by its Translator. Steps that change who has what append the effects that tell the hands.
#pragma once

#include "cgn/deterministic.hpp"
#include "core/block.hpp"
#include "core/episode.hpp"
#include "core/expiry.hpp"
#include "core/mapping.hpp"
#include "core/overload.hpp"
#include "core/rule_book.hpp"
#include "core/session.hpp"
#include "core/shared_session.hpp"
#include "core/statics.hpp"
#include "core/translator.hpp"
#include "core/water_mark.hpp"

namespace cgn::core {

// How much of a pool is out.
struct PoolUse {
  std::uint64_t subscribers = 0;
  std::uint64_t first_held = 0, first_resting = 0;
  std::uint64_t extension_held = 0, extension_resting = 0;
  WaterMark first_mark{}, extension_mark{};
};

struct Translator::State {
  State(const config::Config&, std::uint64_t seed);

  // Kinds of deadlines.
  static constexpr unsigned kLife = 0, kPortRest = 1;         // of mappings
  static constexpr unsigned kBlockEmpty = 0, kBlockRest = 1;  // of blocks

  config::Nat nat;
  config::Timeouts timeouts;
  config::Limits limits;
  Random random;
  std::vector<config::Realm> realms;  // as in the config
  RuleBook rules;
  std::vector<Pool> pools;                              // as in the config
  std::vector<PoolUse> pool_use;                        // beside it
  std::vector<std::optional<DeterministicPlan>> plans;  // beside it: of deterministic pools
  SubscriberTable subscribers;
  BlockTable blocks;
  MappingTable mappings;
  Overloads overloads;
  Statics statics;
  SharedSessions sessions;
  Expiry mapping_deadlines;
  Expiry block_deadlines;
  Episodes episodes;
  WaterMark mappings_mark;
  std::uint64_t freed = 0;
  PerProto<std::size_t> mapping_counts{};  // all but the resting ones
  std::size_t anchor_count = 0;
  // First blocks at rest whose last holder may come home to them.
  tsl::robin_map<std::uint64_t, BlockSlot, MixHash> homes;
  // Adopted blocks whose free ports rest anew until the time given; ascending.
  std::deque<std::pair<Stamp, BlockSlot>> resting_anew;
  // Since when the parameters of computed blocks are in force; until when those that come up rest their free ports anew.
  WallTime computed_since{};
  std::optional<Monotonic> rests_unknown_since{};
  Monotonic midstream_until{};
  // What this start found must be on record before anything new is begun.
  bool awaits_start = false;
  // While the log fails, one block at a time is risked on it: each that fails must rest.
  bool journal_fails = false;
  std::size_t pending_loans = 0;
  std::vector<Expiry::Id> due;  // scratch

  // --- mappings (translator.cpp) ---
  [[nodiscard]] bool may_open(const TcpFlags&, Monotonic) const;
  [[nodiscard]] MappingView view(MappingId) const;
  [[nodiscard]] Decision known(MappingId, const Flow&, Monotonic);
  struct Attempt {
    const Flow& flow;
    RuleBook::Match match;
    Remedy tried = Remedy::none;
  };
  [[nodiscard]] Decision open(const Attempt&, const Now&, Effects&);
  [[nodiscard]] Verdict limit(std::optional<SubscriberSlot>, Proto, Monotonic) const;
  [[nodiscard]] Verdict limit(std::optional<SubscriberSlot>, Monotonic) const;  // whatever the protocol
  [[nodiscard]] Decision refuse(Verdict, const RuleBook::Match&, const Now&, Effects&);
  [[nodiscard]] bool may_resume(MappingId) const;
  void describe(Mapping&, const Flow&) const;
  [[nodiscard]] MappingId add_mapping(BlockSlot, const Flow&);
  void resume_mapping(MappingId, const Flow&);
  [[nodiscard]] Decision admit(MappingId, const Now&, Effects&);
  void install(MappingId, Monotonic, Effects&);
  void begin_anew(MappingId, const Flow&, Monotonic, Effects&);
  void meet(MappingId, Endpoint remote, Monotonic seen_at, Effects&);

  // --- connections that share ports (overloading.cpp) ---
  struct Seat {
    BlockSlot block = 0;
    std::optional<Port> port{};  // none: any that is free
  };
  [[nodiscard]] bool overloaded(std::uint32_t pool, Proto) const;
  [[nodiscard]] std::optional<MappingId> find_live(const Flow&) const;
  [[nodiscard]] Decision open_connection(const Attempt&, const Now&, Effects&);
  [[nodiscard]] std::optional<Seat> seat_for(const Subscriber&, const Flow&);
  [[nodiscard]] bool is_seat(const Subscriber&, const Overloads::Favourite&, Endpoint remote) const;
  [[nodiscard]] bool holds_all_ports(const Subscriber&) const;
  [[nodiscard]] std::optional<Port> shared_port(BlockSlot, Endpoint remote);
  [[nodiscard]] MappingId add_connection(const Seat&, const Flow&);
  void free_port(MappingId);
  void lay_port_to_rest(MappingId);
  void resume_port(MappingId);
  void end_port_rest(MappingId);
  [[nodiscard]] std::vector<MappingId> mappings_at(const Block&, Proto, Port) const;  // of any state but resting

  // --- what has no port (anchors.cpp) ---
  [[nodiscard]] std::optional<BlockSlot> block_to_anchor(const Subscriber&) const;
  void lift_anchors(BlockSlot, unsigned count);

  // --- before a refusal (remedies.cpp) ---
  [[nodiscard]] Decision fall_short(Verdict, const Attempt&, const Now&, Effects&);
  [[nodiscard]] bool may_reclaim(Verdict, const Attempt&, Monotonic) const;
  [[nodiscard]] bool comes_free(Verdict, const Attempt&, Monotonic) const;
  [[nodiscard]] bool mapping_ends_by(Stamp, SubscriberSlot, const Attempt&, Verdict) const;
  [[nodiscard]] bool port_rest_ends_by(Stamp, std::optional<SubscriberSlot>, const Attempt&) const;
  [[nodiscard]] bool block_rest_ends_by(Stamp, std::optional<SubscriberSlot>, const Attempt&) const;
  [[nodiscard]] bool makes_room(MappingId, Endpoint remote) const;
  void look_for_closing(Subscriber&, Endpoint remote, const Look&, Monotonic);

  // --- notices (notices.cpp) ---
  void end_episodes(const Now&, std::size_t most, Effects&);
  void check_marks(const Now&, Effects&);
  struct Fill {
    std::uint64_t used = 0, most = 0;
  };
  [[nodiscard]] Fill fill_of(Resource, std::size_t pool) const;

  // --- blocks (lending.cpp) ---
  struct Loan {
    Verdict verdict = CGN_VERDICT_CONTINUE;  // why there is none
    BlockSlot block = 0;
  };
  [[nodiscard]] std::optional<BlockSlot> block_with_free_port(const Subscriber&, Proto) const;
  [[nodiscard]] unsigned blocks_held(const Subscriber&) const;  // without those on their way back
  [[nodiscard]] Loan lend(const RuleBook::Match&, Proto, const Now&, Effects&);
  [[nodiscard]] Verdict may_lend(const RuleBook::Match&, std::optional<SubscriberSlot>) const;
  [[nodiscard]] Verdict may_hold(const RuleBook::Match&, std::optional<SubscriberSlot>) const;
  [[nodiscard]] std::optional<BlockSlot> take_home(const RuleBook::Match&, Proto, const Subscriber*);
  [[nodiscard]] std::optional<BlockSlot> take_free(const RuleBook::Match&, const Subscriber*);
  [[nodiscard]] bool holds_first(const Subscriber&) const;
  [[nodiscard]] bool may_have(const Subscriber&, std::uint32_t pool, Spot) const;
  [[nodiscard]] BlockSlot new_block(std::uint32_t pool, Spot);
  void begin_loan(BlockSlot, const RuleBook::Match&, WallTime allocated_at);
  void journal(BlockEventKind, BlockSlot, const Now&, Effects&) const;
  void keep(BlockSlot);
  void emptied(BlockSlot, const Now&, Effects&);
  void release(BlockSlot, const Now&, Effects&);
  void end_loan(BlockSlot, const Now&, Effects&);
  void put_to_rest(BlockSlot, Stamp until);
  void rest_spot(std::uint32_t pool, Spot, Stamp until);
  void leave_rest(BlockSlot);
  void free_if_rested(BlockSlot);
  void undo_mapping(MappingId);
  [[nodiscard]] std::vector<MappingId> mappings_in(BlockSlot) const;  // of any state but resting
  [[nodiscard]] Duration hold_down(BlockSlot) const;
  void count(BlockSlot, int direction);

  // --- computed blocks (computed.cpp) ---
  [[nodiscard]] std::optional<ComputedBlock> computed_for(const RuleBook::Match&) const;
  [[nodiscard]] std::optional<ComputedBlock> computed_at(std::uint32_t pool, Spot) const;
  [[nodiscard]] std::optional<BlockSlot> take_computed(const RuleBook::Match&, const Now&, Effects&);
  [[nodiscard]] std::optional<BlockSlot> raise_computed(const RuleBook::Match&);
  void rest_if_former(BlockSlot, const Now&, Effects&);
  [[nodiscard]] std::optional<BlockSlot> adopted_block(const RuleBook::Match&, Endpoint external);
  [[nodiscard]] std::optional<Spot> take_overflow(const RuleBook::Match&);
  [[nodiscard]] std::optional<BlockView> unused_block_of(InternalAddress internal) const;
  void go_live(BlockSlot, Effects&);
  void offer_home(BlockSlot, const ComputedBlock& was);

  // --- ports that must not change (kept_ports.cpp) ---
  [[nodiscard]] Loan block_for(const Attempt&, const Now&, Effects&);
  [[nodiscard]] Loan keep_port(const RuleBook::Match&, Port, const Now&, Effects&);
  [[nodiscard]] std::optional<Spot> take_with_port(const RuleBook::Match&, Port, const Subscriber*);

  // --- ends (lifetime.cpp) ---
  [[nodiscard]] Lifetime lifetime(MappingId, SeenBoth) const;
  void look_again(MappingId, const Lifetime&, Stamp now);
  void end_mapping(MappingId, bool rest, const Now&, Effects&);
  void clear(MappingId, Effects&);
  void end_port_rests(Stamp, std::size_t most);
  void end_anew_rests(Stamp, std::size_t most);
  void end_block_times(const Now&, std::size_t most, Effects&);

  // --- another customer (customers.cpp) ---
  void forget_home(const SubscriberId&);
  std::size_t end_mappings(BlockSlot, Effects&);
  std::size_t abandon(BlockSlot, Effects&);
  [[nodiscard]] bool is_new_customer(const Subscriber&) const;

  // --- adoption (adoption.cpp) ---
  struct Place {
    RuleBook::Match match;
    Spot spot{};
  };
  [[nodiscard]] std::optional<Place> place_of(const OpenBlock&) const;
  [[nodiscard]] std::optional<BlockSlot> block_of(Endpoint external) const;
  [[nodiscard]] bool adopt_port(Block&, const MappingView&);
  [[nodiscard]] std::optional<MappingId> namesake(const MappingView&) const;  // what has its internal end, of any state

  [[nodiscard]] BlockView block_view(BlockSlot) const;
};

}  // namespace cgn::core
