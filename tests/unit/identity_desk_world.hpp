// SPDX-License-Identifier: Apache-2.0
// An identity desk with obedient hands: a real core, a log that answers when the test says so, and a list of what was done.
#pragma once

#include <catch2/catch.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

#include "daemon/identity_desk.hpp"
#include "unit/core_node.hpp"

namespace cgn::daemon::test {

using namespace std::chrono_literals;
using core::test::ip;
using core::test::prefix;

struct IdentityWorld {
  IdentityWorld() {
    desk.emplace(IdentityDesk::Hands{.ask = [this](const Questions::Question& question) -> Result<> {
                                       const std::scoped_lock guard{lock};
                                       question(node.translator, now());
                                       return {};
                                     },
                                     .end_customer = [this](const SubscriberId& who,
                                                            const Now&) { done.push_back("ends " + to_string(who)); },
                                     .record =
                                         [this](const Note& note, Recorder::NoteSink sink) {
                                           const auto row = journal::read_identity(journal::to_row(note));
                                           REQUIRE(row);
                                           done.push_back("records " + to_string(*note.subscriber) + " " + row->id);
                                           rows.push_back(*row);
                                           waiting.push_back(std::move(sink));
                                           arrived.notify_all();
                                           if (answers) answer(*answers);
                                         }},
                 config, std::vector<journal::Row>{});
  }

  [[nodiscard]] static Now now() { return at(100s); }

  // The log's word about all that waits. As the brain's thread would say it.
  void answer(bool durable) {
    while (!waiting.empty()) {
      const auto sink = std::move(waiting.front());
      waiting.pop_front();
      sink(durable);
    }
  }

  // Waits until so many rows were ever asked for.
  [[nodiscard]] bool asked(std::size_t count) {
    std::unique_lock guard{lock};
    return arrived.wait_for(guard, 30s, [&] { return rows.size() >= count; });
  }
  void answer_from_outside(bool durable) {
    const std::scoped_lock guard{lock};
    answer(durable);
  }

  static IdentityReport report(const char* address, const char* id, const char* session = "",
                               WallTime when = now().wall) {
    IdentityReport report{.address = prefix(address)};
    report.claim.id = id;
    report.claim.session = session;
    report.claim.source = session[0] == 0 ? "cgnctl" : "radius:bng-1";
    report.claim.by = "root";
    report.claim.when = journal::Span::at(when);
    return report;
  }

  IdentityDesk::Answer say(IdentityReport report, IdentityDesk::Done word = {}) {
    auto answers_given = desk->submit({{std::move(report), std::move(word)}});
    REQUIRE(answers_given);
    REQUIRE(answers_given->size() == 1);
    return answers_given->front();
  }

  std::mutex lock;
  std::condition_variable arrived;
  config::Config config = core::test::config_of({});
  core::test::Node node{config};
  std::optional<bool> answers = true;  // of the log at once; none: when answer() is called
  std::vector<std::string> done;
  std::vector<journal::IdentityRow> rows;
  std::deque<Recorder::NoteSink> waiting;
  std::optional<IdentityDesk> desk;
};

}  // namespace cgn::daemon::test
