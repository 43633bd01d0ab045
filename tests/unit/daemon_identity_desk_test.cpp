// SPDX-License-Identifier: Apache-2.0
// Reports of identities at the desk: what ends, what is recorded, in which order, and when it is done.
#include "unit/identity_desk_world.hpp"

using namespace cgn;
using namespace cgn::daemon;
using namespace cgn::daemon::test;
using Outcome = IdentityDesk::Outcome;
using Said = std::vector<std::string>;

TEST_CASE("when an address passes to another customer, what the former one has ends before the rows are queued") {
  IdentityWorld world;
  CHECK(*world.say(world.report("100.64.0.7", "A")) == Outcome::bound);
  CHECK(world.done == Said{"records 100.64.0.7 A"});
  world.done.clear();
  CHECK(*world.say(world.report("100.64.0.7", "B")) == Outcome::bound);
  CHECK(world.done == Said{"ends 100.64.0.7", "records 100.64.0.7 A", "records 100.64.0.7 B"});
  world.done.clear();
  CHECK(*world.say(world.report("100.64.0.7", "B")) == Outcome::unchanged);
  CHECK(world.done.empty());
}

TEST_CASE("blocks from before the session of a customer who was not known are a former customer's, and end") {
  IdentityWorld world;
  REQUIRE(world.node.verdict(core::test::udp(core::test::on(core::test::alice, 5000)), 10s) == CGN_VERDICT_TRANSLATED);
  CHECK(*world.say(world.report("100.64.0.7", "A", "s1", at(50s).wall)) == Outcome::bound);
  CHECK(world.done == Said{"ends 100.64.0.7", "records 100.64.0.7 A"});
}

TEST_CASE("a report of a network binds every subscriber in it, and is done when all its rows are durable") {
  IdentityWorld world;
  world.answers.reset();
  std::vector<bool> words;
  CHECK(*world.say(world.report("100.64.0.4/30", "A"), [&](bool durable) { words.push_back(durable); }) ==
        Outcome::bound);
  CHECK(world.rows.size() == 4);
  CHECK(words.empty());
  world.waiting.front()(true);
  world.waiting.pop_front();
  CHECK(words.empty());
  world.answer(true);
  CHECK(words == std::vector<bool>{true});
}

TEST_CASE("a report about nobody's address, about too many, or in no realm is refused, and nothing is recorded") {
  IdentityWorld world;
  CHECK_FALSE(world.say(world.report("198.51.100.1", "A")));
  CHECK_FALSE(world.say(world.report("100.64.0.0/23", "A")));
  auto elsewhere = world.report("100.64.0.7", "A");
  elsewhere.claim.who.first = "vrf-7";
  const auto refused = world.say(elsewhere);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().what.find("vrf-7") != std::string::npos);
  CHECK(world.done.empty());
  const auto checked = world.desk->check({world.report("198.51.100.1", "A"), world.report("100.64.0.7", "A")});
  REQUIRE(checked);
  CHECK_FALSE(checked->front());
  CHECK(checked->back());
  CHECK(world.done.empty());
}

TEST_CASE(
    "while the rows of a report are on their way, the next one about that subscriber is undecided, and nobody is "
    "told") {
  IdentityWorld world;
  world.answers.reset();
  int words = 0;
  CHECK(*world.say(world.report("100.64.0.7", "A", "s1")) == Outcome::bound);
  CHECK(*world.say(world.report("100.64.0.7", "A", "s1"), [&](bool) { ++words; }) == Outcome::undecided);
  CHECK(words == 0);
  CHECK(world.rows.size() == 1);
  world.answer(true);
  CHECK(*world.say(world.report("100.64.0.7", "A", "s1"), [&](bool durable) { words += durable ? 1 : 100; }) ==
        Outcome::unchanged);
  CHECK(words == 1);
}

TEST_CASE("rows that the log did not take are forgotten, and the repeated report is worth them anew") {
  IdentityWorld world;
  world.answers = false;
  std::vector<bool> words;
  CHECK(*world.say(world.report("100.64.0.7", "A"), [&](bool durable) { words.push_back(durable); }) == Outcome::bound);
  CHECK(words == std::vector<bool>{false});
  const auto nobody = world.desk->of_address(ip("100.64.0.7"), "");
  REQUIRE(nobody);
  CHECK(nobody->empty());
  CHECK_FALSE(world.desk->submit_and_wait({world.report("100.64.0.7", "A")}));
  world.answers = true;
  CHECK(world.desk->submit_and_wait({world.report("100.64.0.7", "A")}));
  CHECK(world.rows.size() == 3);
  const auto known = world.desk->of_address(ip("100.64.0.7"), "");
  REQUIRE(known);
  REQUIRE(known->size() == 1);
  CHECK(known->front().binding.id == "A");
}

TEST_CASE("an identity's addresses are found, in order") {
  IdentityWorld world;
  REQUIRE(world.desk->submit_and_wait(
      {world.report("100.64.0.9", "A"), world.report("100.64.0.7", "A"), world.report("100.64.0.8", "B")}));
  const auto found = world.desk->of_identity("A");
  REQUIRE(found);
  REQUIRE(found->size() == 2);
  CHECK(to_string(found->front().who.second) == "100.64.0.7");
  CHECK(to_string(found->back().who.second) == "100.64.0.9");
}

TEST_CASE("when a NAS begins anew its sessions end: all of them, no later ones, nobody else's") {
  IdentityWorld world;
  for (const auto* address : {"100.64.0.7", "100.64.0.8"}) {
    REQUIRE(*world.say(world.report(address, "A", "s1", at(10s).wall)) == Outcome::bound);
  }
  REQUIRE(*world.say(world.report("100.64.0.9", "B", "s2", at(60s).wall)) == Outcome::bound);
  REQUIRE(*world.say(world.report("100.64.0.10", "C")) == Outcome::bound);  // an operator's word
  auto other = world.report("100.64.0.11", "D", "s1", at(10s).wall);
  other.claim.source = "radius:bng-2";
  REQUIRE(*world.say(other) == Outcome::bound);
  world.rows.clear();
  std::vector<bool> words;
  const auto word = [&](bool durable) { words.push_back(durable); };
  const auto ended = world.desk->end_all_of("radius:bng-1", "10.0.0.1", journal::Span::at(at(50s).wall), word);
  REQUIRE(ended);
  CHECK(*ended == 2);
  CHECK(words == std::vector<bool>{true});
  REQUIRE(world.rows.size() == 2);
  for (const auto& row : world.rows) {
    CHECK(row.event == journal::IdentityEvent::end);
    CHECK(row.id == "A");
    CHECK(row.to.latest == at(50s).wall);
  }
  CHECK(world.desk->of_identity("A")->empty());
  CHECK(world.desk->of_identity("B")->size() == 1);
  CHECK(world.desk->of_identity("C")->size() == 1);
  CHECK(world.desk->of_identity("D")->size() == 1);
  // Said again, there is nothing to do, and it is done.
  CHECK(*world.desk->end_all_of("radius:bng-1", "10.0.0.1", journal::Span::at(at(50s).wall), word) == 0);
  CHECK(words == std::vector<bool>{true, true});
}
