// SPDX-License-Identifier: Apache-2.0
// Attach, update, detach of one port's link; the rules are in the header.
#include "io/xdp_link.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include <optional>

#include "io/pin_directory.hpp"

namespace cgn::io {
namespace {

// What the kernel says of the XDP program on a port.
struct Occupant {
  std::uint32_t program_id = 0;  // 0 = none
  bool native = false;
};

Result<Occupant> occupant(const XdpLink::Port& port) {
  bpf_xdp_query_opts told{};
  told.sz = sizeof told;
  const int refused = bpf_xdp_query(static_cast<int>(port.ifindex), 0, &told);
  if (refused != 0) return fail_errno(fmt::format("ask what runs on {}", port.interface), -refused);
  if (told.drv_prog_id != 0) return Occupant{.program_id = told.drv_prog_id, .native = true};
  if (told.skb_prog_id != 0) return Occupant{.program_id = told.skb_prog_id, .native = false};
  return Occupant{.program_id = told.prog_id, .native = told.attach_mode != XDP_ATTACHED_SKB};
}

Unexpected occupied(const XdpLink::Port& port, std::uint32_t program_id) {
  return fail(fmt::format("{} already runs XDP program id {}, which is not ours", port.interface, program_id),
              fmt::format("bpftool prog show id {}; if it is not needed: ip link set dev {} xdp off", program_id,
                          port.interface));
}

// All zero for anything that is not an XDP link.
bpf_link_info info_of(const Fd& link) {
  bpf_link_info told{};
  __u32 size = sizeof told;
  if (bpf_obj_get_info_by_fd(link.get(), &told, &size) != 0 || told.type != BPF_LINK_TYPE_XDP) return {};
  return told;
}

// A new link in one mode; native or generic.
Result<Fd> create_link(const XdpLink::Port& port, int program_fd, bool native) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const int fd = bpf_link_create(program_fd, static_cast<int>(port.ifindex), BPF_XDP, &options);
  if (fd >= 0) return Fd{fd};
  return fail_errno(native ? "native mode" : "generic mode", -fd);
}

}  // namespace

Result<XdpLink> XdpLink::create(const Port& port, int program_fd, const std::filesystem::path& pin) {
  TRY(before, occupant(port));
  if (before.program_id != 0) return occupied(port, before.program_id);

  const bool try_native = port.mode != AttachMode::generic;
  const bool try_generic = port.mode != AttachMode::native;
  const auto clause = fmt::format("attach cgn_xdp to {}", port.interface);
  Result<Fd> link = fail(clause);
  std::string reasons;
  bool native = false;
  for (const bool as_native : {true, false}) {
    if (link || !(as_native ? try_native : try_generic)) continue;
    link = create_link(port, program_fd, as_native);
    native = as_native;
    if (!link) reasons += (reasons.empty() ? "" : "; ") + link.error().what;
  }
  if (!link) {
    const bool could_fall_back = port.mode == AttachMode::native;
    return Unexpected{Error{fmt::format("{}: {}", clause, reasons),
                            could_fall_back ? "the driver may lack native XDP: ask for mode automatic" : "",
                            link.error().code}};
  }
  if (bpf_obj_pin(link->get(), pin.c_str()) != 0) return fail_errno(fmt::format("pin the link of {}", port.interface));
  return XdpLink{std::move(*link), native};
}

Result<XdpLink> XdpLink::update(Fd link, const Port& port, int program_fd) {
  TRY(before, occupant(port));
  // Interface numbers repeat between network namespaces, so the number alone does not prove that the link is here.
  if (before.program_id != info_of(link).prog_id) {
    return fail(fmt::format("the pinned link of {} holds an interface of another network namespace", port.interface),
                "give each namespace its own --bpf-dir");
  }
  if (port.mode != AttachMode::automatic && (port.mode == AttachMode::native) != before.native) {
    return fail(fmt::format("{} runs cgn_xdp in {} mode and cannot change it while traffic flows", port.interface,
                            before.native ? "native" : "generic"),
                "keep the mode, or run cgnctl detach first");
  }
  if (bpf_link_update(link.get(), program_fd, nullptr) != 0) {
    return fail_errno(fmt::format("replace the program on {}", port.interface));
  }
  return XdpLink{std::move(link), before.native};
}

Result<XdpLink> XdpLink::hold(const Port& port, int program_fd, const std::filesystem::path& pin) {
  TRY(pinned, PinDirectory::open(pin));
  if (pinned && held_ifindex(pinned) == port.ifindex) return update(std::move(pinned), port, program_fd);
  if (pinned) {
    TRY_VOID(detach(pin));
  }
  return create(port, program_fd, pin);
}

Result<> XdpLink::detach(const std::filesystem::path& pin) {
  TRY(link, PinDirectory::open(pin));
  if (!link) return {};
  // A severed link has nothing left to detach, and says so in several ways.
  if (bpf_link_detach(link.get()) != 0 && held_ifindex(link) != 0) {
    return fail_errno(fmt::format("detach the link {}", pin.string()));
  }
  return PinDirectory::unpin(pin);
}

unsigned XdpLink::held_ifindex(const Fd& link) { return info_of(link).xdp.ifindex; }

}  // namespace cgn::io
