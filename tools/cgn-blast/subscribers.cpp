// SPDX-License-Identifier: Apache-2.0
// Subscribers by the thousand: one thread sends, one judges the answers.
#include "subscribers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "frame.hpp"
#include "pace.hpp"
#include "packet/view.hpp"
#include "packet_socket.hpp"

namespace cgn::blast {
namespace {

using namespace std::chrono;

std::uint64_t steady_ns() { return static_cast<std::uint64_t>(steady_clock::now().time_since_epoch() / 1ns); }

// The flows of a plan by number, and back.
class Flows {
 public:
  explicit Flows(const SubscribersPlan& plan) : plan_{plan} {}

  [[nodiscard]] std::uint64_t count() const { return std::uint64_t{plan_.count} * plan_.flows; }
  [[nodiscard]] Endpoint internal(std::uint64_t flow) const {
    return {Ipv4::from_host(plan_.base.host() + static_cast<std::uint32_t>(flow % plan_.count)),
            Port{static_cast<std::uint16_t>(plan_.first_port.value() + flow / plan_.count)}};
  }
  [[nodiscard]] Endpoint target(std::uint64_t flow) const { return plan_.targets[flow % plan_.targets.size()]; }
  [[nodiscard]] bool is_ours(Ipv4 address) const { return address.host() - plan_.base.host() < plan_.count; }

 private:
  const SubscribersPlan& plan_;
};

// Reads answers until told to stop. Only its own thread touches it in between, except answered().
class Judge {
 public:
  Judge(PacketSocket& socket, const Flows& flows) : socket_{socket}, flows_{flows}, last_round_(flows.count(), 0) {}

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const auto frame : socket_.receive(20ms)) judge(frame);
    }
  }
  [[nodiscard]] std::uint64_t answered() const { return answered_.load(std::memory_order_relaxed); }

  // After run() has returned.
  void report(SubscribersReport& r) const {
    r.answered = answered();
    r.wrong_destination = wrong_destination_;
    r.wrong_source = wrong_source_;
    r.damaged = damaged_;
    r.longest_silence_ms = static_cast<std::uint64_t>(longest_silence_ / 1ms);
    r.flows_answered = static_cast<std::uint64_t>(std::ranges::count_if(last_round_, [](auto n) { return n > 0; }));
    r.flows_answered_in_last_round =
        static_cast<std::uint64_t>(std::ranges::count(last_round_, static_cast<std::uint32_t>(r.rounds)));
  }

 private:
  void judge(std::span<const std::byte> frame) {
    const auto view = packet::read(frame);
    if (!view || view->proto != Proto::udp || !flows_.is_ours(view->destination.address)) return;
    if (!checksums_hold(frame, view->l3, view->l4)) {
      ++damaged_;
      return;
    }
    const auto [state, truth] = read_truth(frame.first(view->end).subspan(view->l4 + 8));
    const auto flow = truth.sequence % flows_.count();
    if (state != TruthState::whole || flows_.internal(flow) != truth.internal) {
      ++damaged_;
    } else if (view->destination != truth.internal) {
      ++wrong_destination_;
    } else if (view->source != flows_.target(flow)) {
      ++wrong_source_;
    } else {
      note_answer(flow, truth.sequence / flows_.count());
    }
  }

  // Rounds are kept from 1, so that 0 says never.
  void note_answer(std::uint64_t flow, std::uint64_t round) {
    last_round_[flow] = std::max(last_round_[flow], static_cast<std::uint32_t>(round + 1));
    const auto now = steady_clock::now();
    if (answered_.fetch_add(1, std::memory_order_relaxed) > 0) {
      longest_silence_ = std::max(longest_silence_, now - last_answer_);
    }
    last_answer_ = now;
  }

  PacketSocket& socket_;
  const Flows& flows_;
  std::vector<std::uint32_t> last_round_;
  std::atomic<std::uint64_t> answered_ = 0;
  std::uint64_t wrong_destination_ = 0, wrong_source_ = 0, damaged_ = 0;
  steady_clock::time_point last_answer_{};
  steady_clock::duration longest_silence_{};
};

Result<std::uint64_t> send_all(const SubscribersPlan& plan, PacketSocket& socket, Mac gateway) {
  const Flows flows{plan};
  std::vector<Frame> frames(PacketSocket::kBatch, Frame{socket.mac(), gateway, plan.payload_size});
  std::array<std::span<const std::byte>, PacketSocket::kBatch> batch{};
  const auto most = plan.rounds == 0 ? ~std::uint64_t{0} : plan.rounds * flows.count();
  Pace pace{plan.rate};
  std::uint64_t sent = 0;
  while (sent < most && pace.elapsed() < std::chrono::seconds{plan.seconds}) {
    const auto due = pace.grant(std::min<std::uint64_t>(most - sent, batch.size()));
    for (std::size_t i = 0; i < due; ++i) {
      const auto flow = (sent + i) % flows.count();
      frames[i].write({.internal = flows.internal(flow), .sequence = sent + i, .sent_ns = steady_ns()},
                      flows.target(flow));
      batch[i] = frames[i].bytes();
    }
    if (auto done = socket.send(std::span{batch}.first(due)); !done) return Unexpected{std::move(done).error()};
    sent += due;
  }
  return sent;
}

}  // namespace

Result<SubscribersReport> play_subscribers(const SubscribersPlan& plan) {
  TRY(sender, PacketSocket::open(plan.interface));
  TRY(receiver, PacketSocket::open(plan.interface));
  auto gateway = plan.gateway;
  if (!gateway) {
    TRY(asked, sender.gateway_mac());
    gateway = asked;
  }
  const Flows flows{plan};
  Judge judge{receiver, flows};
  std::jthread judging{[&judge](const std::stop_token& stop) { judge.run(stop); }};

  const auto begin = steady_clock::now();
  TRY(sent, send_all(plan, sender, *gateway));
  const auto end = steady_clock::now();
  while (judge.answered() < sent && steady_clock::now() < end + milliseconds{plan.patience_ms}) {
    std::this_thread::sleep_for(1ms);
  }
  judging.request_stop();
  judging.join();

  SubscribersReport report{.flows = flows.count(), .sent = sent};
  report.rounds = sent / flows.count();
  report.seconds = duration<double>(end - begin).count();
  report.overrun = receiver.overrun();
  judge.report(report);
  return report;
}

std::string to_json(const SubscribersReport& r) {
  return fmt::format(
      R"({{"flows": {}, "rounds": {}, "sent": {}, "answered": {}, "wrong": {}, "wrong_destination": {}, "wrong_source": {}, )"
      R"("damaged": {}, "overrun": {}, "flows_answered": {}, "flows_answered_in_last_round": {}, )"
      R"("longest_silence_ms": {}, "seconds": {:.3f}}})",
      r.flows, r.rounds, r.sent, r.answered, r.wrong(), r.wrong_destination, r.wrong_source, r.damaged, r.overrun,
      r.flows_answered, r.flows_answered_in_last_round, r.longest_silence_ms, r.seconds);
}

}  // namespace cgn::blast
