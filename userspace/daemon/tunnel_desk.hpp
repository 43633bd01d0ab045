// SPDX-License-Identifier: Apache-2.0
// Tunnels, from the slow path's side: what bpf/tunnel.h asks, this answers.
//
// What        Outbound, the first packet to a remote anchors the tunnel in a block of its subscriber's and takes the remote
//             for it; inbound, an unknown SPI is bound to whose turn it is. The book is core::Tunnels, the kernel's
//             `sessions` follow it: the way back first, then the way out; for ESP a mark stands for the way back.
// Life-cycle  adopt() after the blocks were adopted: tunnels in a block of their subscriber's stay, all others go. tick() ends
//             those that nothing leaves by any more.
// Ownership   Owns the book; borrows translator and map.
// Failure     PROTOCOL where the config does not want the tunnel; TUNNEL_TAKEN; NO_MAPPING for an SPI that is nobody's, and
//             MAPPING_LIMIT beyond a tunnel's own; SLOW_PATH_ERROR, when the kernel has no room.
#pragma once

#include <span>

#include "core/translator.hpp"
#include "core/tunnels.hpp"
#include "daemon/punted.hpp"
#include "io/session_table.hpp"

namespace cgn::daemon {

class TunnelDesk {
 public:
  TunnelDesk(core::Translator& translator, io::SessionTable table, const config::Config& config, std::uint64_t seed)
      : translator_{translator}, table_{table}, config_{config}, book_{config.timeouts, seed} {}

  [[nodiscard]] core::Decision outbound(const Punted&, const Now&, core::Effects&);
  [[nodiscard]] core::Decision inbound(const Punted&, const Now&);
  // Whose packet, or what is quoted of one, this is.
  [[nodiscard]] std::optional<core::MappingView> mapping_of(const Punted&, const Now&) const;

  // The block's row is synced, or never will be: its tunnels live, or go. Before the frames that wait for it.
  void released(const core::ReleaseHeld&, const Now&);
  void tick(const Now&, std::size_t most, core::Effects&);
  // By order, as of mappings; how many there were.
  std::size_t clear(const SubscriberId& internal, const Now&, core::Effects&);
  void follow(const config::Config& config) { book_.follow(config.timeouts); }

  struct Adopted {
    std::size_t entries = 0;
    std::size_t removed = 0;
  };
  // All entries of tunnels that the kernel kept.
  Adopted adopt(std::span<const cgn_entry>, const Now&);

  [[nodiscard]] const core::Tunnels& book() const { return book_; }

 private:
  using Id = core::Tunnels::Id;

  [[nodiscard]] bool wanted(Proto) const;
  [[nodiscard]] core::MappingView view(Id) const;
  [[nodiscard]] std::optional<Id> receiver(const packet::View&) const;
  [[nodiscard]] std::optional<Id> quoted(const Punted&, const Now&) const;
  [[nodiscard]] core::Tunnels::Look look() const;
  [[nodiscard]] Verdict bind(Id, core::Spi, Stamp now);
  bool install(Id, Stamp now);
  void refresh_mark(Ipv4 external, Ipv4 remote, Stamp now);
  void remove_inbound(const core::Tunnel&, std::span<const core::Spi>);
  void remove(Id, const Now&, core::Effects&);
  [[nodiscard]] bool adopt_outbound(const cgn_entry&, const Now&);
  [[nodiscard]] bool adopt_inbound(const cgn_entry&);

  core::Translator& translator_;
  io::SessionTable table_;
  const config::Config& config_;
  core::Tunnels book_;
};

}  // namespace cgn::daemon
