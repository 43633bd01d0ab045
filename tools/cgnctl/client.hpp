// SPDX-License-Identifier: Apache-2.0
// The socket: questions to the daemon.
//
// What        One request a call. A question that may only read falls back to the read-only socket beside the default
//             one when the admin socket is not for this user.
// Failure     A Reply whose exit is not ok holds the error, with its next step.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "cgn/control.hpp"
#include "cgnctl/session.hpp"

namespace cgn::cgnctl {

using Query = std::multimap<std::string, std::string>;

struct Reply {
  Exit exit = Exit::ok;
  control::Json body{};
  Error error{};
};

class Client {
 public:
  explicit Client(const Options& options) : socket_{options.socket}, given_{options.socket_given} {}

  [[nodiscard]] Reply get(std::string_view path, const Query& = {}) const;
  [[nodiscard]] Reply post(std::string_view path, const control::Json& body) const;
  // JSON Lines, each handed over as it comes, until `line` says false or the daemon ends.
  [[nodiscard]] Reply lines(std::string_view path, const Query&,
                            const std::function<bool(const control::Json&)>& line) const;
  // Whether anybody answers; an error that says why not.
  [[nodiscard]] Result<> reachable() const;

 private:
  // The socket to use.
  [[nodiscard]] Result<std::string> choose(bool reading) const;

  std::string socket_;
  bool given_;
};

// A path below a resource: the name, percent-encoded.
[[nodiscard]] std::string below(std::string_view resource, std::string_view name);

}  // namespace cgn::cgnctl
