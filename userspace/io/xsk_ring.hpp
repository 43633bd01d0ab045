// SPDX-License-Identifier: Apache-2.0
// The rings that an AF_XDP socket shares with the kernel.
//
// What        Each ring has one producer and one consumer, who each write only their own counter. Counters run freely
//             and wrap at 2^32; the slot is counter modulo size (a power of two).
//
//                  consumer             producer
//                     v                    v
//             [ . . . X  X  X  X  X  X  X  . . . ]     producer - consumer = elements in the ring
//
//             We produce on fill (u64 addresses) and tx (descriptors), and consume completion (u64) and rx
//             (descriptors).
// Ownership   A ring owns its mapping. One thread uses it.
// Failure     None: the kernel cannot make a ring invalid. push() and take() have preconditions (asserts).
#pragma once

#include <linux/if_xdp.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdint>

#include "io/mapped_memory.hpp"

namespace cgn::io {

// What both kinds of ring need to know of the shared memory.
template <class Element>
class XskRing {
 public:
  XskRing() = default;
  XskRing(MappedMemory memory, const xdp_ring_offset& at, std::uint32_t size)
      : memory_{std::move(memory)},
        producer_{counter_at(at.producer)},
        consumer_{counter_at(at.consumer)},
        flags_{counter_at(at.flags)},
        // The kernel's layout: aligned for its element, alive as long as memory_ is.
        elements_{reinterpret_cast<Element*>(memory_.data() + at.desc)},
        size_{size} {}

  [[nodiscard]] std::uint32_t size() const { return size_; }
  // The kernel sleeps on this ring and wants a system call.
  [[nodiscard]] bool wakeup_wanted() const {
    return (std::atomic_ref{*flags_}.load(std::memory_order_relaxed) & XDP_RING_NEED_WAKEUP) != 0;
  }

 protected:
  [[nodiscard]] std::uint32_t* counter_at(std::uint64_t offset) const {
    return reinterpret_cast<std::uint32_t*>(memory_.data() + offset);
  }
  [[nodiscard]] Element& slot(std::uint32_t counter) const { return elements_[counter & (size_ - 1)]; }

  MappedMemory memory_;
  std::uint32_t* producer_ = nullptr;
  std::uint32_t* consumer_ = nullptr;
  std::uint32_t* flags_ = nullptr;
  Element* elements_ = nullptr;
  std::uint32_t size_ = 0;
};

// Invariant: next_ - (the kernel's consumer) <= size. Elements pushed are the kernel's after publish().
template <class Element>
class ProducerRing : public XskRing<Element> {
 public:
  using XskRing<Element>::XskRing;

  // Elements pushed and not yet taken by the kernel.
  [[nodiscard]] std::uint32_t pending() const {
    return next_ - std::atomic_ref{*this->consumer_}.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint32_t room() const { return this->size_ - pending(); }
  // Precondition: room() > 0.
  void push(const Element& element) {
    assert(room() > 0);
    this->slot(next_++) = element;
  }
  // Release: the kernel sees the elements, and the bytes of their frames, before the counter.
  void publish() { std::atomic_ref{*this->producer_}.store(next_, std::memory_order_release); }

 private:
  std::uint32_t next_ = 0;
};

// Invariant: next_ <= (the kernel's producer). Elements taken may be overwritten by the kernel after publish().
template <class Element>
class ConsumerRing : public XskRing<Element> {
 public:
  using XskRing<Element>::XskRing;

  [[nodiscard]] std::uint32_t available() const {
    return std::atomic_ref{*this->producer_}.load(std::memory_order_acquire) - next_;
  }
  // Precondition: available() > 0.
  [[nodiscard]] Element take() {
    assert(available() > 0);
    return this->slot(next_++);
  }
  void publish() { std::atomic_ref{*this->consumer_}.store(next_, std::memory_order_release); }

 private:
  std::uint32_t next_ = 0;
};

}  // namespace cgn::io
