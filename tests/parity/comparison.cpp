// SPDX-License-Identifier: Apache-2.0
#include "parity/comparison.hpp"

#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>

#include "parity/sums.hpp"

namespace cgn::parity {
namespace {

std::uint32_t xdp_of(Verdict verdict) {
  switch (test::action_of(verdict)) {
    case test::Action::pass: return XDP_PASS;
    case test::Action::drop: return XDP_DROP;
    case test::Action::redirect: return XDP_REDIRECT;
  }
  return XDP_ABORTED;
}

template <class Value>
void differ(Differences& list, std::string_view what, const Value& model, const Value& kernel) {
  if (model != kernel) list.push_back(fmt::format("{}: model {}, kernel {}", what, model, kernel));
}

void compare_bytes(Differences& list, Frame model, Frame kernel) {
  if (std::ranges::equal(model, kernel)) return;
  if (model.size() != kernel.size()) differ(list, "frame size", model.size(), kernel.size());
  const auto [m, k] = std::ranges::mismatch(model, kernel);
  list.push_back(fmt::format("frame: differs at byte {}", m - model.begin()));
}

void compare_mac(Differences& list, const Mac& model, const __u8 (&kernel)[6]) {
  Mac mac;
  std::memcpy(mac.bytes.data(), kernel, sizeof(kernel));
  differ(list, "punt: MAC of the next hop", to_string(model), to_string(mac));
}

void compare_header(Differences& list, const KernelSide& world, const Arrival& in, const PuntHeader& model,
                    const cgn_punt& kernel) {
  differ(list, "punt: magic", unsigned{CGN_PUNT_MAGIC}, unsigned{kernel.magic});
  differ(list, "punt: version", unsigned{CGN_ABI_VERSION}, unsigned{kernel.version});
  differ(list, "punt: reason", unsigned{model.reason}, unsigned{kernel.reason});
  differ(list, "punt: direction", unsigned{model.direction}, unsigned{kernel.direction});
  differ(list, "punt: offset of IPv4", model.l3, std::size_t{kernel.l3_offset});
  differ(list, "punt: offset of the transport", model.l4, std::size_t{kernel.l4_offset});
  differ(list, "punt: MTU", model.mtu, unsigned{kernel.mtu});
  differ(list, "punt: view", unsigned{model.view}, unsigned{kernel.view});
  for (const auto pad : kernel.pad) differ(list, "punt: padding", 0u, unsigned{pad});
  differ(list, "punt: ingress", world.ifindex(in.port), kernel.ingress_ifindex);
  const unsigned state = !model.routed    ? CGN_NEXT_HOP_NONE
                         : model.resolved ? CGN_NEXT_HOP_KNOWN
                                          : CGN_NEXT_HOP_UNRESOLVED;
  differ(list, "punt: state of the next hop", state, unsigned{kernel.next_hop_state});
  if (!model.routed) return;
  differ(list, "punt: egress", world.ifindex(model.egress), kernel.egress_ifindex);
  differ(list, "punt: next hop", to_string(model.next_hop), to_string(Ipv4::from_net(kernel.next_hop)));
  if (model.resolved) compare_mac(list, test::facts(model.egress).next_hop_mac, kernel.dmac);
}

void compare_punted(Differences& list, const KernelSide& world, const Arrival& in, const Observation& seen,
                    const Answer& answer) {
  cgn_punt header{};
  if (seen.frame.size() < sizeof(header)) {
    list.emplace_back("a punted frame is shorter than its header");
    return;
  }
  std::memcpy(&header, seen.frame.data(), sizeof(header));
  compare_header(list, world, in, *answer.punt, header);
  compare_bytes(list, answer.frame, seen.frame.subspan(sizeof(header)));
}

// Bypassed ones too: only the TTL and its sum may change.
bool is_forwarded(Verdict verdict) {
  return verdict == CGN_VERDICT_TRANSLATED || verdict == CGN_VERDICT_HAIRPINNED || verdict == CGN_VERDICT_BYPASSED;
}

std::string moved_text(const Observation& seen) {
  std::string text;
  for (const auto& [verdict, by] : seen.moved) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", word_of(verdict));
    if (by != 1) text += fmt::format(" by {}", by);
  }
  return text.empty() ? "none" : text;
}

void compare_stamp(Differences& list, std::string_view what, const Stamp& model, const Stamp& now) {
  if (model.holds(now.high)) return;
  list.push_back(fmt::format("{}: model {} to {}, kernel {}", what, model.low, model.high, now.high));
}

}  // namespace

Differences compare_packet(const KernelSide& world, const Arrival& in, const Observation& seen, const Answer& answer) {
  Differences list;
  if (!answer.quarrel.empty()) list.emplace_back(answer.quarrel);
  differ(list, "verdict", std::string{word_of(answer.verdict)}, moved_text(seen));
  if (!list.empty()) return list;
  differ(list, "action", xdp_of(answer.verdict), seen.action);
  if (answer.frame_open) return list;
  if (answer.punt) {
    compare_punted(list, world, in, seen, answer);
    return list;
  }
  compare_bytes(list, answer.frame, seen.frame);
  if (!is_forwarded(answer.verdict)) return list;
  if (const auto fault = fault_of_sums(in.frame, seen.frame)) list.push_back("sums of the kernel's packet: " + *fault);
  return list;
}

Differences compare_half(const HalfKey& key, const Half& model, const std::optional<Half>& now) {
  Differences list;
  if (!now) {
    list.push_back(fmt::format("entry {}: gone", to_string(key)));
    return list;
  }
  differ(list, "to", to_string(model.to), to_string(now->to));
  differ(list, "remote", to_string(model.remote), to_string(now->remote));
  differ(list, "features", unsigned{model.features}, unsigned{now->features});
  differ(list, "seen", unsigned{model.seen}, unsigned{now->seen});
  differ(list, "mapping id", model.mapping_id, now->mapping_id);
  differ(list, "packets", model.packets, now->packets);
  differ(list, "bytes", model.bytes, now->bytes);
  const auto text = [](const Progress& p) {
    return fmt::format("{} window {} scale {}{}", p.acknowledged, p.window, p.scale, p.known ? "" : " unknown");
  };
  differ(list, "acknowledged", text(model.progress), text(now->progress));
  compare_stamp(list, "last_seen", model.last_seen, now->last_seen);
  compare_stamp(list, "last_data", model.last_data, now->last_data);
  compare_stamp(list, "closed_at", model.closed_at, now->closed_at);
  for (auto& sentence : list) sentence = fmt::format("entry {}: {}", to_string(key), sentence);
  return list;
}

Differences compare_table(const Halves& model, const Halves& now) {
  Differences list;
  for (const auto& [key, half] : model) {
    const auto found = now.find(key);
    const auto more = compare_half(key, half, found == now.end() ? std::nullopt : std::optional{found->second});
    list.insert(list.end(), more.begin(), more.end());
  }
  differ(list, "entries in the table", model.size(), now.size());
  return list;
}

Differences compare_heard(const std::map<Heard, Stamp>& model, const std::map<Heard, Stamp>& now) {
  Differences list;
  for (const auto& [heard, stamp] : model) {
    const auto found = now.find(heard);
    const auto what =
        fmt::format("permission of {} for {}", cgn::to_string(heard.external), cgn::to_string(heard.remote));
    if (found == now.end()) {
      list.push_back(what + ": gone");
    } else {
      compare_stamp(list, what, stamp, found->second);
    }
  }
  return list;
}

std::string to_string(const HalfKey& key) {
  const auto remote = key.remote ? " with " + cgn::to_string(*key.remote) : "";
  return fmt::format("{} {} {}{}", is_outbound(key.realm) ? "outbound" : "inbound", cgn::to_string(key.proto),
                     cgn::to_string(key.end), remote);
}

std::string to_string(const Answer& answer) {
  std::string text = fmt::format("{}, {} bytes", word_of(answer.verdict), answer.frame.size());
  if (answer.punt) text += fmt::format(", reason {} direction {}", +answer.punt->reason, +answer.punt->direction);
  for (const auto& key : answer.touched) text += fmt::format("\n    uses {}", to_string(key));
  return text + "\n" + test::hex(answer.frame);
}

std::string to_string(const Observation& seen) {
  return fmt::format("{}, action {}, {} bytes\n{}", moved_text(seen), seen.action, seen.frame.size(),
                     test::hex({seen.frame.begin(), seen.frame.end()}));
}

}  // namespace cgn::parity
