// SPDX-License-Identifier: Apache-2.0
// One run of cgnctl: errors, documents, questions to the operator, repetition.
#include "cgnctl/session.hpp"

#include <istream>
#include <ostream>

namespace cgn::cgnctl {

Exit Session::fail(Exit code, const Error& error) const {
  err << "error: " << error.what << "\n";
  if (!error.hint.empty()) err << "hint: " << error.hint << "\n";
  return code;
}

void Session::print(const control::Json& document) const {
  // A picture among others must stay on one line.
  const bool pretty = options.format == Format::pretty && !options.watch;
  out << control::to_text(document, pretty ? 2 : -1) << std::endl;
}

bool Session::confirmed(const std::string& effect, bool yes) const {
  if (yes) {
    err << effect << "\n";
    return true;
  }
  if (!in_is_tty) {
    (void)fail(Exit::usage, {effect + ": not done without a yes", "pass --yes"});
    return false;
  }
  err << effect << ". Go on? [y/N] " << std::flush;
  std::string line;
  std::getline(in, line);
  return line == "y" || line == "Y" || line == "yes";
}

Exit Session::watched(const std::function<Exit()>& once) const {
  if (!options.watch) return once();
  for (;;) {
    if (out_is_tty) {
      out << "\033[H\033[2J";
    } else if (options.format == Format::text) {
      out << control::to_text(clock()) << "\n";
    }
    const Exit exit = once();
    out.flush();
    if (exit != Exit::ok || !out) return exit;
    if (!pause(*options.watch)) return Exit::ok;
  }
}

}  // namespace cgn::cgnctl
