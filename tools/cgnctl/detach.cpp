// SPDX-License-Identifier: Apache-2.0
// cgnctl detach: takes everything down and gives the machine back as it was. The only way in which the program leaves
// the ports: a daemon that dies or is stopped leaves it running.
#include <ostream>

#include "cgnctl/client.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

constexpr std::chrono::milliseconds kStep{100};
constexpr int kSteps = 300;  // half a minute

// The daemon unlinks its socket when it has taken everything down.
Exit wait_for_the_end(const Session& session) {
  const Client client{session.options};
  for (int step = 0; step < kSteps; ++step) {
    if (!client.reachable()) {
      session.out << "detached\n" << std::flush;
      return Exit::ok;
    }
    if (!session.pause(kStep)) break;
  }
  return session.fail(Exit::failed, {"cgnd has begun to detach and still runs", "journalctl -u cgnd"});
}

Exit without_the_daemon(const Session& session, const Error& error) {
  session.err << "note: " << error.what << "; cgnd --detach does it without the daemon\n";
  const int code = session.run_program({"cgnd", "--detach"});
  if (code == 0) return Exit::ok;
  return session.fail(Exit::failed, {"cgnd --detach failed with exit code " + std::to_string(code),
                                     "run it as root: sudo cgnd --detach"});
}

}  // namespace

Exit detach(const Session& session, bool yes) {
  if (!session.confirmed("will end ALL mappings, take the program off every port and remove the leak guard", yes)) {
    return Exit::usage;
  }
  const Client client{session.options};
  if (const auto alive = client.reachable(); !alive) {
    const bool dead = alive.error().code == ENOENT || alive.error().code == ECONNREFUSED;
    // A socket that was named belongs to some daemon that only its owner knows how to take down.
    if (!dead || session.options.socket_given) {
      return session.fail(Exit::unreachable, {alive.error().what, "without the daemon: sudo cgnd --detach"});
    }
    return without_the_daemon(session, alive.error());
  }
  const auto reply = client.post(control::path::kDetach, control::Json::object());
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  return wait_for_the_end(session);
}

}  // namespace cgn::cgnctl
