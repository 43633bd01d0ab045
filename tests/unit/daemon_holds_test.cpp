// SPDX-License-Identifier: Apache-2.0
// cgnctl log hold, through the whole loop to a row of the record.
#include "unit/daemon_commands_loop.hpp"

using namespace cgn;
using namespace cgn::daemon::test;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a legal hold is put and lifted as a row that says who asked", "[control]") {
  Loop loop;
  CHECK(loop.run({"log", "hold", "add", "--case", "AZ-7", "--from", "2026-11-20T00:00Z", "--to",
                  "2026-11-22T00:00Z"}) == Exit::ok);
  CHECK(has(loop.out, "held for AZ-7, row 1"));
  CHECK(loop.run({"log", "hold", "remove", "--case", "AZ-7"}) == Exit::ok);
  REQUIRE(loop.daemon.notes.size() == 2);
  CHECK(loop.daemon.notes.front().kind == NoteKind::hold);
  const auto detail = Json::parse(loop.daemon.notes.front().detail);
  CHECK(detail.at("action") == "add");
  CHECK(detail.at("case") == "AZ-7");
  CHECK(detail.at("to").get<std::int64_t>() - detail.at("from").get<std::int64_t>() == 2 * 86'400'000);
  CHECK(has(detail.at("by").get<std::string>(), "uid "));
  CHECK(loop.run({"log", "hold", "add", "--case", "AZ-7", "--from", "2026-11-22T00:00Z", "--to",
                  "2026-11-20T00:00Z"}) == Exit::usage);
  CHECK(loop.run({"log", "hold", "remove", "--case", "two words"}) != Exit::ok);
  CHECK(loop.daemon.notes.size() == 2);
}
