// SPDX-License-Identifier: Apache-2.0
// Running programs: fork, redirect, exec; and waiting for them with a deadline.
#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "pace.hpp"

namespace cgn::selftest {
namespace {

using namespace std::chrono_literals;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  return (std::ostringstream{} << in.rdbuf()).str();
}

std::vector<char*> arguments(const Words& command) {
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));  // execvp only reads
  words.push_back(nullptr);
  return words;
}

// An unnamed file: unlike a pipe it needs nobody who reads while the program writes.
int scratch(std::string_view content = {}) {
  const int fd = ::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 && ::write(fd, content.data(), content.size()) >= 0) ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string content_of(int fd) {
  std::string text(static_cast<std::size_t>(std::max<off_t>(::lseek(fd, 0, SEEK_END), 0)), '\0');
  const auto got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

struct Streams {
  int in, out, err;
};

pid_t spawn(const Words& command, const Streams& streams) {
  auto words = arguments(command);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(streams.in, STDIN_FILENO);
  ::dup2(streams.out, STDOUT_FILENO);
  ::dup2(streams.err, STDERR_FILENO);
  ::execvp(words.front(), words.data());
  ::_exit(127);
}

std::string joined(const Words& command) {
  std::string line;
  for (const auto& word : command) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace

Words split(std::string_view line) {
  std::istringstream in{std::string{line}};
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Result<std::string> run(const Words& command, std::string_view input) {
  const Streams streams{scratch(input), scratch(), scratch()};
  const pid_t child = spawn(command, streams);
  int status = 0;
  while (child > 0 && ::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  auto out = content_of(streams.out), err = content_of(streams.err);
  for (const int fd : {streams.in, streams.out, streams.err}) ::close(fd);
  if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return out;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && err.empty()) err = "no such command";
  return fail(joined(command) + ": " + err.substr(0, err.find('\n')));
}

Result<Child> Child::start(const Words& command, const std::filesystem::path& out) {
  const auto open_for = [&](const char* suffix) {
    return ::open((out.string() + suffix).c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  };
  const Streams streams{::open("/dev/null", O_RDONLY | O_CLOEXEC), open_for(".out"), open_for(".err")};
  const pid_t child = spawn(command, streams);
  const int why = errno;
  for (const int fd : {streams.in, streams.out, streams.err}) ::close(fd);
  if (child < 0) return fail_errno("start " + joined(command), why);
  return Child{child, out};
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, out_{std::move(other.out_)}, reaped_{other.reaped_} {}

Child::~Child() {
  if (pid_ < 0 || reaped_) return;
  ::kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + paced(5s);
  while (!ended() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(5ms);
  if (reaped_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Child::ended() const {
  if (!reaped_) reaped_ = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
  return reaped_;
}

bool Child::says(std::string_view line, std::chrono::seconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto heard = [&] {
    std::istringstream lines{text_of(out_.string() + ".out")};
    for (std::string one; std::getline(lines, one);) {
      if (one == line) return true;
    }
    return false;
  };
  while (!heard()) {
    if (ended() || std::chrono::steady_clock::now() > deadline) return heard();
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

std::string Child::complaint() const {
  const auto text = text_of(out_.string() + ".err");
  const auto error = text.find("error");
  const auto begin = error == std::string::npos ? 0 : error;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace cgn::selftest
