// SPDX-License-Identifier: Apache-2.0
// Running programs: fork, redirect, exec; and waiting for them with a deadline.
#include "process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
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

// A file without a name, in memory: unlike a pipe it needs nobody who reads while the program writes, and unlike O_TMPFILE
// no file system that has such files (overlayfs of Linux 6.1 has none).
int scratch(std::string_view content = {}) {
  const int fd = ::memfd_create("scratch", MFD_CLOEXEC);
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

  void close() const {
    for (const int fd : {in, out, err}) {
      if (fd >= 0) ::close(fd);
    }
  }
};

// Long enough for any tool that sets up a lab, also where namespaces are slow to go.
constexpr std::chrono::seconds kPatience{60};
// For a process that was killed: one that the kernel does not let go must not hold us, too.
constexpr std::chrono::seconds kKilled{5};

// The status of a child as soon as it has ended; none if it has not when the time is over.
std::optional<int> await(pid_t child, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  for (auto pause = 100us; ::waitpid(child, &status, WNOHANG) != child;
       pause = std::min<std::chrono::microseconds>(2 * pause, 5ms)) {
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
    std::this_thread::sleep_for(pause);
  }
  return status;
}

// -1 where a stream is missing: the program would read ours, a terminal perhaps, and wait there for ever.
pid_t spawn(const Words& command, const Streams& streams) {
  if (streams.in < 0 || streams.out < 0 || streams.err < 0) return -1;
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
  if (child < 0) {
    const int why = errno;
    streams.close();
    return fail_errno("start " + joined(command), why);
  }
  const auto ended = await(child, paced(kPatience));
  if (!ended) {
    ::kill(child, SIGKILL);
    (void)await(child, kKilled);
  }
  auto out = content_of(streams.out), err = content_of(streams.err);
  streams.close();
  if (!ended) return fail(fmt::format("{}: did not end within {} s", joined(command), paced(kPatience).count()));
  if (WIFEXITED(*ended) && WEXITSTATUS(*ended) == 0) return out;
  if (WIFEXITED(*ended) && WEXITSTATUS(*ended) == 127 && err.empty()) err = "no such command";
  return fail(joined(command) + ": " + err.substr(0, err.find('\n')));
}

Result<Child> Child::start(const Words& command, const std::filesystem::path& out) {
  const auto open_for = [&](const char* suffix) {
    return ::open((out.string() + suffix).c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  };
  const Streams streams{::open("/dev/null", O_RDONLY | O_CLOEXEC), open_for(".out"), open_for(".err")};
  const pid_t child = spawn(command, streams);
  const int why = errno;
  streams.close();
  if (child < 0) return fail_errno("start " + joined(command), why);
  return Child{child, out};
}

Child::Child(Child&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, out_{std::move(other.out_)}, reaped_{other.reaped_} {}

Child::~Child() {
  if (pid_ < 0 || reaped_) return;
  ::kill(pid_, SIGTERM);
  if (await(pid_, paced(5s))) return;
  ::kill(pid_, SIGKILL);
  (void)await(pid_, kKilled);
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
