// SPDX-License-Identifier: Apache-2.0
// cgnctl: the world of one run. The only place here that reads the clock, waits, or starts a program.
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

#include "cgnctl/app.hpp"

namespace {

// From beside this program if it stands there (a build folder), else from PATH.
int run_program(const std::vector<std::string>& command) {
  std::error_code unknown;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", unknown).replace_filename(command.front());
  const auto program = std::filesystem::exists(beside, unknown) ? beside.string() : command.front();
  std::vector<char*> words;
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(program.c_str(), words.data());
    ::_exit(127);
  }
  std::signal(SIGINT, SIG_IGN);  // Ctrl-C reaches the program as well, and it is for it to end in order
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0) return 126;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// A run is short: memory that it gave back it would only fetch again, a page fault each.
void keep_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cgn;
  keep_memory();
  std::signal(SIGPIPE, SIG_IGN);  // `| head` ends a watch by a failed stream, not by a death in the middle of a line
  cgnctl::Session session{
      .out = std::cout,
      .err = std::cerr,
      .in = std::cin,
      .in_is_tty = ::isatty(STDIN_FILENO) == 1,
      .out_is_tty = ::isatty(STDOUT_FILENO) == 1,
      .err_is_tty = ::isatty(STDERR_FILENO) == 1,
      .clock = [] { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); },
      .pause =
          [](std::chrono::milliseconds time) {
            std::this_thread::sleep_for(time);
            return true;
          },
      .run_program = run_program};
  try {
    return static_cast<int>(cgnctl::run(std::move(session), {argv + 1, argv + argc}));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\nhint: this is a bug; please report it\n";
    return static_cast<int>(cgnctl::Exit::failed);
  }
}
