// SPDX-License-Identifier: Apache-2.0
// power_cut MOUNT-POINT PID...: a power cut, for stories.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "power/cut.hpp"

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: power_cut MOUNT-POINT PID...\n");
    return 2;
  }
  std::vector<pid_t> processes;
  for (int i = 2; i < argc; ++i) processes.push_back(static_cast<pid_t>(std::atoi(argv[i])));
  const auto done = cgn::power::cut(argv[1], processes);
  if (done) return 0;
  std::fprintf(stderr, "error: %s\n", done.error().what.c_str());
  return 1;
}
