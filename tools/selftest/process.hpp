// SPDX-License-Identifier: Apache-2.0
// Other programs: run to their end, or kept running beside us.
//
// What        run() is for the tools that set up a lab (ip, ethtool, nft); Child is a daemon under test.
// Ownership   A Child is ended by SIGTERM, at last by SIGKILL, when its owner goes. It is a process group of its own,
//             so that a terminal's Ctrl-C ends us in order instead of everybody at once; and it dies with the thread
//             that started it, so that nothing is left behind even when we are killed.
// Failure     What the program said on standard error is the error's text; one that does not end in a minute is killed.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/result.hpp"

namespace cgn::selftest {

using Words = std::vector<std::string>;

[[nodiscard]] Words split(std::string_view line);

// Standard output of the command; an exit code other than 0 is an error.
[[nodiscard]] Result<std::string> run(const Words& command, std::string_view input = {});

class Child {
 public:
  // Output goes to the files OUT.out and OUT.err.
  [[nodiscard]] static Result<Child> start(const Words& command, const std::filesystem::path& out);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  // True as soon as a line of its output is `line`; false when it ended or the time is over.
  [[nodiscard]] bool says(std::string_view line, std::chrono::seconds patience) const;
  [[nodiscard]] std::string complaint() const;  // the first error on its standard error, or its first line

 private:
  Child(pid_t pid, std::filesystem::path out) : pid_{pid}, out_{std::move(out)} {}
  [[nodiscard]] bool ended() const;

  pid_t pid_ = -1;
  std::filesystem::path out_;
  mutable bool reaped_ = false;
};

}  // namespace cgn::selftest
