// SPDX-License-Identifier: Apache-2.0
// The workbench of these tests: a network namespace of their own, veth pairs in it, and frames put on their far ends.
//
// What        Bench moves the test process into a fresh network namespace and gives it a private directory of pins,
//             which it empties and removes at the end. Wire is one veth pair: `near` is the port under test, `far`
//             the peer. FarEnd speaks raw Ethernet on the peer.
// Failure     Without root the process ends with code 77 after saying SKIPPED; all else is a failed REQUIRE.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cgn/net.hpp"
#include "io/fd.hpp"

namespace cgn::test {

using Bytes = std::vector<std::byte>;

class Bench {
 public:
  Bench();
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  [[nodiscard]] const std::filesystem::path& pins() const { return pins_; }

 private:
  std::filesystem::path pins_;
};

// Runs a command; a failure fails the test and names it.
void run(const std::string& command);
// The command's standard output.
[[nodiscard]] std::string output_of(const std::string& command);
// Asks again and again until true, for at most ten seconds; false then.
[[nodiscard]] bool eventually(const std::function<bool()>& true_now);

[[nodiscard]] unsigned index_of(const std::string& interface);  // 0: there is none
[[nodiscard]] Mac mac_of(const std::string& interface);

// What iproute2 says of the XDP program on an interface, as JSON; empty when there is none.
[[nodiscard]] std::string xdp_on(const std::string& interface);

// near and far, both up, offloads off.
struct Wire {
  std::string near;
  std::string far;
  explicit Wire(const std::string& name);
  void make() const;    // both ends, as the constructor does
  void unmake() const;  // deletes the pair
};

class FarEnd {
 public:
  explicit FarEnd(const std::string& interface);
  void send(std::span<const std::byte> frame) const;
  // The next frame of this EtherType that arrives from the wire, within ten seconds.
  [[nodiscard]] std::optional<Bytes> receive(std::uint16_t ether_type) const;
  // As many as have arrived by now, of this EtherType.
  [[nodiscard]] std::size_t drain(std::uint16_t ether_type) const;

 private:
  io::Fd socket_;
};

inline constexpr std::uint16_t kTestEtherType = 0x88b5;  // IEEE 802: local experimental

// An Ethernet frame of the experimental type: `length` bytes, the number repeated in its body.
[[nodiscard]] Bytes numbered_frame(std::uint32_t number, std::size_t length = 64);
[[nodiscard]] std::uint32_t number_of(std::span<const std::byte> frame);

}  // namespace cgn::test
