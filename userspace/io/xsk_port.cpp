// SPDX-License-Identifier: Apache-2.0
// Frames in and out of one port; the division of the UMEM is drawn in the header.
#include "io/xsk_port.hpp"

#include <sys/socket.h>

#include <cstring>

namespace cgn::io {
namespace {

// In copy mode one sendto() takes at most 32 descriptors (measured on 6.18; TX_BATCH_SIZE), and answers EAGAIN or EBUSY
// whether or not it took some. So progress is read from the ring, and this many calls without any end the attempt; what
// is left goes with the next flush.
constexpr int kKicksWithoutProgress = 8;

constexpr std::size_t kEthernetHeader = 14;  // the kernel refuses to send less

XskStatistics told(const xdp_statistics& counted) {
  // The kernel's rx_dropped holds what found no frame (fill ring empty, in copy mode) but not what found the rx ring
  // full; rx_dropped here is both, each frame once.
  return XskStatistics{.rx_dropped = counted.rx_dropped + counted.rx_ring_full,
                       .rx_ring_full = counted.rx_ring_full,
                       .fill_ring_empty = counted.rx_fill_ring_empty_descs,
                       .tx_invalid = counted.tx_invalid_descs};
}

XskStatistics sum(XskStatistics a, const XskStatistics& b) {
  a.rx_dropped += b.rx_dropped;
  a.rx_ring_full += b.rx_ring_full;
  a.fill_ring_empty += b.fill_ring_empty;
  a.tx_invalid += b.tx_invalid;
  return a;
}

}  // namespace

XskPort::XskPort(const HandPort& port, std::span<std::byte> frames, std::size_t first_byte)
    : port_{port}, frames_{frames}, first_byte_{first_byte} {}

void XskPort::start(const HandPort& port, XskSocket socket) {
  port_ = port;
  socket_.emplace(std::move(socket));
  borrowed_count_ = 0;
  stock_count_ = 0;
  for (std::uint64_t i = 0; i < kXskRingSize; ++i) {
    const std::uint64_t receive_frame = first_byte_ + i * kXskFrameSize;
    socket_->fill.push(receive_frame);
    stock_[stock_count_++] = receive_frame + std::uint64_t{kXskRingSize} * kXskFrameSize;
  }
  socket_->fill.publish();
}

void XskPort::stop() {
  if (!socket_) return;
  retired_ = sum(retired_, told(socket_->statistics()));
  socket_.reset();
  borrowed_count_ = 0;
  stock_count_ = 0;
}

void XskPort::give_back() {
  if (!socket_ || borrowed_count_ == 0) return;
  for (std::uint32_t i = 0; i < borrowed_count_; ++i) socket_->fill.push(borrowed_[i]);
  borrowed_count_ = 0;
  socket_->fill.publish();
  // Only zero-copy drivers ever sleep on an empty fill ring.
  if (socket_->fill.wakeup_wanted()) (void)::recvfrom(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
}

void XskPort::receive(std::size_t most, std::vector<ReceivedFrame>& out) {
  if (!socket_) return;
  const std::size_t arrived = socket_->rx.available();
  const std::size_t count = arrived < most ? arrived : most;
  if (count == 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    const xdp_desc descriptor = socket_->rx.take();
    // The packet begins behind the kernel's headroom; the fill ring wants the frame's first byte.
    borrowed_[borrowed_count_++] = descriptor.addr & ~std::uint64_t{kXskFrameSize - 1};
    out.push_back({.port = port_.port, .bytes = frames_.subspan(descriptor.addr, descriptor.len)});
  }
  socket_->rx.publish();
}

bool XskPort::send(std::span<const std::byte> frame) {
  if (!socket_ || frame.size() < kEthernetHeader || frame.size() > kXskFrameSize) return false;
  if (stock_count_ == 0) flush();
  if (stock_count_ == 0) return false;
  const std::uint64_t address = stock_[--stock_count_];
  std::memcpy(frames_.data() + address, frame.data(), frame.size());
  socket_->tx.push({.addr = address, .len = static_cast<__u32>(frame.size()), .options = 0});
  return true;
}

void XskPort::kick() const { (void)::sendto(socket_->fd(), nullptr, 0, MSG_DONTWAIT, nullptr, 0); }

void XskPort::flush() {
  if (!socket_) return;
  socket_->tx.publish();
  if (socket_->zerocopy()) {
    // The driver's own core drains the ring; waiting for it here would only spin.
    if (socket_->tx.pending() > 0 && socket_->tx.wakeup_wanted()) kick();
    reclaim();
    return;
  }
  // In copy mode the wakeup flag is not to be relied on when the UMEM is shared, so the ring itself is asked.
  int idle = 0;
  for (auto left = socket_->tx.pending(); left > 0 && idle < kKicksWithoutProgress;) {
    kick();
    const auto after = socket_->tx.pending();
    idle = after < left ? 0 : idle + 1;
    left = after;
  }
  reclaim();
}

void XskPort::reclaim() {
  const auto sent = socket_->completion.available();
  if (sent == 0) return;
  for (std::uint32_t i = 0; i < sent; ++i) stock_[stock_count_++] = socket_->completion.take();
  socket_->completion.publish();
}

XskStatistics XskPort::statistics() const { return socket_ ? sum(retired_, told(socket_->statistics())) : retired_; }

}  // namespace cgn::io
