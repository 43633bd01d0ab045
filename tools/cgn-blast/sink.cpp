// SPDX-License-Identifier: Apache-2.0
// The other end: the sockets and their loop.
#include "sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>

#include "ask.hpp"
#include "endpoints.hpp"
#include "truth.hpp"

namespace cgn::blast {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kRoom = 2048;

// Datagrams of one system call, and where they came from. Sent back from the same buffers.
struct Batch {
  std::array<std::array<std::byte, kRoom>, kBatch> bytes;
  std::array<sockaddr_in, kBatch> peers{};
  std::array<iovec, kBatch> vectors{};
  std::array<mmsghdr, kBatch> messages{};

  void prepare() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      vectors[i] = {bytes[i].data(), kRoom};
      messages[i].msg_hdr = {};
      messages[i].msg_hdr.msg_name = &peers[i];
      messages[i].msg_hdr.msg_namelen = sizeof peers[i];
      messages[i].msg_hdr.msg_iov = &vectors[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

class Sink {
 public:
  ~Sink() {
    for (const int fd : fds_) ::close(fd);
  }

  Result<> open(const SinkPlan& plan) {
    epoll_ = keep(::epoll_create1(EPOLL_CLOEXEC));
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    signals_ = keep(::signalfd(-1, &ends, SFD_CLOEXEC));
    if (epoll_ < 0 || signals_ < 0 || !watch(signals_)) return fail_errno("watch sockets");
    for (const auto endpoint : plan.listen) {
      if (auto done = listen(endpoint); !done) return Unexpected{std::move(done).error()};
    }
    return {};
  }

  void run() {
    std::array<epoll_event, 64> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == signals_) return;
        serve(fd);
      }
    }
  }

  [[nodiscard]] SinkReport report() const {
    auto r = report_;
    r.endpoints = endpoints_.count();
    r.subscribers = endpoints_.subscribers();
    return r;
  }
  [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }

 private:
  int keep(int fd) {
    if (fd >= 0) fds_.push_back(fd);
    return fd;
  }

  bool watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0;
  }

  Result<> listen(Endpoint endpoint) {
    const int fd = keep(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd < 0) return fail_errno("open a UDP socket");
    const int room = 64 << 20;
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = endpoint.address.net();
    address.sin_port = endpoint.port.net();
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || !watch(fd)) {
      return fail_errno("listen on " + to_string(endpoint));
    }
    return {};
  }

  // One batch a turn, so that no socket starves the others.
  void serve(int fd) {
    batch_.prepare();
    const int got = ::recvmmsg(fd, batch_.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (got <= 0) return;
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    std::array<mmsghdr, kBatch> answers{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      batch_.vectors[i].iov_len = batch_.messages[i].msg_len;
      if (note(i, now)) answers[count++] = batch_.messages[i];
    }
    const int sent = ::sendmmsg(fd, answers.data(), static_cast<unsigned>(count), 0);
    if (sent > 0) report_.echoed += static_cast<std::uint64_t>(sent);
  }

  // False if the datagram must not be echoed.
  bool note(std::size_t i, WallTime now) {
    ++report_.received;
    const auto [state, truth] = read_truth(std::span{batch_.bytes[i]}.first(batch_.messages[i].msg_len));
    if (state == TruthState::damaged) {
      ++report_.damaged;
      return false;
    }
    const Endpoint peer{Ipv4::from_net(batch_.peers[i].sin_addr.s_addr), Port::from_net(batch_.peers[i].sin_port)};
    if (state == TruthState::foreign) {
      ++report_.foreign;
      answer_question(i, peer);
    } else {
      endpoints_.note(peer, truth.internal, now);
    }
    return true;
  }

  // A question is overwritten by its answer; any other foreign datagram stays as it is.
  void answer_question(std::size_t i, Endpoint peer) {
    const std::string_view text{reinterpret_cast<const char*>(batch_.bytes[i].data()), batch_.messages[i].msg_len};
    if (text != kQuestion) return;
    const auto answer = to_string(peer);
    std::ranges::copy(std::as_bytes(std::span{answer}), batch_.bytes[i].begin());
    batch_.vectors[i].iov_len = answer.size();
  }

  std::vector<int> fds_;
  int epoll_ = -1, signals_ = -1;
  Batch batch_;
  Endpoints endpoints_;
  SinkReport report_;
};

}  // namespace

Result<SinkReport> run_sink(const SinkPlan& plan) {
  auto sink = std::make_unique<Sink>();
  if (auto opened = sink->open(plan); !opened) return Unexpected{std::move(opened).error()};
  fmt::print("ready\n");
  std::fflush(stdout);
  sink->run();
  if (plan.record) {
    if (auto written = sink->endpoints().write_csv(*plan.record); !written)
      return Unexpected{std::move(written).error()};
  }
  return sink->report();
}

std::string to_json(const SinkReport& r) {
  return fmt::format(
      R"({{"received": {}, "echoed": {}, "foreign": {}, "damaged": {}, "endpoints": {}, "subscribers": {}}})",
      r.received, r.echoed, r.foreign, r.damaged, r.endpoints, r.subscribers);
}

}  // namespace cgn::blast
