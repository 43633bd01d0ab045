// SPDX-License-Identifier: Apache-2.0
// RADIUS accounting over a socket of the loopback: what is answered, when, and what is dropped and counted.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include "daemon/radius_listener.hpp"
#include "io/fd.hpp"
#include "unit/identity_desk_world.hpp"
#include "unit/radius_draft.hpp"

using namespace cgn;
using namespace cgn::daemon;
using namespace cgn::daemon::test;
using radius::Draft;
using Bytes = std::vector<std::byte>;

namespace {

constexpr const char* kSecret = "correct horse";

sockaddr_in on(const char* address, std::uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = ::inet_addr(address);
  at.sin_port = htons(port);
  return at;
}

io::Fd bound_to(const char* address, std::uint16_t port = 0) {
  io::Fd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto at = on(address, port);
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  return fd;
}

std::uint16_t port_of(const io::Fd& fd) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size) == 0);
  return ntohs(at.sin_port);
}

// A NAS, at the client's address unless another is said.
class Nas {
 public:
  explicit Nas(std::uint16_t server, const char* address = "127.0.0.1")
      : fd_{bound_to(address)}, to_{on("127.0.0.1", server)} {}
  void send(const Bytes& bytes) const {
    REQUIRE(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to_), sizeof to_) ==
            static_cast<ssize_t>(bytes.size()));
  }
  [[nodiscard]] Bytes answer() const {
    pollfd ready{fd_.get(), POLLIN, 0};
    REQUIRE(::poll(&ready, 1, 30'000) == 1);
    Bytes bytes(radius::kLongest);
    const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    REQUIRE(got > 0);
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  [[nodiscard]] bool silence() const {
    pollfd ready{fd_.get(), POLLIN, 0};
    return ::poll(&ready, 1, 0) == 0;
  }

 private:
  io::Fd fd_;
  sockaddr_in to_;
};

struct Listening {
  explicit Listening(std::optional<bool> log = true) {
    world.answers = log;
    // A port that was free a moment ago.
    port = port_of(bound_to("127.0.0.1"));
    config.given = true;
    config.listen = {ip("127.0.0.1"), Port{port}};
    config.clients = {{.address = ip("127.0.0.1"), .secret = kSecret}};
    auto started = RadiusListener::start(config, *world.desk);
    REQUIRE(started);
    listener = std::move(*started);
  }
  // Waits for a counter of the sender's.
  [[nodiscard]] bool counted(const char* sender, std::uint64_t RadiusCounters::*counter, std::uint64_t count) const {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto senders = listener->facts().senders;
      const auto found = senders.find(ip(sender));
      if (found != senders.end() && found->second.*counter == count) return true;
      ::poll(nullptr, 0, 1);
    }
    return false;
  }
  IdentityWorld world;
  config::Radius config;
  std::uint16_t port = 0;
  std::unique_ptr<RadiusListener> listener;
};

Draft request(std::uint32_t status, std::uint32_t address = 0x64400007, std::string_view id = "C-1") {
  Draft draft;
  draft.number(40, status).text(44, "0000A7").text(1, id).text(32, "bng-1").number(41, 0);
  if (address != 0) draft.number(8, address);
  return draft;
}

}  // namespace

TEST_CASE("a request is answered when its row is durable, and not before", "[radius]") {
  Listening l{std::nullopt};
  const Nas nas{l.port};
  nas.send(request(1).signed_with(kSecret, 9));
  REQUIRE(l.world.asked(1));
  CHECK(nas.silence());
  l.world.answer_from_outside(true);
  const auto answer = nas.answer();
  REQUIRE(answer.size() == radius::kHeaderSize);
  CHECK(answer[0] == std::byte{radius::kAccountingResponse});
  CHECK(answer[1] == std::byte{9});
  CHECK(l.counted("127.0.0.1", &RadiusCounters::answered, 1));
  CHECK(l.world.rows.front().id == "C-1");
  CHECK(l.world.rows.front().source == "radius:bng-1");
  CHECK(l.world.rows.front().by == "127.0.0.1");
}

TEST_CASE("a request that the log does not take is not answered, and its repetition is a new one", "[radius]") {
  Listening l{false};
  const Nas nas{l.port};
  const auto packet = request(1).signed_with(kSecret);
  nas.send(packet);
  REQUIRE(l.counted("127.0.0.1", &RadiusCounters::unrecorded, 1));
  CHECK(nas.silence());
  {
    const std::scoped_lock guard{l.world.lock};
    l.world.answers = true;
  }
  nas.send(packet);
  CHECK(nas.answer()[0] == std::byte{radius::kAccountingResponse});
  CHECK(l.world.rows.size() == 2);
}

TEST_CASE("a repeated request is taken once: unanswered while it is in the works, then with the same answer",
          "[radius]") {
  Listening l{std::nullopt};
  const Nas nas{l.port};
  const auto packet = request(1).signed_with(kSecret, 3);
  nas.send(packet);
  REQUIRE(l.world.asked(1));
  nas.send(packet);
  REQUIRE(l.counted("127.0.0.1", &RadiusCounters::repeated, 1));
  CHECK(nas.silence());
  l.world.answer_from_outside(true);
  const auto answer = nas.answer();
  REQUIRE(l.counted("127.0.0.1", &RadiusCounters::answered, 1));
  nas.send(packet);
  CHECK(nas.answer() == answer);
  CHECK(l.world.rows.size() == 1);
}

TEST_CASE("strangers, wrong secrets and what is no request are dropped, counted, and told of", "[radius]") {
  Listening l;
  const Nas nas{l.port};
  const Nas stranger{l.port, "127.0.0.2"};
  stranger.send(request(1).signed_with(kSecret));
  CHECK(l.counted("127.0.0.2", &RadiusCounters::unknown, 1));
  nas.send(request(1).signed_with("another secret"));
  CHECK(l.counted("127.0.0.1", &RadiusCounters::bad_secret, 1));
  nas.send(Bytes(7));
  CHECK(l.counted("127.0.0.1", &RadiusCounters::malformed, 1));
  CHECK(stranger.silence());
  CHECK(nas.silence());
  CHECK(l.world.done.empty());
  CHECK(l.listener->facts().troubles.size() == 2);
  // Whoever has the secret is served all the same.
  nas.send(request(1).signed_with(kSecret));
  CHECK(nas.answer()[0] == std::byte{radius::kAccountingResponse});
}

TEST_CASE(
    "a request about an address that no rule covers, or about none, is answered: it would be no better the next time",
    "[radius]") {
  Listening l;
  const Nas nas{l.port};
  nas.send(request(1, 0xc6336401).signed_with(kSecret, 1));
  CHECK(nas.answer()[1] == std::byte{1});
  nas.send(request(1, 0).signed_with(kSecret, 2));
  CHECK(nas.answer()[1] == std::byte{2});
  CHECK(l.counted("127.0.0.1", &RadiusCounters::outside, 2));
  CHECK(l.world.rows.empty());
}

TEST_CASE("a stop ends the session, and Accounting-On ends what its NAS had begun", "[radius]") {
  Listening l;
  const Nas nas{l.port};
  const auto tell = [&](const Draft& draft, std::uint8_t identifier) {
    nas.send(Draft{draft}.signed_with(kSecret, identifier));
    REQUIRE(nas.answer()[1] == std::byte{identifier});
  };
  tell(request(1, 0x64400007, "C-1"), 1);
  tell(request(1, 0x64400008, "C-2"), 2);
  tell(request(2, 0x64400007, "C-1"), 3);
  CHECK(l.world.desk->of_identity("C-1")->empty());
  CHECK(l.world.desk->of_identity("C-2")->size() == 1);
  Draft on_again;
  on_again.number(40, 7).text(44, "0").text(32, "bng-1").number(41, 0);
  tell(on_again, 4);
  CHECK(l.world.desk->of_identity("C-2")->empty());
  CHECK(l.world.rows.back().event == journal::IdentityEvent::end);
}
