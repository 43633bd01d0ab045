// SPDX-License-Identifier: Apache-2.0
// A line to a collector.
#include "journal/export/line.hpp"

#include <linux/sockios.h>
#include <netdb.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "journal/export/tls.hpp"

namespace cgn::journal {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};  // for a connection, and for its handshake
constexpr Duration kForever = Duration::max();

int milliseconds_of(Duration patience) {
  if (patience == kForever) return -1;
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count());
}

struct Addresses {
  explicit Addresses(addrinfo* f) : first{f} {}
  ~Addresses() { ::freeaddrinfo(first); }
  Addresses(const Addresses&) = delete;
  Addresses& operator=(const Addresses&) = delete;
  addrinfo* first;
};

}  // namespace

Line::Line(Line&& other) noexcept
    : name_{std::move(other.name_)},
      transport_{other.transport_},
      fd_{std::exchange(other.fd_, -1)},
      stop_{other.stop_},
      written_{other.written_},
      tls_{std::move(other.tls_)} {}

Line& Line::operator=(Line&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(transport_, other.transport_);
  std::swap(fd_, other.fd_);
  std::swap(stop_, other.stop_);
  std::swap(written_, other.written_);
  std::swap(tls_, other.tls_);
  return *this;
}

Line::~Line() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Line> Line::open(const Collector& to, int stop) {
  Line line;
  line.name_ = url_of(to);
  line.transport_ = to.transport;
  line.stop_ = stop;
  TRY_VOID(line.connect_to(to));
  if (to.transport != Transport::tls) return line;
  if (auto shaken = line.shake_hands(to); !shaken) return Unexpected{std::move(shaken).error().in(line.name_)};
  return line;
}

Result<> Line::connect_to(const Collector& to) {
  const bool datagrams = to.transport == Transport::udp;
  addrinfo wanted{};
  wanted.ai_socktype = datagrams ? SOCK_DGRAM : SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &wanted, &found);
  if (failed != 0) return fail(name_ + ": " + ::gai_strerror(failed), "check the host in 'to' of [[export]]");
  const Addresses addresses{found};
  Result<> result = fail(name_ + ": it has no address");
  for (const auto* at = addresses.first; at != nullptr; at = at->ai_next) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    if (fd_ < 0) return fail_errno(name_ + ": make a socket");
    if (::connect(fd_, at->ai_addr, at->ai_addrlen) == 0) return {};
    if (errno != EINPROGRESS) {
      result = fail_errno(name_);
      continue;
    }
    if (result = wait(POLLOUT, kPatience); !result) continue;
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code == 0) return {};
    result = fail_errno(name_, code);
  }
  return result;
}

Result<> Line::wait(short events, Duration patience) const {
  std::array<pollfd, 2> polled{pollfd{fd_, events, 0}, pollfd{stop_, POLLIN, 0}};
  const int count = ::poll(polled.data(), stop_ >= 0 ? 2 : 1, milliseconds_of(patience));
  if (count < 0 && errno != EINTR) return fail_errno(name_ + ": wait");
  if (stop_ >= 0 && polled[1].revents != 0) return fail(name_ + ": told to stop");
  if (count == 0) return fail_errno(name_, ETIMEDOUT);
  return {};
}

Result<> Line::shake_hands(const Collector& to) {
  TRY(tls, Tls::make(to, fd_));
  tls_ = std::move(tls);
  for (;;) {
    TRY(done, tls_->shake_hands());
    if (done) return {};
    TRY_VOID(wait(tls_->wants(), kPatience));
  }
}

Result<Line::Step> Line::step(std::span<const std::uint8_t> bytes) {
  if (tls_) {
    auto done = tls_->write(bytes);
    if (!done) return Unexpected{std::move(done).error().in(name_)};
    return Step{*done, *done == 0 ? tls_->wants() : short{0}};
  }
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) {
    written_ += static_cast<std::uint64_t>(sent);
    return Step{static_cast<std::size_t>(sent), 0};
  }
  if (errno == EAGAIN || errno == EINTR) return Step{0, POLLOUT};
  return fail_errno(name_ + ": send");
}

// What a datagram meets (nobody listens, no route, no buffer) is told by the next one.
Result<> Line::send_datagram(std::span<const std::uint8_t> bytes) {
  if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) return {};
  if (errno == ECONNREFUSED && ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) {
    return fail_errno(name_, ECONNREFUSED);
  }
  return fail_errno(name_ + ": send");
}

Result<> Line::send(std::span<const std::uint8_t> bytes) {
  if (transport_ == Transport::udp) return send_datagram(bytes);
  while (!bytes.empty()) {
    TRY(done, step(bytes));
    bytes = bytes.subspan(done.done);
    if (done.events != 0) TRY_VOID(wait(done.events, kForever));
  }
  return {};
}

Result<> Line::listen() {
  if (transport_ == Transport::udp) return {};
  if (tls_) {
    auto heard = tls_->listen();
    if (!heard) return Unexpected{std::move(heard).error().in(name_)};
    return {};
  }
  std::array<char, 512> what{};
  for (;;) {
    const auto count = ::recv(fd_, what.data(), what.size(), MSG_DONTWAIT);
    if (count > 0) continue;
    if (count == 0) return fail(name_ + ": the collector hung up");
    if (errno == EAGAIN || errno == EINTR) return {};
    return fail_errno(name_ + ": listen");
  }
}

std::uint64_t Line::written() const { return tls_ ? tls_->octets_written() : written_; }

std::uint64_t Line::acknowledged() const {
  int queued = 0;
  if (::ioctl(fd_, SIOCOUTQ, &queued) != 0) return 0;
  const auto all = written();
  return all - std::min<std::uint64_t>(all, static_cast<std::uint64_t>(queued));
}

Result<> Line::finish(Duration patience) {
  if (transport_ == Transport::udp) return {};
  constexpr Duration kLook = std::chrono::milliseconds{5};
  for (auto waited = Duration{}; acknowledged() < written(); waited += kLook) {
    TRY_VOID(listen());
    if (waited >= patience) return fail_errno(name_ + ": wait for acknowledgements", ETIMEDOUT);
    pollfd stop{stop_, POLLIN, 0};
    ::poll(&stop, 1, milliseconds_of(kLook));
  }
  if (tls_) tls_->say_goodbye();
  ::shutdown(fd_, SHUT_WR);
  return {};
}

}  // namespace cgn::journal
