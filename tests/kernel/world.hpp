// SPDX-License-Identifier: Apache-2.0
// The program, loaded, in the world of packets/cast.hpp: tables filled, packets run through it one by one.
//
// What        visit() runs one frame by BPF_PROG_TEST_RUN and tells all that came of it: action, frame, and how far
//             every counter moved. Nothing is attached and nothing is pinned.
// Life-cycle  A world for each test case; it owns network, program, maps and a listening socket.
// Failure     Throws when the kernel refuses the set-up.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cgn/abi.h"
#include "listener.hpp"
#include "network.hpp"
#include "packets/row.hpp"

struct bpf_object;

// Every test case of the tier begins with it; CTest reads the word.
#define CGN_NEEDS_KERNEL()                                            \
  if (!::cgn::test::may_load_programs()) {                            \
    WARN("SKIPPED: loading BPF programs needs root and /sys/fs/bpf"); \
    return;                                                           \
  }

namespace cgn::test {

using Counters = std::array<std::uint64_t, CGN_VERDICT_COUNT>;

// All zero but one.
[[nodiscard]] Counters only(Verdict, std::uint64_t count = 1);
// "translated 1, punted 2": the counters that are not zero.
[[nodiscard]] std::string to_string(const Counters&);

struct Visit {
  std::uint32_t action = 0;  // XDP_*
  Bytes out{};
  Counters counters{};
  [[nodiscard]] Verdict verdict() const;  // the one counter that moved; CONTINUE if it is not one
};

// Both entries of a mapping, as the daemon would install them.
struct Entries {
  cgn_entry inbound{};
  cgn_entry outbound{};
};
[[nodiscard]] Entries entries_of(const Mapping&, std::uint32_t id);

class World {
 public:
  World();                                       // the program as shipped
  explicit World(std::string_view object_file);  // a variant of it
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // By the physical port of the link; the tags are in the frame.
  [[nodiscard]] Visit visit(Link, const Bytes& in) const;
  // The same without looking at counters, for loops; `out` keeps its capacity.
  std::uint32_t run(unsigned ingress_ifindex, const Bytes& in, Bytes& out) const;

  void clear_entries() const;  // sessions and permissions, too
  void install(const cgn_entry&) const;
  void install(const Entries&) const;  // inbound first
  void install(const Mapping& m, std::uint32_t id = 1) const { install(entries_of(m, id)); }
  void permit(const Heard&) const;
  [[nodiscard]] std::uint32_t permission_seen(const Heard&) const;  // its stamp; throws when absent
  [[nodiscard]] cgn_entry entry(const cgn_key&) const;              // throws when absent
  // As another entry names itself.
  [[nodiscard]] cgn_entry entry(const cgn_entry_key& own) const;
  [[nodiscard]] cgn_entry now(const cgn_entry&) const;  // that stands where this one was installed
  bool remove(const cgn_key&) const;
  void clear_sessions() const;

  void listen(bool) const;  // false: no socket in the XSKMAP
  void set(const cgn_settings&);
  [[nodiscard]] const cgn_settings& settings() const { return settings_; }
  void set_class(std::uint8_t view, const Prefix&, const cgn_class&) const;
  void set_realm(std::uint32_t realm, std::string_view interface) const;  // by which routes into it are asked for
  void set_class(const Prefix&, std::uint32_t flags, std::uint32_t bypass_set = 0) const;
  void set_link(Link, std::uint8_t role) const;
  void set_live(InternalAddress subscriber, bool live) const;
  void set_lent(Ipv4 external, bool lent) const;  // a durable block is lent on it
  void forget_port(Link) const;                   // as if the port had just left

  [[nodiscard]] const Network& network() const { return network_; }
  [[nodiscard]] int program() const;
  [[nodiscard]] int map(const char* name) const;
  [[nodiscard]] Counters counters() const;

 private:
  explicit World(bpf_object*);
  void fill() const;
  void mark(const cgn_subscriber_key&, bool live) const;

  Network network_;
  Listener listener_;
  bpf_object* object_;
  cgn_settings settings_{};
};

[[nodiscard]] std::uint8_t port_of(Link);
[[nodiscard]] cgn_permission_key permission_key(const Heard&);
[[nodiscard]] cgn_key outbound_key(const Mapping&);
[[nodiscard]] cgn_key inbound_key(const Mapping&);

}  // namespace cgn::test
