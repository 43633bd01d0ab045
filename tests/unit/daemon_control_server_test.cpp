// SPDX-License-Identifier: Apache-2.0
// The control server on sockets of its own in a temporary folder, spoken to byte by byte.
#include <catch2/catch.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "io/control_server.hpp"
#include "io/fd.hpp"

using namespace cgn;
using namespace cgn::io;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cgn-control-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

Fd connect_to(const std::string& path) {
  Fd peer{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) peer.reset();
  return peer;
}

// Reads until the text is there or the peer closes; at most ten seconds between bytes.
std::string read_until(const Fd& peer, const std::string& text = "\n\n never \n\n") {
  std::string all;
  char piece[4096];
  while (all.find(text) == std::string::npos) {
    pollfd wait{peer.get(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) <= 0) return all + "<silence>";
    const auto got = ::recv(peer.get(), piece, sizeof piece, 0);
    if (got <= 0) break;
    all.append(piece, static_cast<std::size_t>(got));
  }
  return all;
}

void say(const Fd& peer, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const auto count = ::send(peer.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

std::string ask(const std::string& socket, const std::string& request) {
  const auto peer = connect_to(socket);
  if (!peer) return "<no connection>";
  say(peer, request);
  return read_until(peer);
}

std::string get(const std::string& socket, const std::string& path) {
  return ask(socket, "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
}

std::string post(const std::string& socket, const std::string& path, const std::string& body) {
  return ask(socket, "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
                         "\r\n\r\n" + body);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<ControlRoute> routes() {
  return {{"GET", "/echo/([^/]+)", Access::read,
           [](const ControlRequest& r) {
             const auto q = r.query.find("q");
             return ControlResponse{200, "[\"" + r.captures.at(0) + "\",\"" + (q == r.query.end() ? "" : q->second) +
                                             "\"," + std::to_string(r.peer_uid) + "]"};
           }},
          {"GET", "/broken", Access::read,
           [](const ControlRequest&) -> ControlResponse { throw std::runtime_error{"spring \"lost\""}; }},
          {"POST", "/act", Access::write, [](const ControlRequest& r) {
             return ControlResponse{200, std::to_string(r.body.size())};
           }}};
}

std::vector<ControlStream> streams() {
  return {{"/count",
           [](const ControlRequest&) -> Result<ControlLines> {
             return [n = 0](std::string& out) mutable {
               out += std::to_string(++n) + "\n";
               return n < 3;
             };
           }},
          {"/refused", [](const ControlRequest&) -> Result<ControlLines> { return fail("not like this"); }},
          {"/endless", [](const ControlRequest&) -> Result<ControlLines> {
             return [first = true](std::string& out) mutable {
               if (std::exchange(first, false)) out += "begun\n";
               return true;
             };
           }}};
}

mode_t mode_of(const std::string& path) {
  struct stat file {};
  return ::lstat(path.c_str(), &file) == 0 ? file.st_mode & 07777u : 0u;
}

}  // namespace

TEST_CASE("a question is answered with path captures, query and the peer's uid", "[control]") {
  const Folder folder;
  const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  const auto answer = get(folder.file("api.sock"), "/echo/res-1?q=a%20b");
  CHECK(has(answer, "HTTP/1.1 200 OK"));
  CHECK(has(answer, "[\"res-1\",\"a b\"," + std::to_string(::getuid()) + "]\n"));
}

TEST_CASE("the read-only twin answers reads and refuses actions", "[control]") {
  const Folder folder;
  const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  CHECK(has(get(folder.file("ro.sock"), "/echo/x"), "200 OK"));
  CHECK(has(post(folder.file("api.sock"), "/act", "12345"), "\r\n\r\n5\n"));
  const auto refused = post(folder.file("ro.sock"), "/act", "12345");
  CHECK(has(refused, "HTTP/1.1 403"));
  CHECK(has(refused, "this socket is read-only"));
}

TEST_CASE("the sockets are for owner and group alone, and gone at the end", "[control]") {
  const Folder folder;
  {
    const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
    REQUIRE(server);
    for (const auto* name : {"api.sock", "ro.sock"}) {
      const auto mode = mode_of(folder.file(name));
      CAPTURE(name, mode);
      CHECK((mode & 0117u) == 0);
      CHECK((mode & 0600u) == 0600u);
    }
  }
  CHECK_FALSE(std::filesystem::exists(folder.file("api.sock")));
  CHECK_FALSE(std::filesystem::exists(folder.file("ro.sock")));
}

TEST_CASE("what goes wrong is told as error and hint", "[control]") {
  const Folder folder;
  const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  const auto socket = folder.file("api.sock");
  CHECK(has(get(socket, "/nowhere"), "HTTP/1.1 404"));
  CHECK(has(get(socket, "/nowhere"), R"({"error":"nothing at /nowhere","hint":"docs/api.md lists the resources"})"));
  const auto broken = get(socket, "/broken");
  CHECK(has(broken, "HTTP/1.1 500"));
  CHECK(has(broken, R"(spring \"lost\")"));
  CHECK(has(get(socket, "/" + std::string(1000, 'a')), "HTTP/1.1 414"));
  CHECK(has(post(socket, "/act", std::string((1u << 20) + 1, 'x')), "HTTP/1.1 413"));
  CHECK(has(post(socket, "/act", std::string(1u << 20, 'x')), "\r\n\r\n1048576\n"));
  CHECK(has(ask(socket, "no HTTP at all\r\n\r\n"), "HTTP/1.1 400"));
  CHECK(has(get(socket, "/refused"), R"({"error":"not like this")"));
}

TEST_CASE("a stream gives its lines and ends", "[control]") {
  const Folder folder;
  const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  const auto answer = get(folder.file("ro.sock"), "/count");
  CHECK(has(answer, "application/x-ndjson"));
  CHECK(has(answer, "2\r\n1\n\r\n2\r\n2\n\r\n2\r\n3\n\r\n0\r\n\r\n"));
}

TEST_CASE("streams are bounded, leave room for questions, and give their places back", "[control]") {
  const Folder folder;
  const auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  const auto socket = folder.file("api.sock");
  std::vector<Fd> readers;
  for (int i = 0; i < 4; ++i) {
    readers.push_back(connect_to(socket));
    say(readers.back(), "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(has(read_until(readers.back(), "begun"), "begun"));
  }
  CHECK(has(get(socket, "/endless"), "HTTP/1.1 503"));
  CHECK(has(get(socket, "/echo/x"), "200 OK"));
  CHECK(has(get(folder.file("ro.sock"), "/count"), "200 OK"));
  readers.clear();
  // The server notices that a reader left when it next writes or waits: soon, not at once.
  std::string answer;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  do {
    answer = get(socket, "/count");
  } while (has(answer, "503") && std::chrono::steady_clock::now() < deadline);
  CHECK(has(answer, "200 OK"));
}

TEST_CASE("stopping ends open streams and idle connections at once", "[control]") {
  const Folder folder;
  auto server = ControlServer::start(folder.file("api.sock"), routes(), streams());
  REQUIRE(server);
  const auto idle = connect_to(folder.file("api.sock"));
  const auto reader = connect_to(folder.file("api.sock"));
  say(reader, "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(has(read_until(reader, "begun"), "begun"));
  { const auto ended = std::move(*server); }
  CHECK_FALSE(has(read_until(reader), "<silence>"));
  CHECK_FALSE(has(read_until(idle), "<silence>"));
}

TEST_CASE("a stale socket is replaced, a live one and a file that is none are refused", "[control]") {
  const Folder folder;
  const auto socket = folder.file("api.sock");
  {
    // A bound socket whose process is gone leaves just its file.
    const Fd left{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(std::filesystem::exists(socket));
  const auto first = ControlServer::start(socket, routes(), streams());
  REQUIRE(first);
  CHECK(has(get(socket, "/echo/x"), "200 OK"));

  const auto second = ControlServer::start(socket, routes(), streams());
  REQUIRE_FALSE(second);
  CHECK(has(second.error().hint, "another cgnd runs"));
  CHECK(has(get(socket, "/echo/x"), "200 OK"));

  const Folder other;
  std::ofstream{other.file("api.sock")} << "precious";
  CHECK_FALSE(ControlServer::start(other.file("api.sock"), routes(), streams()));
  CHECK(std::filesystem::file_size(other.file("api.sock")) == 8);
}

TEST_CASE("socket paths that cannot be are refused with a sentence", "[control]") {
  const Folder folder;
  CHECK_FALSE(ControlServer::start(folder.file("no/such/folder/api.sock"), routes(), streams()));
  CHECK_FALSE(ControlServer::start(folder.file(std::string(200, 'a').c_str()), routes(), streams()));
  CHECK_FALSE(ControlServer::start(folder.file("ro.sock"), routes(), streams()));
}
