// SPDX-License-Identifier: Apache-2.0
// A line to a collector: a UDP socket, a TCP connection, or TLS over one.
//
// What        send() takes whole payloads and waits while the peer is slow; acknowledged() says how many octets of the stream
//             the peer's TCP has taken. With TLS the peer's certificate must be of the collector's host and of an
//             authority that is trusted; there is no way to leave that out.
// Ownership   Owns socket and TLS session. One thread; whoever wants it to give up makes `stop` readable.
// Failure     Errors name the collector's address. After one, the line is of no more use, UDP's excepted.
// RFC         5425 section 5.2 (whom to believe), 9525 (names in certificates)
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cgn/collector.hpp"
#include "cgn/result.hpp"

namespace cgn::journal {

class Tls;

class Line {
 public:
  // `stop`: a descriptor; -1 for none.
  [[nodiscard]] static Result<Line> open(const Collector&, int stop);
  ~Line();
  Line(Line&&) noexcept;
  Line& operator=(Line&&) noexcept;

  [[nodiscard]] Result<> send(std::span<const std::uint8_t>);
  // Takes in what the peer says, which is nothing of interest; an Error when it has hung up.
  [[nodiscard]] Result<> listen();
  // Of the stream: octets given to TCP, and octets that the peer's TCP has acknowledged.
  [[nodiscard]] std::uint64_t written() const;
  [[nodiscard]] std::uint64_t acknowledged() const;
  // Waits until all is acknowledged, or `patience` long, then ends the stream in order.
  [[nodiscard]] Result<> finish(Duration patience);

 private:
  Line() = default;
  [[nodiscard]] Result<> connect_to(const Collector&);
  [[nodiscard]] Result<> wait(short events, Duration patience) const;
  [[nodiscard]] Result<> shake_hands(const Collector&);
  [[nodiscard]] Result<> send_datagram(std::span<const std::uint8_t>);
  // One step; false: wait for `events` and try again.
  struct Step {
    std::size_t done = 0;
    short events = 0;  // to wait for, 0: none
  };
  [[nodiscard]] Result<Step> step(std::span<const std::uint8_t>);

  std::string name_;
  Transport transport_ = Transport::udp;
  int fd_ = -1;
  int stop_ = -1;
  std::uint64_t written_ = 0;
  std::unique_ptr<Tls> tls_;
};

}  // namespace cgn::journal
