// SPDX-License-Identifier: Apache-2.0
// A power cut from the command line, for stories.
//
//   power_cut MOUNT-POINT PROCESS [WITNESS...]
//
// What        The process dies with the file system (power/cut.hpp). The witnesses, who send and would go on sending at a
//             machine without power, are stopped first; the caller lets them go on (SIGCONT) when there is power again.
// Failure     1 and why; 2 usage.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "power/cut.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: power_cut MOUNT-POINT PROCESS [WITNESS...]\n");
    return 2;
  }
  for (int i = 3; i < argc; ++i) ::kill(std::atoi(argv[i]), SIGSTOP);
  const std::array<pid_t, 1> dies{std::atoi(argv[2])};
  const auto done = cgn::power::cut(argv[1], dies);
  if (done) return 0;
  std::fprintf(stderr, "error: %s\n", done.error().what.c_str());
  return 1;
}
