// SPDX-License-Identifier: Apache-2.0
// The socket: HTTP over AF_UNIX.
#include "cgnctl/client.hpp"

#include <httplib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

namespace cgn::cgnctl {

namespace {

constexpr time_t kAnswerSeconds = 30;
constexpr time_t kStreamSeconds = 10L * 365 * 24 * 3600;  // a monitor may be quiet for as long as it likes

// Tries to connect, because the library does not keep errno. 0, or why not.
int try_connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno;
  const int refused = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(probe);
  return refused;
}

Unexpected cannot_reach(const std::string& path, int code) {
  const bool denied = code == EACCES || code == EPERM;
  return fail_errno(
      "cannot reach cgnd at " + path, code,
      denied ? "join group cgn-admin (or cgn-view for reads), or use sudo" : "systemctl status cgnd; or pass -s PATH");
}

Exit exit_of(int status) {
  if (status < 400) return Exit::ok;
  if (status == 403) return Exit::unreachable;
  if (status == 404) return Exit::nothing;
  return status < 500 ? Exit::usage : Exit::failed;
}

httplib::Client connect_to(const std::string& socket, time_t patience) {
  httplib::Client client{socket, 80};
  client.set_address_family(AF_UNIX);
  client.set_connection_timeout(5);
  client.set_read_timeout(patience);
  client.set_write_timeout(kAnswerSeconds);
  return client;
}

Reply lost(const std::string& why) {
  return {Exit::failed, {}, {"cgnd did not finish its answer: " + why, "systemctl status cgnd"}};
}

Reply reply_of(int status, const std::string& text) {
  Reply reply{.exit = exit_of(status), .body = control::Json::parse(text, nullptr, false)};
  if (reply.body.is_discarded()) return lost("it is no JSON");
  if (reply.exit != Exit::ok) {
    const auto refusal = reply.body.get<control::Refusal>();
    reply.error = {refusal.error, refusal.hint};
  }
  return reply;
}

Reply unreachable(const Error& error) { return {Exit::unreachable, {}, error}; }

// Cuts a stream of bytes into lines.
class LineCutter {
 public:
  explicit LineCutter(const std::function<bool(const control::Json&)>& line) : line_{line} {}

  bool take(const char* data, std::size_t size) {
    rest_.append(data, size);
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      const auto document = control::Json::parse(rest_.substr(begin, end - begin), nullptr, false);
      begin = end + 1;
      if (document.is_discarded()) return false;
      if (!line_(document)) {
        stopped_ = true;
        return false;
      }
    }
    rest_.erase(0, begin);
    return true;
  }
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  const std::function<bool(const control::Json&)>& line_;
  std::string rest_{};
  bool stopped_ = false;
};

}  // namespace

Result<> Client::reachable() const {
  const int code = try_connect(socket_);
  if (code != 0) return cannot_reach(socket_, code);
  return {};
}

Result<std::string> Client::choose(bool reading) const {
  const int code = try_connect(socket_);
  if (code == 0) return socket_;
  if (reading && !given_ && (code == EACCES || code == EPERM)) {
    auto twin = std::filesystem::path{socket_}.replace_filename(control::kReadOnlyName).string();
    if (try_connect(twin) == 0) return twin;
  }
  return cannot_reach(socket_, code);
}

Reply Client::get(std::string_view path, const Query& query) const {
  const auto socket = choose(true);
  if (!socket) return unreachable(socket.error());
  auto client = connect_to(*socket, kAnswerSeconds);
  const auto result = client.Get(httplib::append_query_params(std::string{path}, query));
  if (!result) return lost(httplib::to_string(result.error()));
  return reply_of(result->status, result->body);
}

Reply Client::post(std::string_view path, const control::Json& body) const {
  const auto socket = choose(false);
  if (!socket) return unreachable(socket.error());
  auto client = connect_to(*socket, kAnswerSeconds);
  const auto result = client.Post(std::string{path}, control::to_text(body), "application/json");
  if (!result) return lost(httplib::to_string(result.error()));
  return reply_of(result->status, result->body);
}

Reply Client::lines(std::string_view path, const Query& query,
                    const std::function<bool(const control::Json&)>& line) const {
  const auto socket = choose(true);
  if (!socket) return unreachable(socket.error());
  auto client = connect_to(*socket, kStreamSeconds);
  LineCutter cutter{line};
  int status = 0;
  std::string refused;
  const auto result = client.Get(
      httplib::append_query_params(std::string{path}, query), httplib::Headers{},
      [&](const httplib::Response& response) {
        status = response.status;
        return true;
      },
      [&](const char* data, std::size_t size) {
        if (status < 400) return cutter.take(data, size);
        refused.append(data, size);
        return true;
      });
  if (status >= 400) return reply_of(status, refused);
  if (!result && !cutter.stopped()) return lost(httplib::to_string(result.error()));
  return {};
}

std::string below(std::string_view resource, std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string path{resource};
  path += '/';
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       c == '.' || c == '-' || c == '_';
    if (plain) {
      path += c;
    } else {
      path += '%';
      path += kHex[byte >> 4];
      path += kHex[byte & 15];
    }
  }
  return path;
}

}  // namespace cgn::cgnctl
