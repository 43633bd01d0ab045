// SPDX-License-Identifier: Apache-2.0
// The verdict list of abi.h as C++ data: words, meanings, remedies, who may end a packet so, and where it is then.
#pragma once

#include <array>
#include <string_view>

#include "cgn/abi.h"

namespace cgn {

using Verdict = ::cgn_verdict;

enum class VerdictSide { kernel, slow_path, both };
enum class VerdictEnd { sent, passed, waits, refused };

struct VerdictText {
  Verdict verdict;
  std::string_view word;
  VerdictSide side;
  VerdictEnd end;
  std::string_view meaning;
  std::string_view remedy;  // "-" when there is nothing to do
};

namespace verdict_side {
inline constexpr auto K = VerdictSide::kernel;
inline constexpr auto S = VerdictSide::slow_path;
inline constexpr auto B = VerdictSide::both;
}  // namespace verdict_side

namespace verdict_end {
inline constexpr auto SENT = VerdictEnd::sent;
inline constexpr auto PASSED = VerdictEnd::passed;
inline constexpr auto WAITS = VerdictEnd::waits;
inline constexpr auto REFUSED = VerdictEnd::refused;
}  // namespace verdict_end

inline constexpr std::array<VerdictText, CGN_VERDICT_COUNT> kVerdicts{{
#define CGN_X(name, word, side, end, meaning, remedy) \
  {CGN_VERDICT_##name, word, verdict_side::side, verdict_end::end, meaning, remedy},
    CGN_VERDICTS(CGN_X)
#undef CGN_X
}};

[[nodiscard]] constexpr std::string_view word_of(Verdict v) { return kVerdicts[v].word; }

}  // namespace cgn
