// SPDX-License-Identifier: Apache-2.0
// Mappings that the config gives: port forwards, and whole addresses (1:1).
//
// What        They never expire, count against no subscriber and take no port of a pool. For the log each external port, or
//             whole address (ports 0-65535), is a block of the pool "static", lent to one internal address; the entries go
//             to the kernel when its row is synced, and not before (decision 0007).
// Life-cycle  waiting -> asked (its row is on the way) -> durable, for good. After a restart adopt_block() and
//             adopt_mapping() find what is there already, and begin() asks for the rest. What the log refused is asked
//             again by tick().
// Ownership   Owned by the Translator's State. A loan is named by its ticket; theirs lie above those of all blocks.
// RFC         6888 REQ-14 (the log), 4787 REQ-9 (they hairpin like any other)
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "core/translator.hpp"

namespace cgn::core {

class Statics {
 public:
  explicit Statics(const config::Config&);

  [[nodiscard]] std::size_t size() const { return members_.size(); }

  // The mapping of this end, durable or not. That of a whole address has the protocol and port that were asked for.
  struct Found {
    MappingView mapping;
    BlockTicket ticket = 0;
    bool durable = false;
  };
  [[nodiscard]] std::optional<Found> find_internal(Proto, InternalEndpoint) const;
  [[nodiscard]] std::optional<Found> find_external(Proto, Endpoint) const;

  // The log's answers. False: the ticket is none of theirs.
  bool recorded(BlockTicket, const Now&, Effects&);
  bool unrecorded(BlockTicket, const Now&, Effects&);
  void tick(const Now&, Effects&);

  [[nodiscard]] bool adopt_block(const OpenBlock&);
  [[nodiscard]] bool adopt_mapping(const MappingView&);
  // Adopted ones are said to be continued; begin() puts them in force, and asks for the others.
  void tell(const Now&, Effects&) const;
  void begin(const Now&, Effects&);

  // In order of ticket.
  [[nodiscard]] std::vector<BlockView> blocks(BlockTicket after, std::size_t most) const;
  [[nodiscard]] std::vector<BlockView> blocks_of(InternalAddress internal) const;
  [[nodiscard]] std::vector<StaticView> views() const;

 private:
  enum class State : std::uint8_t { waiting, asked, durable };
  struct Loan {
    InternalAddress internal;
    std::string realm{};  // as the log names it
    Ipv4 external{};
    PortRange ports{};
    State state = State::waiting;
    WallTime allocated_at{};
    Monotonic again{};  // of a waiting one
    std::vector<std::size_t> members{};
  };
  struct Member {
    MappingView mapping;
    std::size_t loan = 0;
    bool installed = false;  // found in the kernel at adoption
  };
  using Key = std::pair<InternalEndpoint, Proto>;
  struct Index {  // of external ends, too: their realm is kNowhere here
    std::map<Key, std::size_t> ends{};
    std::map<InternalAddress, std::size_t> whole{};
  };

  [[nodiscard]] Found found(const Member&) const;
  [[nodiscard]] std::optional<Found> find(const Index&, Proto, InternalEndpoint) const;
  [[nodiscard]] Loan* loan_of(BlockTicket);
  [[nodiscard]] static BlockEvent event(BlockEventKind, const Loan&, const Now&);
  [[nodiscard]] BlockView view(std::size_t loan) const;
  void ask(std::size_t loan, const Now&, Effects&);
  void install(const Loan&, const Now&, Effects&);

  std::vector<Member> members_;
  std::vector<Loan> loans_;
  Index internal_;
  Index external_;
};

}  // namespace cgn::core
