// SPDX-License-Identifier: Apache-2.0
// What the rows that play in one lab share.
//
// What        The lab and its device, and who has played already: each row gets subscribers and servers that nobody
//             had before, so that rows do not disturb each other and may play side by side.
// Ownership   Borrows lab and device. Many threads may draw from it.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "cast.hpp"
#include "device.hpp"

namespace cgn::selftest {

class Stage {
 public:
  Stage(const Lab& lab, const Device& device, Group group) : lab_{lab}, device_{device}, group_{group} {}

  [[nodiscard]] const Lab& lab() const { return lab_; }
  [[nodiscard]] const Device& device() const { return device_; }
  [[nodiscard]] Group group() const { return group_; }

  [[nodiscard]] Ipv4 subscriber() { return nth(kSubscribers, 256 + subscribers_++); }
  [[nodiscard]] Ipv4 narrow_subscriber() { return nth(kNarrow, 1 + narrow_++ % 250); }
  [[nodiscard]] Ipv4 server() { return nth(kServers, 1 + servers_++ % 120); }
  [[nodiscard]] Ipv4 far_server() { return nth(kFarServers, 1 + far_++ % 120); }
  // A small pool that nobody has used, in groups that have them; there are enough for every row and way.
  [[nodiscard]] SmallPool small_pool() { return selftest::small_pool(small_++ % kSmallPools); }
  [[nodiscard]] unsigned token() { return ++tokens_; }
  // A marker whose endpoint has not sent anything yet.
  [[nodiscard]] Endpoint marker() { return at(nth(kMarkers, 1), 1024 + markers_++ % 60000); }

  // Packets that left with an internal source: of every row, for the one that says that there are none.
  void note_untranslated(const std::string& packet) {
    const std::lock_guard lock{mutex_};
    untranslated_.push_back(packet);
  }
  [[nodiscard]] std::vector<std::string> untranslated() {
    const std::lock_guard lock{mutex_};
    return untranslated_;
  }

 private:
  static Ipv4 nth(const Prefix& prefix, unsigned n) { return Ipv4::from_host(prefix.first().host() + n); }

  const Lab& lab_;
  const Device& device_;
  Group group_;
  std::atomic<unsigned> subscribers_{0}, narrow_{0}, servers_{0}, far_{0}, small_{0}, tokens_{0}, markers_{0};
  std::mutex mutex_;
  std::vector<std::string> untranslated_;
};

}  // namespace cgn::selftest
