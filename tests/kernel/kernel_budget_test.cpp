// SPDX-License-Identifier: Apache-2.0
// What the program may cost: ceilings that a change must raise in the open.
//
// The verifier's effort grows with every branch that stages multiply; its limit is a million instructions, and older
// kernels spend more of them on the same program. Raising a ceiling explains itself in the commit.
#include <bpf/bpf.h>
#include <catch2/catch.hpp>

#include "world.hpp"

namespace cgn::test {

TEST_CASE("the program loads within the verifier's budget") {
  CGN_NEEDS_KERNEL();
  // 184 000 on 6.18; on 6.1, whose verifier forgets less of what it has judged, 244 000 before there were realms.
  // touch_entry, needs_control, shows_control, take, tunnel_end and the walk over TCP options are global functions, judged
  // once each. What an entry of `sessions` and one of `entries` have in common is judged for each, for their pointers differ;
  // and what is translated whole has a way of its own from the look-up on.
  constexpr std::uint32_t kVerifiedInstructions = 300'000;
  constexpr std::uint32_t kTranslatedBytes = 64'000;  // 56 000

  const World world;
  bpf_prog_info info{};
  std::uint32_t size = sizeof(info);
  REQUIRE(bpf_obj_get_info_by_fd(world.program(), &info, &size) == 0);
  INFO("verified " << info.verified_insns << " instructions, translated to " << info.xlated_prog_len << " bytes");
  CHECK(info.verified_insns > 1'000);  // a kernel that does not tell would pass any ceiling
  CHECK(info.verified_insns <= kVerifiedInstructions);
  CHECK(info.xlated_prog_len <= kTranslatedBytes);
}

}  // namespace cgn::test
