// SPDX-License-Identifier: Apache-2.0
// Whom mappings with dependent filtering hear, from the slow path's side: what bpf/filter.h asks, this answers.
//
// What        judge() is asked of every packet that is about to leave by a mapping. Outbound, it learns the remote (the
//             book is core::Permissions, the kernel's map follows it); inbound and hairpinned, the receiver must hear the
//             sender, as in the kernel.
// Life-cycle  adopt() after the mappings were adopted: permissions of those stay, all others go. tick() ages them.
// Ownership   Owns the book; borrows translator and map.
// Failure     PERMISSION_LIMIT, also when the kernel has no room; FILTERED.
#pragma once

#include "core/permissions.hpp"
#include "core/translator.hpp"
#include "daemon/punted.hpp"
#include "io/permission_table.hpp"

namespace cgn::daemon {

class Filter {
 public:
  Filter(const core::Translator& translator, io::PermissionTable table, core::Permissions book)
      : translator_{translator}, table_{table}, book_{std::move(book)} {}

  // CONTINUE: it may leave.
  [[nodiscard]] Verdict judge(const Punted&, const core::MappingView&, const Now&);
  // Lets the mapping hear a remote to whom nothing was sent yet.
  [[nodiscard]] Verdict admit(const core::MappingView&, Endpoint remote, const Now&);
  void mapping_ended(const core::MappingView&);
  void tick(const Now&, std::size_t most);
  void follow(const config::Config& config) { book_.follow(config.timeouts); }
  // How many were kept.
  std::size_t adopt(const Now&);

  [[nodiscard]] std::size_t size() const { return book_.size(); }

 private:
  [[nodiscard]] Verdict learn(const core::Permission&, Stamp now);
  [[nodiscard]] Verdict hears(const core::MappingView& receiver, Endpoint sender) const;
  [[nodiscard]] Stamp last_seen(const core::Permission&) const;

  const core::Translator& translator_;
  io::PermissionTable table_;
  core::Permissions book_;
};

}  // namespace cgn::daemon
