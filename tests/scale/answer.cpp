// SPDX-License-Identifier: Apache-2.0
// history_answer DIRECTORY QUERY: one question to the record, in a process that does nothing else.
//
// What        Linked to what a look-up needs and to no more, because a cold start is read from the disk.
#include <malloc.h>

#include <chrono>
#include <cstdio>

#include "scale/answering.hpp"

int main(int argc, char** argv) {
  using namespace cgn::scale;
  using Clock = std::chrono::steady_clock;
  if (argc != 3) {
    std::fputs("usage: history_answer DIRECTORY QUERY\n", stderr);
    return 2;
  }
  // As cgnctl does.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  const auto query = query_of(argv[2]);
  const auto begin = Clock::now();
  auto record = open_record(argv[1]);
  if (!record) {
    std::fprintf(stderr, "error: %s\n", record.error().what.c_str());
    return 1;
  }
  Timed timed{.answer = ask(*record, query)};
  timed.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  std::fputs(to_text(timed).c_str(), stdout);
  return 0;
}
