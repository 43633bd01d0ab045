// SPDX-License-Identifier: Apache-2.0
// One run of cgnctl: what was asked in general, and where answers go.
//
// What        Global options, streams, the clock, and what a terminal is. Verbs take a Session and nothing else from
//             the world, so that a test can be the world.
// Ownership   Borrows the streams.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "cgn/control.hpp"
#include "cgn/result.hpp"
#include "cgn/time.hpp"

namespace cgn::cgnctl {

// Exit codes, the same for every verb.
enum class Exit : int {
  ok = 0,
  failed = 1,       // the operation failed
  usage = 2,        // the command makes no sense
  nothing = 3,      // nothing found; lookup: NOBODY
  unsure = 4,       // lookup: AMBIGUOUS or NOT COVERED
  unreachable = 5,  // no daemon answers, or it may not be asked
  config = 6,       // the configuration is invalid
};

enum class Format { text, json, pretty, csv };

struct Options {
  std::string socket{control::kDefaultSocket};
  bool socket_given = false;
  Format format = Format::text;
  std::vector<std::string> columns{};  // -o; empty = all
  bool headers = true;
  std::optional<std::chrono::milliseconds> watch{};

  [[nodiscard]] bool wants_json() const { return format == Format::json || format == Format::pretty; }
};

struct Session {
  std::ostream& out;
  std::ostream& err;
  std::istream& in;
  bool in_is_tty = false;
  bool out_is_tty = false;
  bool err_is_tty = false;
  std::function<WallTime()> clock{};
  // Waits between two pictures of --watch; false ends it.
  std::function<bool(std::chrono::milliseconds)> pause{};
  // Runs a program to its end and gives its exit code.
  std::function<int(const std::vector<std::string>&)> run_program{};
  Options options{};

  // "error: what", "hint: next step" on standard error; gives the code back.
  Exit fail(Exit, const Error&) const;
  // The document as --json asks for it, on a line of its own.
  void print(const control::Json&) const;
  // States the effect and asks for a yes, unless `yes` was given. Without a terminal only --yes will do.
  [[nodiscard]] bool confirmed(const std::string& effect, bool yes) const;
  // Runs `once`, or with --watch again and again until it fails: on a terminal each picture replaces the last.
  Exit watched(const std::function<Exit()>& once) const;
};

}  // namespace cgn::cgnctl
