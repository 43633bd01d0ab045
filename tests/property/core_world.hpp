// SPDX-License-Identifier: Apache-2.0
// Random operations on a Translator, watched by a naive model of what it owes the world.
//
// What        The model remembers who was lent which ports, who has which external endpoint, and what was freed when, in
//             plain maps without any of the core's cleverness. Every effect is held against it before it is carried out. A
//             breach is kept as a sentence; the property asserts that there is none.
// Life-cycle  One World per seed. restart() throws the Translator away and builds another from what a crash leaves: the
//             rows that became durable and the kernel's entries.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "unit/core_node.hpp"

namespace cgn::core::test {

class World {
 public:
  World(const config::Config& config, std::uint64_t seed);

  void step();  // one random operation
  void run(unsigned steps) {
    for (unsigned i = 0; i < steps && breach.empty(); ++i) step();
  }

  std::string breach;  // the first promise that was broken

  // How often what the promises are about did happen.
  struct Reached {
    unsigned installs = 0, ends = 0, revivals = 0;
    unsigned port_moved = 0;      // a port went from one endpoint to another
    unsigned port_came_back = 0;  // or to the same one while it rested
    unsigned block_moved = 0;     // a block went from one subscriber to another
    unsigned block_came_home = 0;
    unsigned reclaimed = 0;
    unsigned kept_ports = 0;              // of SCTP
    unsigned several_addresses = 0;       // a subscriber was lent a block beside another on another address
    unsigned computed = 0, overflow = 0;  // mappings in a computed block, and beside it
    unsigned refused = 0, unrecorded = 0, restarts = 0, adopted = 0;
  } reached;

 private:
  struct Loan {
    Journal row;
    bool durable = false;
    bool releasing = false;
  };
  struct Rest {
    OpenBlock block;
    Duration from{};
    bool home = true;  // its holder may have it back
  };
  // What the kernel saw of one mapping, in the model's own words.
  struct Story {
    Duration out{}, any{}, data{}, closed{};
    bool ack_out = false, ack_in = false, fin_out = false, fin_in = false, rst = false;
    bool heard = false;  // anything came in
  };
  using External = std::pair<Proto, Endpoint>;
  struct Freed {
    InternalEndpoint internal;
    Duration when{};
    bool tracked = false;  // TCP, and its end was seen
  };

  // --- operations ---
  void open_flow();
  void packet();
  void pass_time();
  void answer_log();
  void clear_something();
  void restart();

  // --- the model's ears ---
  void hear(const Effect&, Duration);
  void heard(const Journal&, Duration);
  void heard(const InstallMapping&, Duration);
  void heard(const RemoveMapping&, Duration);
  void heard(const ReleaseHeld&, Duration) {}
  void heard(const SubscriberLive&, Duration);
  void heard(const AddressLent&, Duration);
  void heard(const Alarm&, Duration) {}
  void heard(const AlarmOver&, Duration) {}
  void heard(const Threshold&, Duration) {}
  void check_lent(const Journal&, Duration);
  void forget_freed(const MappingView&);
  void check_everything();
  void check_stories();
  [[nodiscard]] Duration deadline(Proto, const Story&) const;
  [[nodiscard]] bool ended(const Story&) const;
  void promise(bool kept, const std::string& sentence);
  void deal();
  [[nodiscard]] bool computes() const { return !computed_.empty(); }
  [[nodiscard]] std::set<InternalAddress> raised() const;  // who has come for its computed block
  [[nodiscard]] bool is_computed(InternalAddress internal, Endpoint external) const;

  [[nodiscard]] unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  [[nodiscard]] Flow random_flow();
  void listen();

  std::mt19937_64 random_;
  config::Config config_;
  std::unique_ptr<Node> node_;
  Duration now_{};
  std::map<BlockTicket, Loan> loans_;
  std::vector<BlockTicket> unanswered_;
  std::vector<Rest> rests_;
  std::map<External, InternalEndpoint> live_;
  std::map<External, Freed> freed_;
  std::map<Node::Key, Story> stories_;
  std::set<MappingId> cleared_;
  std::optional<MappingId> just_removed_;
  std::optional<InternalAddress> reclaiming_for_;  // whose packet would be refused
  std::map<SubscriberId, bool> live_subscribers_;
  std::map<Ipv4, int> lent_;  // blocks, as AddressLent said
  // Of a deterministic pool: the block of each subscriber, dealt one after another.
  std::map<InternalAddress, std::pair<Ipv4, PortRange>> computed_;
};

}  // namespace cgn::core::test
