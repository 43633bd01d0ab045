// SPDX-License-Identifier: Apache-2.0
// Prints docs/counters.md from the one list of verdicts.
#include <fmt/format.h>

#include "cgn/verdict.hpp"

namespace {

std::string_view counted_by(cgn::VerdictSide side) {
  switch (side) {
    case cgn::VerdictSide::kernel: return "kernel";
    case cgn::VerdictSide::slow_path: return "slow path";
    case cgn::VerdictSide::both: return "both";
  }
  return {};
}

std::string_view packet_is(cgn::VerdictEnd end) {
  switch (end) {
    case cgn::VerdictEnd::sent: return "sent";
    case cgn::VerdictEnd::passed: return "the kernel's";
    case cgn::VerdictEnd::waits: return "on its way";
    case cgn::VerdictEnd::refused: return "dropped";
  }
  return {};
}

}  // namespace

int main() {
  fmt::print(
      "# Counters\n\n"
      "Every packet ends with exactly one verdict, and every verdict is a counter: `cgnctl show drops` prints them.\n"
      "This page is generated from the list in `include/cgn/verdicts.h`; a test compares them.\n\n"
      "- The kernel program's counters add up to the packets that it received.\n"
      "- The slow path's add up to the packets that were handed to it (each counted `punted` by the kernel); `held` "
      "is\n"
      "  counted when a packet begins to wait, and the packet is counted again with its end.\n"
      "- Losses after the verdict are counted beside: `punt_lost` (AF_XDP could not take the frame). A frame that the\n"
      "  egress driver does not take is not counted by this version: see the driver's own statistics (ethtool -S).\n\n"
      "| counter | counted by | the packet is | meaning | what to do |\n|---|---|---|---|---|\n");
  for (const auto& [verdict, word, side, end, meaning, remedy] : cgn::kVerdicts) {
    if (verdict == CGN_VERDICT_CONTINUE) continue;  // not a verdict yet, never counted
    fmt::print("| `{}` | {} | {} | {} | {} |\n", word, counted_by(side), packet_is(end), meaning, remedy);
  }
}
