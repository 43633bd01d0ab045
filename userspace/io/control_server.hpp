// SPDX-License-Identifier: Apache-2.0
// HTTP + JSON on UNIX sockets: the door for cgnctl and for machines.
//
// What        Serves a table of routes on the admin socket (0660 root:cgn-admin) and, for reads, on its read-only twin
//             `ro.sock` in the same directory (0660 root:cgn-view). A handler answers with status and JSON text; a
//             stream handler writes JSON Lines until it says done, the peer leaves or the server stops. One request a
//             connection; several connections at once, each socket with workers of its own, so that readers cannot
//             starve the admin.
// Life-cycle  start() binds and serves; destruction ends streams, joins the threads and unlinks the sockets.
// Ownership   Owns its threads. Handlers run on them, at the same time as each other, and must not block longer than
//             their own time limit. Stale socket files are replaced, live ones refused.
// Failure     Unknown path 404, write on the read-only socket 403, body over 1 MiB 413, too many streams 503, an
//             exception of a handler 500, each with {"error": what, "hint": hint}. A group that does not exist leaves
//             its socket to root alone; notes() says so.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cgn/result.hpp"

namespace cgn::io {

struct ControlRequest {
  std::string path;                   // "/v1/pools/res-1"
  std::vector<std::string> captures;  // of the route's pattern, in order
  std::multimap<std::string, std::string> query;
  std::string body;
  unsigned peer_uid = 0;  // of the process that connected; ~0 when the kernel does not tell
};

struct ControlResponse {
  int status = 200;
  std::string json;
};

// The answer of a handler that cannot do what it was asked.
[[nodiscard]] ControlResponse refusal(int status, const Error&);

enum class Access { read, write };

struct ControlRoute {
  std::string method;   // "GET", "POST"
  std::string pattern;  // regular expression over the path, as cpp-httplib takes it
  Access access = Access::read;
  std::function<ControlResponse(const ControlRequest&)> handle;
};

// Called repeatedly: appends lines to `out` (may wait up to a second for news); false ends the stream.
using ControlLines = std::move_only_function<bool(std::string& out)>;

struct ControlStream {
  std::string pattern;
  // An error is answered with status 400.
  std::function<Result<ControlLines>(const ControlRequest&)> open;
};

class ControlServer {
 public:
  [[nodiscard]] static Result<ControlServer> start(const std::string& socket_path, std::vector<ControlRoute>,
                                                   std::vector<ControlStream>);
  // A door of its own, with these routes and no others, for root and one group.
  [[nodiscard]] static Result<ControlServer> start_door(const std::string& socket_path, const char* group,
                                                        const std::vector<ControlRoute>&);
  ~ControlServer();  // stops and unlinks the sockets
  ControlServer(ControlServer&&) noexcept;
  ControlServer& operator=(ControlServer&&) noexcept;

  // Sentences for the operator's log: a group that does not exist, an owner that could not be set.
  [[nodiscard]] const std::vector<std::string>& notes() const;

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::io
