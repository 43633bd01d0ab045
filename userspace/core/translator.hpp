// SPDX-License-Identifier: Apache-2.0
// The brain's face: decides the fate of every packet the kernel could not translate alone.
//
// What        Lends blocks of ports to subscribers, makes mappings inside them, judges how long they live, and takes
//             ports and blocks back to rest.
// Life-cycle  Built from a Config; after a restart taught by adopt_block() and adopt_mapping(), ended by
//             finish_adoption(); lives as long as the daemon.
// Ownership   Owns pools, subscribers, mappings. Single-threaded: the caller is the lock. No clock, no I/O: time and
//             what the kernel saw are arguments, Effects are results.
// Failure     Packet input never throws. A refusal is a verdict; a broken invariant is an assert.
// RFC         4787 mapping behaviour · 6888 limits and rests · 5382, 7857 TCP lifetime · 5508 ICMP queries
//
//   outbound() --new block--> Journal -> (synced) block_recorded() -> InstallMapping.., ReleaseHeld
//        |                                `failed` block_unrecorded() -> ReleaseHeld(NO_JOURNAL)
//        +--block at hand---> InstallMapping
//   due() -> the daemon reads both entries -> judge() -> RemoveMapping -> mapping_removed() -> port rests
//   tick() -> linger over: Journal(released) -> release_recorded() -> block rests
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cgn/deterministic.hpp"
#include "cgn/verdict.hpp"
#include "config/config.hpp"
#include "core/effects.hpp"
#include "core/flow.hpp"
#include "core/seen.hpp"

namespace cgn::core {

// What may be tried before a packet is refused, each once and in this order.
enum class Remedy : std::uint8_t {
  none,
  reclaim,  // call reclaim(), then outbound() again
  wait,     // a port is about to come free: keep the frame, bounded, and call outbound() again when freed() moves
};

// TRANSLATED: send with `mapping`. HELD: the daemon queues the frame under `ticket`, within its bounds.
// Anything else: refused so; with a remedy, not yet.
struct Decision {
  Verdict verdict = CGN_VERDICT_MALFORMED;
  std::optional<MappingView> mapping{};
  BlockTicket ticket = 0;
  bool known = false;  // outbound(): the mapping was there before this packet
  Remedy remedy = Remedy::none;
};

// A place on record for what has no port. TRANSLATED: at once; HELD: when the block of `ticket` is recorded, as a packet of
// that block's mappings. Anything else: refused so.
struct Anchor {
  Verdict verdict = CGN_VERDICT_MALFORMED;
  Ipv4 external{};
  BlockTicket ticket = 0;
};

// A block as operators see it.
enum class BlockState : std::uint8_t { pending, held, lingering, releasing };
struct BlockView {
  BlockTicket ticket = 0;
  SubscriberId subscriber;
  Ipv4 external{};
  PortRange ports{};
  std::string pool{};
  BlockState state = BlockState::pending;
  bool first = true;      // first block or extension
  bool computed = false;  // a first block that no row tells of
  WallTime allocated_at{};
  unsigned used_tcp = 0, used_udp = 0, used_icmp = 0;           // ports with a live mapping
  unsigned resting_tcp = 0, resting_udp = 0, resting_icmp = 0;  // ports in hold-down
  unsigned used_other = 0, resting_other = 0;                   // UDP-Lite, DCCP, SCTP
};

// A mapping of the config.
struct StaticView {
  MappingView mapping;
  bool durable = false;     // its row is in the log, and its entries are in the kernel
  WallTime allocated_at{};  // since when its holder has it without a gap
};

struct PoolView {
  std::string name{};
  std::uint64_t addresses = 0;
  unsigned block_size = 0, extension_block_size = 0;
  std::uint64_t first_blocks = 0, first_held = 0, first_resting = 0;
  std::uint64_t extension_blocks = 0, extension_held = 0, extension_resting = 0;
  std::uint64_t subscribers = 0, max_subscribers = 0;
  std::uint64_t ratio = 0;  // of a deterministic pool: subscribers that share an address at most
};

struct SubscriberView {
  SubscriberId id;
  std::string pool{};
  Ipv4 external{};
  unsigned blocks = 0, max_blocks = 0;
  unsigned tcp = 0, udp = 0, icmp = 0;  // mappings
  unsigned other = 0;                   // of UDP-Lite, DCCP and SCTP
  std::uint64_t refused = 0;
};

// A subscriber that is being refused.
struct EpisodeView {
  Verdict reason{};
  SubscriberId subscriber;
  std::string realm{};  // by name, as the log has it
  std::string pool{};
  WallTime since{};
  std::uint64_t refused = 0;
};

// Something that is above its upper mark, or was and has not yet fallen to the lower.
struct ShortageView {
  Resource resource{};
  std::string pool{};
  WallTime since{};
  std::uint64_t used = 0, most = 0;
};

class Translator {
 public:
  // `seed` drives every random choice: equal seeds and calls give equal results.
  Translator(const config::Config&, std::uint64_t seed);
  ~Translator();
  Translator(Translator&&) noexcept;
  Translator& operator=(Translator&&) noexcept;

  // Takes over what may change while packets flow (config::Reload::live). Nothing that lives is touched: a lower limit
  // only refuses what is new, and a timer counts for a mapping from its next judgement on.
  void follow(const config::Config&);

  // --- packets -------------------------------------------------------------------------------------------------------
  // A packet of a subscriber without outbound entry. Idempotent: a second packet of a mapping in a pending block is HELD
  // again, of an installed one TRANSLATED.
  // Before a packet is refused it may get a remedy instead, none that comes before `tried` and not that one.
  [[nodiscard]] Decision outbound(const Flow&, const Now&, Effects&, Remedy tried = Remedy::none);
  // A mapping for an endpoint from which nothing was sent yet, because an ALG has read of it: `flow.remote` is who is to
  // call there, as far as it is known. One that is there already stays as it is. TRANSLATED, HELD, or why not.
  [[nodiscard]] Decision expect(const Flow&, const Now&, Effects&);
  // Takes the oldest closing TCP mapping of this flow's subscriber, of those looked at: `look` says what the kernel saw
  // of one, and is called kLooks times at most. Of connections that share ports only one with the flow's remote makes room.
  // True: RemoveMapping was asked for.
  static constexpr std::size_t kLooks = 128;
  using Look = std::function<SeenBoth(const MappingView&)>;
  bool reclaim(const Flow&, const Look& look, const Now&, Effects&);
  // Moves when ports, blocks or room in the table have come free: what waits may try again.
  [[nodiscard]] std::uint64_t freed() const;
  // After a boot with empty tables TCP from inside may go on midstream for a while, as if nat.midstream were set.
  void allow_midstream_until(Monotonic);

  // The live mapping that holds this endpoint, for packets whose next hop had to be resolved and for hairpin. The remote
  // matters where ports are overloaded: without it no connection is found that shares a port.
  [[nodiscard]] std::optional<MappingView> find_external(Proto, Endpoint external, Endpoint remote = {}) const;
  [[nodiscard]] std::optional<MappingView> find_internal(Proto, InternalEndpoint internal, Endpoint remote = {}) const;

  // SYN, FIN or RST of a mapping that the kernel calls shared (or an outbound SYN of one that is closing, which then
  // begins anew with this remote: InstallMapping again). Keeps that mapping's sessions exactly (decision 0001).
  // TRANSLATED or NO_MAPPING.
  [[nodiscard]] Decision tcp_control(const Flow&, cgn_direction, const SeenBoth&, const Now&, Effects&);

  // --- what has no port (anchors.cpp) --------------------------------------------------------------------------------
  // A tunnel of this subscriber's address, which counts as a mapping does: its block stays lent while it is anchored there,
  // and with it the external address on record.
  [[nodiscard]] Anchor anchor(InternalAddress internal, const Now&, Effects&);
  // A block that was never recorded has none any more; its anchors need not be lifted.
  void lift_anchor(BlockTicket, const Now&, Effects&);
  // At adoption: the block of this subscriber on that address; nullopt: there is none.
  [[nodiscard]] std::optional<BlockTicket> adopt_anchor(InternalAddress internal, Ipv4 external);

  // --- the journal's answers -----------------------------------------------------------------------------------------
  void block_recorded(BlockTicket, const Now&, Effects&);
  void block_unrecorded(BlockTicket, const Now&, Effects&);  // failed or too late: mappings undone, nothing was sent
  void release_recorded(BlockTicket, const Now&, Effects&);  // the block rests from now
  void release_unrecorded(BlockTicket, const Now&);          // the block stays lent; tried again later

  // --- lifetime ------------------------------------------------------------------------------------------------------
  // Mappings to be looked at, because they may be over: at most `most`; each must be answered by judge(). One that is not comes again.
  void due(const Now&, std::size_t most, std::vector<MappingView>& out);
  // Lives on with a new deadline, or RemoveMapping, which must be answered by mapping_removed() before the next packet
  // is served.
  void judge(MappingId, const SeenBoth&, const Now&, Effects&);
  // With the final stamps: revived (InstallMapping again) if a packet slipped in, else the port rests or, after a TCP
  // session whose end was seen, is free at once.
  void mapping_removed(MappingId, const SeenBoth& final, const Now&, Effects&);
  // Rests that ended, lingers that ended, at most `most` of each. Cheap when nothing is due.
  void tick(const Now&, std::size_t most, Effects&);

  // --- operators -----------------------------------------------------------------------------------------------------
  // End a subscriber's mappings now, and its blocks as soon as they are empty (no linger). Number of mappings.
  std::size_t clear_subscriber(const SubscriberId&, const Now&, Effects&);
  // The address is another customer's from now on: ends the former one's mappings, those of pending blocks too, and gives its
  // blocks back, which rest also from this very subscriber. Number of mappings.
  std::size_t end_customer(const SubscriberId&, const Now&, Effects&);
  bool clear_mapping(Proto, InternalEndpoint internal, const Now&, Effects&);  // of every remote
  [[nodiscard]] std::vector<PoolView> pools() const;
  // Who is being refused, at most `most` of episode_count().
  [[nodiscard]] std::vector<EpisodeView> episodes(std::size_t most) const;
  [[nodiscard]] std::size_t episode_count() const;
  [[nodiscard]] std::vector<ShortageView> shortages() const;
  // Of any address that a rule covers; one that holds no block has none and no external address.
  [[nodiscard]] std::optional<SubscriberView> subscriber(InternalAddress internal) const;
  // Blocks in order of ticket, from `after` on, at most `most`: a cursor for slices.
  [[nodiscard]] std::vector<BlockView> blocks(BlockTicket after, std::size_t most) const;
  [[nodiscard]] std::vector<BlockView> blocks_of(InternalAddress internal) const;
  [[nodiscard]] std::vector<StaticView> statics() const;  // in the order of the config
  [[nodiscard]] std::size_t mapping_count() const;
  [[nodiscard]] std::size_t mapping_count(Proto) const;
  [[nodiscard]] std::size_t subscriber_count() const;  // that hold a block

  // --- adoption, before the first packet -----------------------------------------------------------------------------
  // A block that the log shows open. false: it does not fit the config any more (no such pool, address, cut or rule, or
  // another holder's); what of its ports is free rests from now, the caller releases it in the log, and its mappings
  // are not adopted.
  [[nodiscard]] bool adopt_block(const OpenBlock&, const Now&);
  // The parameters of computed blocks are in force since then. Before finish_adoption().
  void compute_since(WallTime);
  // By these parameters blocks were computed until `until`, less than `rest` ago: what is another subscriber's since, or
  // lent, rests. After adopt_block(), before adopt_mapping().
  void rest_former(const DeterministicPlan&, Monotonic until, Duration rest);
  // A block that was released (or may have been) less than block_hold_down ago: rests from `since` on.
  void rest_block(Ipv4 external, PortRange ports, Monotonic since);
  // A mapping found in the kernel, both entries present. false: not in a block of that subscriber, remove it.
  [[nodiscard]] bool adopt_mapping(const MappingView&, const SeenBoth&, const Now&);
  // A port that was freed at `since` rests on, if its block is still this subscriber's. After adopt_mapping(), oldest first.
  struct FreedPort {
    Proto proto = Proto::udp;
    InternalEndpoint internal;
    Endpoint external{};
    std::optional<Endpoint> remote{};  // of a connection that shared it: it rests towards that remote alone
  };
  void rest_port(const FreedPort&, Monotonic since);
  // Before finish_adoption(), where what is adopted was recorded in another boot of the machine, or by what blocks are
  // computed has changed: until start_recorded() nothing new is begun, it is NO_JOURNAL, and static mappings are not in force.
  // No packet may leave by a block that the record does not show as held.
  void await_start();
  [[nodiscard]] bool awaits_start() const;
  void start_recorded(const Now&, Effects&);
  // Ends adoption with a `continued` event for every adopted block. Unless every rest of the last hold-down was told by
  // rest_port(), all free ports of adopted blocks rest anew.
  enum class Rests { told, unknown };
  void finish_adoption(const Now&, Effects&, Rests = Rests::unknown);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cgn::core
