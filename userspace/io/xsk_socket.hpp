// SPDX-License-Identifier: Apache-2.0
// One AF_XDP socket: bound to one receive queue of one port, with its four rings.
//
// What        Creates the socket, its rings, and binds it. The first socket of a UMEM registers the memory; the others
//             name any bound sibling and share it (XDP_SHARED_UMEM), each with fill and completion rings of its own,
//             because a fill ring belongs to one (port, queue).
// Why by hand Written against the kernel's own interface, not libxdp: there the UMEM lives inside its first socket,
// which
//             then cannot be closed and made anew when its interface is re-created while the other ports go on. It also
//             looks for programs and maps of its own, which we never want. What is left is this file and xsk_ring.hpp.
// Life-cycle  open() -> rings in use -> destruction closes. The kernel frees the queue a moment later, so a bind soon
//             after a close may meet EBUSY: retried for about a second and a half.
// Ownership   Owns descriptor and rings, borrows the UMEM's memory.
// Failure     Every refusal names interface, queue and step; a limit of locked memory comes with its way out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cgn/result.hpp"
#include "io/fd.hpp"
#include "io/xsk_ring.hpp"

namespace cgn::io {

inline constexpr std::uint32_t kXskRingSize = 2048;   // elements of each ring, a power of two
inline constexpr std::uint32_t kXskFrameSize = 4096;  // bytes of a UMEM frame

class XskSocket {
 public:
  struct Place {
    std::string interface;  // for the sentence of an error
    unsigned ifindex = 0;
    unsigned queue = 0;
    bool zerocopy = false;
  };
  // sibling: descriptor of a bound socket that already shares `frames`, or nullopt to register `frames` anew.
  [[nodiscard]] static Result<XskSocket> open(const Place&, const MappedMemory& frames, std::optional<int> sibling);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool zerocopy() const { return zerocopy_; }
  [[nodiscard]] xdp_statistics statistics() const;

  ProducerRing<std::uint64_t> fill;
  ConsumerRing<std::uint64_t> completion;
  ConsumerRing<xdp_desc> rx;
  ProducerRing<xdp_desc> tx;

 private:
  explicit XskSocket(Fd fd) : fd_{std::move(fd)} {}
  [[nodiscard]] static Result<XskSocket> open_once(const Place&, const MappedMemory&, std::optional<int> sibling);
  [[nodiscard]] Result<> make_rings();
  [[nodiscard]] Result<> bind_to(const Place&, std::optional<int> sibling);

  Fd fd_;
  bool zerocopy_ = false;
};

}  // namespace cgn::io
