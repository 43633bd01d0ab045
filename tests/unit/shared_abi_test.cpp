// SPDX-License-Identifier: Apache-2.0
// What C's asserts in abi.h cannot say: no struct that is a map's key or value has hidden padding, and the verdict list
// is one list.
#include <catch2/catch.hpp>

#include <cctype>
#include <set>
#include <string>
#include <type_traits>

#include "cgn/abi.h"
#include "cgn/result.hpp"
#include "cgn/time.hpp"
#include "cgn/verdict.hpp"

namespace cgn {

// Two equal values have equal bytes, or a key would be found on one day and missed on the next.
static_assert(std::has_unique_object_representations_v<cgn_key>);
static_assert(std::has_unique_object_representations_v<cgn_entry_key>);
static_assert(std::has_unique_object_representations_v<cgn_entry>);
static_assert(std::has_unique_object_representations_v<cgn_prefix_key>);
static_assert(std::has_unique_object_representations_v<cgn_class>);
static_assert(std::has_unique_object_representations_v<cgn_link_key>);
static_assert(std::has_unique_object_representations_v<cgn_link>);
static_assert(std::has_unique_object_representations_v<cgn_realm_info>);
static_assert(std::has_unique_object_representations_v<cgn_egress>);
static_assert(std::has_unique_object_representations_v<cgn_settings>);
static_assert(std::has_unique_object_representations_v<cgn_bucket>);
static_assert(std::has_unique_object_representations_v<cgn_subscriber_key>);
static_assert(std::has_unique_object_representations_v<cgn_punt>);

TEST_CASE("what the kernel counts stands apart from what identifies a mapping") {
  // The kernel adds to packets and bytes without a lock: each must be one aligned word.
  CHECK(offsetof(cgn_entry, packets) % 8 == 0);
  CHECK(offsetof(cgn_entry, bytes) % 8 == 0);
  CHECK(offsetof(cgn_entry, to_addr) % 8 == 0);  // the translation is read as one word
  CHECK(offsetof(cgn_entry, key) == 0);
}

TEST_CASE("every verdict has one word, a meaning and a remedy") {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < kVerdicts.size(); ++i) {
    const auto& text = kVerdicts[i];
    INFO(text.word);
    CHECK(static_cast<std::size_t>(text.verdict) == i);
    CHECK(words.insert(text.word).second);
    CHECK_FALSE(text.meaning.empty());
    CHECK_FALSE(text.remedy.empty());
    for (const char c : text.word) CHECK((std::islower(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '4'));
  }
  CHECK(CGN_VERDICT_CONTINUE == 0);
  CHECK(word_of(CGN_VERDICT_NO_MAPPING) == "no_mapping");
}

TEST_CASE("a stamp is a sixteenth of a second of the monotonic clock") {
  using namespace std::chrono_literals;
  CHECK(stamp_of(Monotonic{1s}) == 16);
  CHECK(stamp_of(Monotonic{62ms}) == 0);
  CHECK(stamp_of(Monotonic{63ms}) == 1);
  CHECK(time_of(stamp_of(Monotonic{100s})) == Monotonic{100s});
  CHECK(at(121s).mono - at(0s).mono == 121s);
  CHECK(at(121s).wall - at(0s).wall == 121s);
  CHECK(at(121s).boot - at(0s).boot == 121s);
}

TEST_CASE("an error grows clause by clause and keeps its hint") {
  const auto failed = []() -> Result<int> { return fail_errno("open map", ENOENT, "start cgnd"); };
  auto error = failed().error();
  CHECK(error.code == ENOENT);
  const auto grown = std::move(error).in("adopt");
  CHECK(grown.what == "adopt: open map: No such file or directory");
  CHECK(grown.hint == "start cgnd");
  const auto outer = [&]() -> Result<int> {
    TRY(value, failed());
    return value + 1;
  };
  CHECK_FALSE(outer().has_value());
}

}  // namespace cgn
