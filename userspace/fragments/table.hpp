// SPDX-License-Identifier: Apache-2.0
// The datagrams that are on their way in pieces (virtual reassembly): each fragment is translated by itself, as its first
// one was, and nothing is put together here.
//
// What        A later fragment has no ports; only the first of its datagram tells the mapping. arrive() says for each:
//             pass it on by what is known, keep it until that is known, ask the core (the first one), or refuse it.
// Life-cycle  of a datagram:
//
//               waiting --first--> (asked) --open()--------------------------> open --all bytes seen--> gone
//                  |                   `--wait()--> pending --granted()-------^
//                  `-- patience, bounds, overlap, refusal --> dead --patience--> gone
//
//             Every datagram is gone when its patience ends, counted from its first sight.
// Ownership   Owns copies of the frames that it keeps. No clock, no I/O, no packet is built here.
// Failure     What would pass a bound is at the expense of its own sender, the oldest of whose datagrams dies; nobody can
//             make another sender's die. Dead datagrams refuse the rest of themselves, so that a receiver is not sent
//             halves. Strangers and subscribers have halves of the room of their own.
// RFC         4787 REQ-14 (out of order, and safe against floods of first-less fragments), 5722, 6864
#pragma once

#include <array>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "cgn/abi.h"
#include "cgn/realm.hpp"
#include "cgn/time.hpp"
#include "cgn/verdict.hpp"
#include "fragments/pieces.hpp"
#include "packet/rewrite.hpp"

namespace cgn::fragments {

// What the fragments of one datagram have in common (RFC 791), and which way it goes.
struct Key {
  Ipv4 source{};
  Ipv4 destination{};
  std::uint16_t identification = 0;
  Proto proto = Proto::udp;
  bool inbound = false;
  RealmId realm = kNowhere;  // of the sender, if it is inside
  friend bool operator==(const Key&, const Key&) = default;
};

// How a datagram goes on, once its first fragment has told.
struct Passage {
  packet::Translation to{};
  cgn_punt first{};  // the first fragment's header: its next hop is that of all
};

struct Frame {
  unsigned queue = 0;
  unsigned port = 0;
  std::vector<std::byte> bytes{};
};

// Per sender: a datagram of 65535 bytes in Ethernet packets has 45 fragments, and a few of them may overtake each other.
// In all: 8 MiB of frames, half for each direction, so that strangers cannot take what subscribers need.
struct Bounds {
  std::size_t waiting_per_sender = 16;  // datagrams
  std::size_t frames_per_sender = 64;
  std::size_t waiting = 2048;  // these five for each direction
  std::size_t frames = 2048;
  std::size_t bytes = 4U << 20;
  std::size_t open_per_subscriber = 64;
  std::size_t open = 8192;
};

class Table {
 public:
  using Ticket = std::uint64_t;
  using Id = std::uint64_t;           // never used twice
  using Ends = std::vector<Verdict>;  // one for each kept frame that ended without leaving

  Table(Duration patience, std::uint64_t seed, Bounds bounds = {});

  struct Arrival {
    Key key{};
    InternalAddress sender{
        {}, kNowhere};  // who pays for keeping it: the subscriber; inbound: the external address it is for, in no realm
    Piece piece{};
    Frame frame{};
  };
  // ask: answer with open(), wait() or refuse() at once; the frame was not kept.
  enum class What { ask, pass, kept, refused };
  struct Told {
    What what = What::refused;
    Verdict verdict = CGN_VERDICT_FRAGMENT_LIMIT;  // of refused
    Id datagram = 0;                               // of ask
    Passage passage{};                             // of pass
  };
  [[nodiscard]] Told arrive(Arrival, Monotonic now, Ends&);

  // The first fragment may go, and these after it, in the order in which they came. nullopt: `subscriber` has too many
  // open already and none of them can be given up; the datagram is dead.
  [[nodiscard]] std::optional<std::vector<Frame>> open(Id, const Passage&, InternalAddress subscriber, Ends&);
  // The first fragment waits for its port block. false: no room, the datagram is dead.
  [[nodiscard]] bool wait(Id, Ticket, const Passage&, Frame first, Ends&);
  // The datagram is refused whole.
  void refuse(Id, Verdict, Ends&);

  struct Granted {
    Passage passage{};
    std::vector<Frame> frames{};  // the first fragment is one of them
  };
  // All datagrams that waited for this block.
  [[nodiscard]] std::vector<Granted> granted(Ticket, Ends&);
  void refused(Ticket, Verdict, Ends&);

  void expire(Monotonic now, Ends&);
  // Datagrams that go from or to these internal addresses end where they are.
  void end_customer(const SubscriberId& internal, Verdict, Ends&);
  [[nodiscard]] std::size_t size() const { return datagrams_.size(); }
  [[nodiscard]] std::size_t frames() const;
  [[nodiscard]] std::size_t bytes() const;

 private:
  enum class State { waiting, pending, open, dead };
  struct KeyHash {
    std::uint64_t seed = 0;
    [[nodiscard]] std::size_t operator()(const Key&) const;
  };
  struct AccountHash {
    std::uint64_t seed = 0;
    [[nodiscard]] std::size_t operator()(std::uint64_t) const;
  };
  // Whose datagrams are counted together.
  struct Account {
    std::list<Id> datagrams{};  // oldest first
    std::size_t frames = 0;
  };
  struct Side {
    std::size_t waiting = 0, open = 0, frames = 0, bytes = 0;
  };
  struct Datagram {
    Key key{};
    State state = State::waiting;
    std::uint64_t account = 0;
    bool counts_as_open = false;
    InternalAddress payer{{}, kNowhere};
    std::list<Id>::iterator in_account{};
    std::list<Id>::iterator in_ages{};
    Monotonic born{};
    Verdict verdict = CGN_VERDICT_CONTINUE;  // of dead
    Ticket ticket = 0;                       // of pending
    Passage passage{};
    Pieces pieces{};
    std::vector<Frame> frames{};
  };
  using Datagrams = std::unordered_map<Id, Datagram>;

  [[nodiscard]] Told sort(Id, Arrival&, Ends&);
  [[nodiscard]] static bool is_of(const Datagram&, const SubscriberId&);
  [[nodiscard]] std::optional<Id> create(const Arrival&, Monotonic now, Ends&);
  [[nodiscard]] bool keep(Id, Frame, Ends&);
  [[nodiscard]] bool has_room(Datagram&, std::size_t bytes);
  [[nodiscard]] std::optional<Id> oldest_with_frames(Datagram&);
  [[nodiscard]] bool start(Id, InternalAddress subscriber, Ends&);
  void kill(Id, Verdict, Ends&);
  void remove(Id, Verdict, Ends&);
  void end_frames(Datagram&, Verdict, Ends&);
  [[nodiscard]] std::vector<Frame> take_frames(Datagram&);
  void forget_ticket(Datagram&, Id);
  void enter(Datagram&, Id, InternalAddress payer, bool open);
  void leave(Datagram&);
  [[nodiscard]] bool make_room(const Key&, InternalAddress payer, bool open, Ends&);
  [[nodiscard]] Side& side_of(const Key& key) { return sides_[key.inbound ? 1 : 0]; }

  Duration patience_;
  Bounds bounds_;
  std::unordered_map<Key, Id, KeyHash> index_;
  Datagrams datagrams_;  // ids are ours: no stranger chooses them
  std::unordered_map<std::uint64_t, Account, AccountHash> accounts_;
  std::unordered_map<Ticket, std::vector<Id>> tickets_;
  std::list<Id> ages_;  // oldest first
  std::array<Side, 2> sides_{};
  Id last_id_ = 0;
};

}  // namespace cgn::fragments
