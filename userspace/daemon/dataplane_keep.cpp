// SPDX-License-Identifier: Apache-2.0
// Keeping the data plane as the config wants it, whatever happens to links, rules and programs.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/dataplane.hpp"

namespace cgn::daemon {

void Dataplane::keep(bool every_second) {
  const auto changes = watch_->read();
  neighbours_.insert(neighbours_.end(), changes.neighbours.begin(), changes.neighbours.end());
  if (changes.lost) {
    // The socket overflowed: what waits for a neighbour may wait for news that were lost.
    if (auto all = io::neighbours()) neighbours_.insert(neighbours_.end(), all->begin(), all->end());
  }
  if (changes.links) follow_links();
  // Every change raises a notification, but notifications can be lost: the guard is read back every second as well.
  if (changes.rules || changes.links || every_second) repair_guard();
  if (changes.links || every_second) reattach();
}

void Dataplane::follow_links() {
  const auto former = topology_;
  if (auto read = read_topology(); !read) return complain_once("interfaces", read.error());
  if (same(former, topology_)) return;
  if (auto written = write_tables(); !written) complain_once("tables", written.error());
  if (!(former.guard == topology_.guard)) guard_ = std::make_unique<io::Guard>(topology_.guard, places_.state_dir);
  for (const auto& name : topology_.missing) spdlog::warn("interface {} is gone: waiting for it to come back", name);
  changed_ = true;
}

void Dataplane::repair_guard() {
  const auto missing = guard_->missing();
  if (missing && missing->empty()) {
    guard_whole_ = true;
    return;
  }
  guard_whole_ = false;
  if (missing) spdlog::warn("leak guard: {} was gone, repairing", missing->front());
  if (auto installed = guard_->install(); !installed) return complain_once("leak guard", installed.error());
  guard_whole_ = true;
  complaints_.erase("leak guard");
}

void Dataplane::reattach() {
  for (const auto& port : topology_.ports) {
    const auto attached = attached_.find(port.name);
    if (attached != attached_.end() && !program_->severed(port.name, port.ifindex)) continue;
    const bool moved = attached == attached_.end() || attached->second.ifindex != port.ifindex;
    attached_.erase(port.name);
    program_->drop_link(port.name);
    if (moved) {
      if (auto bound = bind_port(port); !bound) {
        complain_once(port.name, bound.error());
        continue;
      }
    }
    if (auto again = attach_port(port); !again) {
      complain_once(port.name, again.error());
      continue;
    }
    complaints_.erase(port.name);
    changed_ = true;
  }
  std::erase_if(attached_, [&](const auto& entry) {
    return std::ranges::none_of(topology_.ports, [&](const PortInfo& p) { return p.name == entry.first; });
  });
}

Result<> Dataplane::bind_port(const PortInfo& port) {
  for (auto& hand : hands_) {
    if (hand->queue() >= port.rx_queues) continue;
    TRY_VOID(hand->reopen(hand_port(port)));
    for (const auto& d : hand->descriptors()) {
      if (d.port == port.index) TRY_VOID(program_->set_socket(port.index, hand->queue(), d.fd));
    }
  }
  changed_ = true;
  return {};
}

void Dataplane::complain_once(const std::string& about, const Error& error) {
  auto& said = complaints_[about];
  if (said == error.what) return;
  said = error.what;
  spdlog::error("{}{}{}", error.what, error.hint.empty() ? "" : "; ", error.hint);
}

}  // namespace cgn::daemon
