// SPDX-License-Identifier: Apache-2.0
// The external addresses of one pool, cut into blocks.
//
// What        Every address is cut alike (decision 0010): first blocks, then extension blocks, then the odd remainder as
//             one smaller extension block, so that every configured port belongs to a block.
//
//               ports of one address   |first|first|..|first|ext|ext|..|ext|odd|
//
//             A first block is taken at a random address that has one free, in constant time; everything else a
//             subscriber gets comes from the address of its first block (paired, RFC 6888 REQ-2), or, where the pool
//             is arbitrary, from any address once that one has no more. First blocks are
//             never lent as extensions, so that the pool's first max_subscribers find theirs.
// Life-cycle  A spot is free or taken. Who holds or rests in a taken one is the block table's knowledge.
// RFC         4787 REQ-2 · 6888 REQ-2, REQ-3, REQ-13
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "core/random.hpp"

namespace cgn::core {

// Which block of a pool: the address by its index, the block by its number on that address.
struct Spot {
  std::uint32_t address = 0;
  std::uint32_t number = 0;
  friend bool operator==(const Spot&, const Spot&) = default;
};

class Pool {
 public:
  explicit Pool(const config::Pool&);

  [[nodiscard]] const config::Pool& policy() const { return policy_; }
  // What of a policy may change while blocks are lent: not its addresses, ports, sizes or number of subscribers.
  void follow(const config::Pool&);
  [[nodiscard]] std::uint64_t max_subscribers() const { return max_subscribers_; }
  [[nodiscard]] std::uint64_t first_blocks() const { return std::uint64_t{first_} * addresses_.size(); }
  [[nodiscard]] std::uint64_t extension_blocks() const { return std::uint64_t{blocks_ - first_} * addresses_.size(); }

  [[nodiscard]] Ipv4 address(Spot s) const { return addresses_[s.address].value; }
  [[nodiscard]] PortRange ports(Spot) const;
  [[nodiscard]] bool is_first(Spot s) const { return s.number < first_; }

  // A random free one, now taken. nullopt: none is free.
  [[nodiscard]] std::optional<Spot> take_first(Random&);
  [[nodiscard]] std::optional<Spot> take_first_at(std::uint32_t address, Random&);
  // At a random address that has one.
  [[nodiscard]] std::optional<Spot> take_extension(Random&);
  // The odd remainder only when no whole extension block is free.
  [[nodiscard]] std::optional<Spot> take_extension_at(std::uint32_t address, Random&);
  // The one that holds this port, of the address; at a random address, of a few that are looked at.
  [[nodiscard]] std::optional<Spot> at(std::uint32_t address, Port) const;
  [[nodiscard]] std::optional<Spot> take_first_with(Port, Random&);
  [[nodiscard]] std::optional<Spot> take_extension_with(Port, Random&);
  // This one. False when it is taken.
  [[nodiscard]] bool take(Spot);
  void give_back(Spot);

  [[nodiscard]] std::optional<std::uint32_t> index_of(Ipv4) const;
  // The block with exactly these ports.
  [[nodiscard]] std::optional<Spot> find(Ipv4, PortRange) const;
  // Every block that shares a port with these.
  [[nodiscard]] std::vector<Spot> overlapping(Ipv4, PortRange) const;

 private:
  // Addresses that have something free, in no order; to put one in, to take it out and to draw one are O(1).
  class Open {
   public:
    explicit Open(std::size_t addresses) : places_(addresses, kClosed) {}
    void set(std::uint32_t address, bool open);
    [[nodiscard]] std::optional<std::uint32_t> draw(Random&) const;

   private:
    static constexpr std::uint32_t kClosed = ~std::uint32_t{0};
    std::vector<std::uint32_t> members_{};
    std::vector<std::uint32_t> places_;  // of each address among the members
  };

  struct Address {
    Ipv4 value{};
    std::vector<std::uint16_t> free_first{};
    std::vector<std::uint16_t> free_extensions{};
    bool odd_free = false;
  };

  void cut(Address&) const;
  [[nodiscard]] std::uint32_t number_at(unsigned port) const;
  void note(std::uint32_t address);  // what it has free has changed

  config::Pool policy_;
  std::uint32_t first_;            // first blocks of an address
  std::uint32_t whole_;            // first blocks and extension blocks of full size
  std::uint32_t blocks_;           // all, the odd one too
  unsigned extensions_begin_ = 0;  // port at which the first extension block begins
  std::uint64_t max_subscribers_;
  std::vector<Address> addresses_;  // ascending
  Open first_open_;                 // addresses with a free first block
  Open extension_open_;
};

}  // namespace cgn::core
