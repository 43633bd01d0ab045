// SPDX-License-Identifier: Apache-2.0
// AF_XDP: how punted frames reach the daemon and how its own frames leave.
//
// What        A Hand owns queue n of every port: one UMEM, one socket per port, all on receive queue n. A socket sends
//             only on its own port and queue. Frames are borrowed between receive() and the next receive(), which gives
//             them back to the fill ring; what must wait longer is copied out.
//
//             UMEM frames:  fill ring -> kernel -> rx ring -> receive() -> (next receive()) -> fill ring
//                           stock -> send() -> tx ring -> kernel -> completion ring -> stock
//             Each port has a share of its own in them (xsk_port.hpp): 16 MiB a port and queue, locked.
//
// Ownership   Move-only. The rings and the UMEM die with the Hand.
// Failure     open() names port, queue, mode. EBUSY after a close is retried for about a second and a half. send() that
//             finds no room returns false: the caller counts it. flush() may leave frames in the ring when the port
//             takes none now; the next flush() goes on with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cgn/abi.h"
#include "cgn/result.hpp"

namespace cgn::io {

enum class CopyMode { automatic, zerocopy, copy };

struct HandPort {
  std::string interface;
  unsigned ifindex = 0;
  unsigned port = 0;   // index, as in cgn_link
  bool native = true;  // generic mode binds in copy mode with XDP_FLAGS_SKB_MODE
};

struct ReceivedFrame {
  unsigned port = 0;                   // index of the port it came by
  std::span<const std::byte> bytes{};  // cgn_punt header first
};

struct XskStatistics {
  std::uint64_t rx_dropped = 0;       // punt_lost: every frame that the program redirected and receive() never shows
  std::uint64_t rx_ring_full = 0;     // of those, lost with the ring full (cannot happen: xsk_port.hpp)
  std::uint64_t fill_ring_empty = 0;  // times that the kernel found no free frame
  std::uint64_t tx_invalid = 0;
};

// The longest frame that fits into a UMEM frame behind the kernel's own 256 bytes; a punted one has its header in
// front.
inline constexpr std::size_t kLongestReceived = 4096 - 256;
inline constexpr std::size_t kLongestPunted = kLongestReceived - sizeof(cgn_punt);

class Hand {
 public:
  [[nodiscard]] static Result<Hand> open(unsigned queue, std::span<const HandPort>, CopyMode);
  ~Hand();
  Hand(Hand&&) noexcept;
  Hand& operator=(Hand&&) noexcept;

  [[nodiscard]] unsigned queue() const;
  struct Descriptor {
    unsigned port;
    int fd;  // to poll for POLLIN, and for the XSKMAP
    bool zerocopy;
  };
  [[nodiscard]] std::vector<Descriptor> descriptors() const;  // of the ports that have a socket

  // Frames that have arrived on any port, at most `most`; valid until the next call.
  [[nodiscard]] std::span<const ReceivedFrame> receive(std::size_t most);
  // Queues a frame on a port; flush() makes the kernel send. false: no frame or ring slot free even after reclaiming.
  [[nodiscard]] bool send(unsigned port, std::span<const std::byte> frame);
  void flush();

  // Replaces the socket of one port after its interface was re-created, and ends the loan of receive(). The new
  // descriptor must go into the XSKMAP. After a failure the port is without socket until it is reopened.
  [[nodiscard]] Result<> reopen(const HandPort&);
  [[nodiscard]] XskStatistics statistics() const;  // summed over ports

 private:
  struct State;
  explicit Hand(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::io
