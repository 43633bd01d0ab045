// SPDX-License-Identifier: Apache-2.0
// The door for RADIUS accounting: datagrams in, responses out when what they said is on disk.
//
// What        Takes Accounting-Requests of the clients of the config, drops what is not theirs, hands reports to the identity
//             desk, a batch at a time, and answers when the rows are durable. What it does not answer, the NAS repeats.
// Life-cycle  start() after adoption; destruction ends the thread. What is on its way to disk then is not answered, and comes again.
// Ownership   Owns its thread, socket and replies. The words of the desk come on the brain's thread and are carried over by the outbox.
// Failure     Unknown clients, wrong secrets and malformed packets are dropped and counted, and told of once an episode, which
//             ends a minute after the last of them.
// RFC         2866, 2865, 5080
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/config.hpp"
#include "daemon/accounting_claim.hpp"
#include "daemon/identity_desk.hpp"
#include "io/fd.hpp"
#include "radius/replies.hpp"

namespace cgn::daemon {

// Of one sender, client or not.
struct RadiusCounters {
  std::uint64_t requests = 0, answered = 0, repeated = 0;
  std::uint64_t malformed = 0, bad_secret = 0, unknown = 0;  // dropped
  std::uint64_t late = 0;                                    // older than what was known
  std::uint64_t outside = 0;     // of an address that no rule covers, or without one: answered, nothing to record
  std::uint64_t unrecorded = 0;  // the log did not take it: not answered
};

class RadiusListener {
 public:
  // Reads the clients' secret files.
  [[nodiscard]] static Result<std::unique_ptr<RadiusListener>> start(const config::Radius&, IdentityDesk&);
  ~RadiusListener();
  RadiusListener(const RadiusListener&) = delete;
  RadiusListener& operator=(const RadiusListener&) = delete;

  struct Facts {
    std::string listen{};
    std::map<Ipv4, RadiusCounters> senders{};
    std::vector<std::string> troubles{};  // episodes that last, in words
  };
  [[nodiscard]] Facts facts() const;

 private:
  struct Client {
    std::string secret{};
    std::string realm{};
  };
  struct Datagram {
    Endpoint sender{};
    std::vector<std::byte> bytes{};
  };
  // What the brain's thread has to say to this one.
  struct Word {
    radius::Replies::Key key{};
    std::vector<std::byte> answer{};
    bool durable = false;
  };
  struct Outbox {
    std::mutex lock;
    std::vector<Word> words;
    io::Fd wake;
    void put(Word);
  };
  struct Episode {
    std::string what{};
    WallTime since{};
    Monotonic last{};
    std::uint64_t count = 0;
  };

  RadiusListener(config::Radius, IdentityDesk&, std::map<Ipv4, Client>);
  void run();
  void receive();
  void take(const Datagram&, std::vector<IdentityDesk::Order>& orders);
  void take_request(const radius::Packet&, const Datagram&, const Client&, std::vector<IdentityDesk::Order>& orders);
  void begin_or_end_nas(const radius::Accounting&, const Sender&, const IdentityDesk::Done&);
  [[nodiscard]] IdentityDesk::Done answer_later(const radius::Replies::Key&, std::vector<std::byte> answer);
  void hear(const std::vector<IdentityDesk::Order>&, const Result<std::vector<IdentityDesk::Answer>>&);
  void send_words();
  void send(Endpoint to, const std::vector<std::byte>&);
  void drop(Ipv4 sender, std::uint64_t RadiusCounters::*counter, std::string what);
  void count(Ipv4 sender, std::uint64_t RadiusCounters::*counter);
  void end_episodes(Monotonic now);

  config::Radius config_;
  IdentityDesk& desk_;
  std::map<Ipv4, Client> clients_;
  io::Fd socket_;
  std::shared_ptr<Outbox> outbox_;
  std::atomic<bool> stop_ = false;
  radius::Replies replies_;
  mutable std::mutex facts_lock_;  // guards what follows
  std::map<Ipv4, RadiusCounters> senders_;
  std::map<Ipv4, Episode> episodes_;
  std::thread thread_;  // last: it ends before what it uses
};

}  // namespace cgn::daemon
