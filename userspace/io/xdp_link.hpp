// SPDX-License-Identifier: Apache-2.0
// The bond between the program and one port.
//
// What        A pinned bpf_link: new on a free port, updated to the new program where one is pinned already.
// Life-cycle  hold() -> severed() asked every second -> (severed: drop(), hold() anew) -> detach() on the operator's
// word. Ownership   Owns a descriptor of the link; the pin keeps the link when the descriptor closes. Failure     A
// foreign program is never replaced: its id is named. A pinned link that runs in another mode than the
//             one asked for is refused, because changing it would leave the port without program for a moment.
#pragma once

#include <filesystem>
#include <string>

#include "cgn/result.hpp"
#include "io/fd.hpp"
#include "io/program.hpp"

namespace cgn::io {

class XdpLink {
 public:
  struct Port {
    std::string interface;
    unsigned ifindex = 0;
    AttachMode mode = AttachMode::automatic;
  };
  // Afterwards the port runs the program and the link is pinned.
  [[nodiscard]] static Result<XdpLink> hold(const Port&, int program_fd, const std::filesystem::path& pin);
  // Ends a pinned link at once, also for descriptors held elsewhere, and removes the pin. Absent is fine.
  [[nodiscard]] static Result<> detach(const std::filesystem::path& pin);

  [[nodiscard]] bool native() const { return native_; }
  // The link no longer holds this interface.
  [[nodiscard]] bool severed(unsigned ifindex) const { return held_ifindex(link_) != ifindex; }

 private:
  XdpLink(Fd link, bool native) : link_{std::move(link)}, native_{native} {}
  [[nodiscard]] static unsigned held_ifindex(const Fd& link);
  [[nodiscard]] static Result<XdpLink> update(Fd link, const Port&, int program_fd);
  [[nodiscard]] static Result<XdpLink> create(const Port&, int program_fd, const std::filesystem::path& pin);

  Fd link_;
  bool native_ = false;
};

}  // namespace cgn::io
