// SPDX-License-Identifier: Apache-2.0
// One interface, spoken to in whole Ethernet frames (AF_PACKET).
//
// What        Sends batches, receives batches before the kernel routes them, and knows its own MAC and its gateway's.
// Ownership   Owns the socket and its receive buffers; a received frame is lent until the next receive().
// Failure     Opening fails with what the kernel says. A full transmit queue is waited for, so that sent means sent.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"

namespace cgn::blast {

class PacketSocket {
 public:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::size_t kFrameRoom = 2048;

  [[nodiscard]] static Result<PacketSocket> open(const std::string& interface);
  ~PacketSocket();
  PacketSocket(PacketSocket&&) noexcept;
  PacketSocket& operator=(PacketSocket&&) = delete;

  [[nodiscard]] Mac mac() const { return mac_; }
  // The MAC of the interface's default gateway, asked from the kernel (which asks the gateway by ARP).
  [[nodiscard]] Result<Mac> gateway_mac() const;

  // At most kBatch frames, all of them sent on return.
  [[nodiscard]] Result<> send(std::span<const std::span<const std::byte>> frames);
  // What has arrived, waiting at most `patience` for the first; empty = nothing came.
  [[nodiscard]] std::span<const std::span<const std::byte>> receive(std::chrono::milliseconds patience);
  // Frames that the kernel dropped because receive() came too late, since the last call.
  [[nodiscard]] std::uint64_t overrun();

 private:
  struct Buffers;
  PacketSocket(int fd, std::string interface, Mac mac);

  int fd_ = -1;
  std::string interface_;
  Mac mac_{};
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace cgn::blast
