// SPDX-License-Identifier: Apache-2.0
// The control server: two doors (admin, read-only) with the same rooms behind them.
//
// What        cpp-httplib parses and routes; what it does not do on UNIX sockets is here: the peer's uid, the mode and
//             group of the socket file, ending at once what waits, and a bound on streams.
// Ownership   A Door owns one listening socket, its thread and its workers; all doors share one eventfd that says stop.
#include "io/control_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <httplib.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>

#include "io/fd.hpp"

namespace cgn::io {

namespace {

constexpr int kPatienceMs = 5000;  // for one read or write of a peer
constexpr std::size_t kBodyLimit = 1u << 20;
constexpr std::size_t kPathLimit = 256;  // the router matches paths by recursion: long ones would cost stack
constexpr std::size_t kWorkers = 8;      // a door
constexpr int kStreams = 4;              // a door; the other workers stay free for questions
constexpr const char* kJson = "application/json";
constexpr const char* kJsonLines = "application/x-ndjson";  // never compressed, so each line leaves at once

// One connection. Reads through a buffer (the parser asks byte by byte); every wait ends when the server stops.
class PeerStream final : public httplib::Stream {
 public:
  PeerStream(int socket, int stop) : socket_{socket}, stop_{stop} {}

  bool is_readable() const override { return begin_ < end_ || wait(POLLIN); }
  bool is_writable() const override { return wait(POLLOUT); }

  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_) {
      if (!wait(POLLIN)) return -1;
      const ssize_t got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got <= 0) return got;
      begin_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const std::size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), count, to);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* from, std::size_t size) override {
    if (!wait(POLLOUT)) return -1;
    return ::send(socket_, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  // The place where the library carries who asks; for us that is a uid.
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (::getsockopt(socket_, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return;
    ip = std::to_string(peer.uid);
    port = peer.pid;
  }
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return socket_; }

 private:
  bool wait(short events) const {
    std::array<pollfd, 2> fds{{{socket_, events, 0}, {stop_, POLLIN, 0}}};
    int ready = 0;
    do {
      ready = ::poll(fds.data(), fds.size(), kPatienceMs);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0 || fds[1].revents != 0) return false;
    if (events == POLLOUT && (fds[0].revents & (POLLHUP | POLLERR)) != 0) return false;
    return fds[0].revents != 0;
  }

  int socket_;
  int stop_;
  std::array<char, 4096> buffer_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

class HttpServer final : public httplib::Server {
 public:
  explicit HttpServer(int stop) : stop_{stop} {}

 private:
  bool process_and_close_socket(socket_t socket) override {
    const Fd owned{socket};
    PeerStream stream{socket, stop_};
    bool closed = false;
    return process_request(stream, true, closed, nullptr);
  }

  int stop_;
};

// True when somebody answers on the socket file.
bool lives(const std::string& path) {
  const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  // A full backlog (EAGAIN) is alive, too.
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

Result<> clear_the_place(const std::string& path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(fmt::format("socket path {} is longer than {} bytes", path, sizeof(sockaddr_un::sun_path) - 1),
                "choose a shorter --socket");
  }
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    return fail_errno("look at " + path);
  }
  if (!S_ISSOCK(file.st_mode)) {
    return fail(path + " exists and is not a socket", "move it away, or choose another --socket");
  }
  if (lives(path)) {
    return fail("a server already answers on " + path, "another cgnd runs: systemctl status cgnd, or pass --socket");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove the stale socket " + path);
  return {};
}

ControlRequest question(const httplib::Request& request) {
  ControlRequest out;
  out.path = request.path;
  for (std::size_t i = 1; i < request.matches.size(); ++i) out.captures.push_back(request.matches[i].str());
  out.query.insert(request.params.begin(), request.params.end());
  out.body = request.body;
  const auto uid = request.remote_addr;
  out.peer_uid = uid.empty() ? ~0u : static_cast<unsigned>(std::stoul(uid));
  return out;
}

void answer(httplib::Response& response, const ControlResponse& with) {
  response.status = with.status;
  response.set_content(with.json + "\n", kJson);
}

// One listening socket and what serves it.
class Door {
 public:
  Door(std::string path, Access access, int stop) : path_{std::move(path)}, access_{access}, server_{stop} {
    server_.set_address_family(AF_UNIX);
    server_.set_payload_max_length(kBodyLimit);
    server_.new_task_queue = [] { return new httplib::ThreadPool(kWorkers); };
    // Before bind the descriptor's own mode is what the file will get: no moment in which others may connect.
    server_.set_socket_options([](socket_t socket) { (void)::fchmod(socket, 0600); });
    server_.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (request.path.size() <= kPathLimit) return httplib::Server::HandlerResponse::Unhandled;
      answer(response, refusal(414, {"the path is too long"}));
      return httplib::Server::HandlerResponse::Handled;
    });
    server_.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
      if (response.body.empty()) answer(response, library_refusal(request, response.status));
    });
    server_.set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr error) {
      answer(response, refusal(500, {"the daemon could not answer: " + words_of(error)}));
    });
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // The eventfd must say stop before.
  ~Door() {
    if (!thread_.joinable()) return;
    server_.stop();
    thread_.join();
    ::unlink(path_.c_str());
  }

  void add(const ControlRoute& route) {
    auto handler = [handle = route.handle](const httplib::Request& request, httplib::Response& response) {
      answer(response, handle(question(request)));
    };
    if (route.access == Access::write && access_ == Access::read) {
      add(route.method, route.pattern, [](const httplib::Request&, httplib::Response& response) {
        answer(response, refusal(403, {"this socket is read-only", "use the admin socket (group cgn-admin)"}));
      });
    } else {
      add(route.method, route.pattern, std::move(handler));
    }
  }

  void add(const ControlStream& stream) {
    server_.Get(
        stream.pattern, [this, open = stream.open](const httplib::Request& request, httplib::Response& response) {
          auto flow = std::make_unique<Flow>(streams_);
          if (!flow->granted()) {
            return answer(response, refusal(503, {"too many streams are open", "end another cgnctl monitor first"}));
          }
          auto lines = open(question(request));
          if (!lines) return answer(response, refusal(400, lines.error()));
          flow->next = std::move(*lines);
          // The library copies its callbacks, so the flow is held by pointer; its last callback always comes.
          Flow* const held = flow.release();
          response.set_chunked_content_provider(
              kJsonLines, [held](std::size_t, httplib::DataSink& sink) { return held->pour(sink); },
              [held](bool) { const std::unique_ptr<Flow> last{held}; });
        });
  }

  Result<> open(const char* group, std::vector<std::string>& notes) {
    TRY_VOID(clear_the_place(path_));
    if (!server_.bind_to_port(path_, 80)) return fail_errno("listen on " + path_);
    give_to(group, notes);
    thread_ = std::thread{[this] { server_.listen_after_bind(); }};
    // stop() is a no-op before the loop runs; it begins at once, the socket is bound.
    while (!server_.is_running()) std::this_thread::yield();
    return {};
  }

 private:
  // One stream, and its place among those of the door, given back at its end.
  class Flow {
   public:
    explicit Flow(std::atomic<int>& taken) : taken_{taken}, granted_{taken.fetch_add(1) < kStreams} {}
    Flow(const Flow&) = delete;
    Flow& operator=(const Flow&) = delete;
    ~Flow() { taken_.fetch_sub(1); }
    [[nodiscard]] bool granted() const { return granted_; }

    bool pour(httplib::DataSink& sink) {
      // The library looks at the peer only when there is something to write; a quiet stream must end, too.
      if (sink.is_writable && !sink.is_writable()) return false;
      text_.clear();
      const bool more = next(text_);
      // An empty chunk would mean the end.
      if (!text_.empty() && !sink.write(text_.data(), text_.size())) return false;
      if (!more) sink.done();
      return true;
    }

    ControlLines next{};

   private:
    std::atomic<int>& taken_;
    bool granted_;
    std::string text_{};
  };

  static ControlResponse library_refusal(const httplib::Request& request, int status) {
    switch (status) {
      case 404: return refusal(404, {"nothing at " + request.path, "docs/api.md lists the resources"});
      case 413: return refusal(413, {"the body is larger than 1 MiB"});
      default: return refusal(status, {fmt::format("the request was refused with status {}", status)});
    }
  }

  static std::string words_of(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& e) {
      return e.what();
    } catch (...) {
      return "unknown exception";
    }
  }

  void add(const std::string& method, const std::string& pattern, httplib::Server::Handler handler) {
    if (method == "POST") {
      server_.Post(pattern, std::move(handler));
    } else {
      server_.Get(pattern, std::move(handler));
    }
  }

  void give_to(const char* group, std::vector<std::string>& notes) const {
    std::array<char, 4096> space{};
    struct group entry {};
    struct group* found = nullptr;
    if (::getgrnam_r(group, &entry, space.data(), space.size(), &found) != 0 || found == nullptr) {
      notes.push_back(fmt::format("group {} does not exist: {} is for its owner alone", group, path_));
    } else if (::chown(path_.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
      notes.push_back(fmt::format("give {} to group {}: {}", path_, group, std::strerror(errno)));
      return;  // 0600 stays: the group it has now is not the one that was meant
    }
    if (::chmod(path_.c_str(), 0660) != 0) notes.push_back(fmt::format("chmod {}: {}", path_, std::strerror(errno)));
  }

  std::string path_;
  Access access_;
  std::atomic<int> streams_{0};
  HttpServer server_;
  std::thread thread_;
};

}  // namespace

ControlResponse refusal(int status, const Error& error) {
  const nlohmann::ordered_json body{{"error", error.what}, {"hint", error.hint}};
  return {status, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

struct ControlServer::State {
  Fd stop{::eventfd(0, EFD_CLOEXEC)};
  std::vector<std::string> notes{};
  std::vector<std::unique_ptr<Door>> doors{};

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { (void)::eventfd_write(stop.get(), 1); }  // before the doors, which are members and go afterwards
};

ControlServer::ControlServer(std::unique_ptr<State> state) : state_{std::move(state)} {}
ControlServer::~ControlServer() = default;
ControlServer::ControlServer(ControlServer&&) noexcept = default;
ControlServer& ControlServer::operator=(ControlServer&&) noexcept = default;

const std::vector<std::string>& ControlServer::notes() const { return state_->notes; }

Result<ControlServer> ControlServer::start(const std::string& socket_path, std::vector<ControlRoute> routes,
                                           std::vector<ControlStream> streams) {
  auto state = std::make_unique<State>();
  if (!state->stop) return fail_errno("eventfd");
  const auto twin = std::filesystem::path{socket_path}.parent_path() / "ro.sock";
  if (twin == socket_path) {
    return fail(socket_path + " is the name of the read-only twin", "name the admin socket api.sock");
  }
  struct Plan {
    std::string path;
    Access access;
    const char* group;
  };
  const std::array<Plan, 2> plans{
      {{socket_path, Access::write, "cgn-admin"}, {twin.string(), Access::read, "cgn-view"}}};
  for (const auto& plan : plans) {
    auto door = std::make_unique<Door>(plan.path, plan.access, state->stop.get());
    for (const auto& route : routes) door->add(route);
    for (const auto& stream : streams) door->add(stream);
    TRY_VOID(door->open(plan.group, state->notes));
    state->doors.push_back(std::move(door));
  }
  return ControlServer{std::move(state)};
}

Result<ControlServer> ControlServer::start_door(const std::string& socket_path, const char* group,
                                                const std::vector<ControlRoute>& routes) {
  auto state = std::make_unique<State>();
  if (!state->stop) return fail_errno("eventfd");
  auto door = std::make_unique<Door>(socket_path, Access::write, state->stop.get());
  for (const auto& route : routes) door->add(route);
  TRY_VOID(door->open(group, state->notes));
  state->doors.push_back(std::move(door));
  return ControlServer{std::move(state)};
}

}  // namespace cgn::io
