// SPDX-License-Identifier: Apache-2.0
// Words in, exit code and sentences out, without a daemon.
#include <catch2/catch.hpp>

#include <sstream>

#include "cgnctl/app.hpp"

using namespace cgn;
using namespace cgn::cgnctl;

namespace {

struct Run {
  Exit exit{};
  std::string out{};
  std::string err{};
};

Run run_words(std::vector<std::string> words, const std::string& input = "") {
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in{input};
  Session session{.out = out,
                  .err = err,
                  .in = in,
                  .clock = [] { return WallTime{std::chrono::milliseconds{1'795'158'000'000}}; },
                  .pause = [](std::chrono::milliseconds) { return false; },
                  .run_program = [](const std::vector<std::string>&) { return 7; }};
  const auto exit = run(session, words);
  return {exit, out.str(), err.str()};
}

const std::string kNowhere = "/nonexistent/api.sock";

}  // namespace

TEST_CASE("a unique beginning of a verb is the verb", "[abbreviation]") {
  for (const auto& words :
       {std::vector<std::string>{"-s", kNowhere, "show", "pool"}, std::vector<std::string>{"sh", "po", "-s", kNowhere},
        std::vector<std::string>{"sho", "po", "p", "--socket=" + kNowhere},
        std::vector<std::string>{"sh", "-s", kNowhere, "dr", "-w"}, std::vector<std::string>{"stat", "-s", kNowhere},
        std::vector<std::string>{"-s", kNowhere}}) {
    const auto done = run_words(words);
    CAPTURE(words, done.err);
    CHECK(done.exit == Exit::unreachable);
  }
}

TEST_CASE("a beginning of several verbs is refused with their names", "[abbreviation]") {
  const auto done = run_words({"s"});
  CHECK(done.exit == Exit::usage);
  CHECK(done.err == "error: 's' could mean status, show, subscriber, selftest\nhint: write one letter more\n");
}

TEST_CASE("arguments of a verb are never taken for abbreviations", "[abbreviation]") {
  // "s" and "d" begin nouns of `show`, but stand where a pool's name and a column stand.
  CHECK(run_words({"show", "pool", "s", "-o", "d", "-s", kNowhere}).exit == Exit::unreachable);
}

TEST_CASE("-o takes one word, and what follows it is the verb's", "[columns]") {
  CHECK(run_words({"show", "pool", "-o", "pool,used", "res-1", "-s", kNowhere}).exit == Exit::unreachable);
}

TEST_CASE("the watch option takes a number and nothing else", "[watch]") {
  for (const auto& words : {std::vector<std::string>{"show", "pool", "-w", "res-1"},
                            std::vector<std::string>{"show", "pool", "-w", "5", "res-1"},
                            std::vector<std::string>{"show", "pool", "--watch=0.5", "res-1"}}) {
    auto all = words;
    all.insert(all.end(), {"-s", kNowhere});
    CAPTURE(words);
    CHECK(run_words(all).exit == Exit::unreachable);
  }
  CHECK(run_words({"show", "pool", "--watch=soon", "-s", kNowhere}).exit == Exit::usage);
}

TEST_CASE("a command that makes no sense is exit code 2", "[exit]") {
  for (const auto& words :
       {std::vector<std::string>{"frobnicate"}, std::vector<std::string>{"show"},
        std::vector<std::string>{"show", "subscriber"}, std::vector<std::string>{"--frobnicate"},
        std::vector<std::string>{"lookup"}, std::vector<std::string>{"lookup", "203.0.113.10:13000"},
        std::vector<std::string>{"lookup", "203.0.113.10", "--at", "noon"},
        std::vector<std::string>{"lookup", "203.0.113.10:70000", "--at", "now"},
        std::vector<std::string>{"lookup", "customer", "--at", "now"},
        std::vector<std::string>{"lookup", "203.0.113.10", "--at", "now", "--proto", "gre"},
        std::vector<std::string>{"lookup", "203.0.113.10", "--at", "now", "--report", "pdf"},
        std::vector<std::string>{"whereis", "100.64.0.7", "--from", "now", "--to", "2026-01-01T00:00Z"},
        std::vector<std::string>{"clear", "mapping", "100.64.0.7"}, std::vector<std::string>{"detach"}}) {
    const auto done = run_words(words);
    CAPTURE(words, done.err);
    CHECK(done.exit == Exit::usage);
    CHECK(done.err.starts_with("error: "));
    CHECK(done.err.find("\nhint: ") != std::string::npos);
  }
}

TEST_CASE("no daemon is exit code 5 with the reason and the next step", "[exit]") {
  const auto done = run_words({"-s", kNowhere, "status"});
  CHECK(done.exit == Exit::unreachable);
  CHECK(done.err ==
        "error: cannot reach cgnd at /nonexistent/api.sock: No such file or directory\n"
        "hint: systemctl status cgnd; or pass -s PATH\n");
  CHECK(done.out.empty());
}

TEST_CASE("help is no error and goes to standard output", "[exit]") {
  const auto done = run_words({"show", "pool", "--help"});
  CHECK(done.exit == Exit::ok);
  CHECK(done.out.find("EXAMPLES") != std::string::npos);
  CHECK(done.err.empty());
}

TEST_CASE("version answers without a daemon", "[exit]") {
  const auto done = run_words({"-s", kNowhere, "-j", "version"});
  CHECK(done.exit == Exit::ok);
  CHECK(control::Json::parse(done.out)["cgnd"].is_null());
}

TEST_CASE("a config file that cannot be read or has complaints is exit code 6", "[exit]") {
  CHECK(run_words({"config", "check", "/nonexistent/cgn.toml"}).exit == Exit::config);
}

TEST_CASE("detach of a dead daemon is done by cgnd itself, and its failure is told", "[detach]") {
  const auto dead = run_words({"detach", "--yes", "-s", kNowhere});
  CHECK(dead.exit == Exit::unreachable);
  CHECK(dead.err.find("sudo cgnd --detach") != std::string::npos);
}

TEST_CASE("selftest plays the suite and hands its failure on", "[selftest]") {
  const auto failed = run_words({"selftest", "--only", "RFC4787", "--mode", "native"});
  CHECK(failed.exit == Exit::failed);
  CHECK(failed.err.find("exit code 7") != std::string::npos);
  CHECK(run_words({"selftest", "--against", "windmills"}).exit == Exit::usage);
}
