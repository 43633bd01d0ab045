// SPDX-License-Identifier: Apache-2.0
// One port of a Hand: its socket, and its share of the UMEM's frames.
//
// What        The UMEM is divided among the ports, and each share in two halves, as many frames as a ring has elements:
//
//               receive half:  fill ring -> kernel -> rx ring -> borrowed by the daemon -> fill ring
//               send half:     stock -> tx ring -> kernel -> completion ring -> stock
//
//             So no ring can overflow, a busy port cannot starve another, and a socket that dies with its interface
//             takes only its own frames along, which all come home when it is closed. What arrives faster than it is
//             taken is lost for want of a frame (fill ring empty), never in the rx ring.
// Life-cycle  start() with a bound socket; stop() closes it (its interface went away) and start() may follow again.
// Ownership   Owns the socket; borrows its share of the frames. Single-threaded.
// Failure     A stopped port receives nothing and refuses to send.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "io/xsk.hpp"
#include "io/xsk_socket.hpp"

namespace cgn::io {

inline constexpr std::size_t kPortShare = std::size_t{2} * kXskRingSize * kXskFrameSize;  // bytes of UMEM per port
static_assert(kLongestReceived + 256 == kXskFrameSize);

class XskPort {
 public:
  // `frames` is the whole UMEM; the share begins at `first_byte`.
  XskPort(const HandPort& port, std::span<std::byte> frames, std::size_t first_byte);

  [[nodiscard]] const HandPort& port() const { return port_; }
  [[nodiscard]] const std::optional<XskSocket>& socket() const { return socket_; }

  void start(const HandPort& port, XskSocket socket);
  void stop();

  // Ends the loan of what receive() handed out.
  void give_back();
  // Appends at most `most` frames, all borrowed until give_back().
  void receive(std::size_t most, std::vector<ReceivedFrame>& out);
  // Copies the frame and queues it; flush() publishes. Flushes by itself when the stock is empty.
  [[nodiscard]] bool send(std::span<const std::byte> frame);
  void flush();

  [[nodiscard]] XskStatistics statistics() const;  // over all sockets this port has had

 private:
  void reclaim();
  void kick() const;

  HandPort port_;
  std::span<std::byte> frames_;
  std::size_t first_byte_;
  std::optional<XskSocket> socket_;
  XskStatistics retired_{};  // of sockets closed before

  std::array<std::uint64_t, kXskRingSize> borrowed_{};
  std::uint32_t borrowed_count_ = 0;
  std::array<std::uint64_t, kXskRingSize> stock_{};
  std::uint32_t stock_count_ = 0;
};

}  // namespace cgn::io
