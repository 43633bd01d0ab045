// SPDX-License-Identifier: Apache-2.0
// Where the legal record is.
#include "cgnctl/log_directory.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "cgnctl/client.hpp"

namespace cgn::cgnctl {

std::string log_directory(const Session& session, const std::string& given) {
  if (!given.empty()) return given;
  const auto reply = Client{session.options}.get(control::path::kStatus);
  if (reply.exit == Exit::ok) {
    if (auto path = reply.body.get<control::Status>().log.path; !path.empty()) return path;
  }
  return std::string{kDefaultLogDirectory};
}

Result<journal::Reader> open_record(const Session& session, const std::string& given) {
  const auto directory = log_directory(session, given);
  // Whoever may not look is told so, and not that the record does not cover the time.
  if (::access(directory.c_str(), R_OK | X_OK) != 0 && errno == EACCES) {
    return fail("the legal log in " + directory + " may not be read by " + asking_user(),
                "sudo, or as a member of group cgn-legal");
  }
  auto reader = journal::Reader::open(directory, session.clock());
  if (reader) return reader;
  auto error = std::move(reader).error();
  if (error.hint.empty()) error.hint = "name the directory of the day files with --log-dir";
  return Unexpected{std::move(error)};
}

std::string asking_user() {
  if (const char* name = std::getenv("SUDO_USER")) return name;
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, space.data(), space.size(), &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(::getuid());
}

}  // namespace cgn::cgnctl
