// SPDX-License-Identifier: Apache-2.0
// Labs, threads and the order of rows.
#include "runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

namespace cgn::selftest {
namespace {

constexpr std::size_t kLabsAtATime = 3;
constexpr int kTriesOfALateRow = 4;

// A row to play on a way, and where its outcome goes. Each has a place of its own, so that threads need no lock.
struct Task {
  const Row* row;
  Way way;
  std::optional<Outcome>* outcome;
};

struct Session {
  Wanted wanted;
  std::vector<Task> tasks;
};

// Says, of one session, what has happened and how long it took.
class Progress {
 public:
  Progress(const Session& session, std::ostream* out) : session_{session}, out_{out} {}

  void say(std::string_view what) {
    if (out_ == nullptr) return;
    const auto now = steady_clock::now();
    const auto name = fmt::format("{} {}", name_of(session_.wanted.group), session_.wanted.mode);
    *out_ << fmt::format("{:<26} {} ({:.1f} s)\n", name, what, std::chrono::duration<double>(now - since_).count())
          << std::flush;
    since_ = now;
  }

 private:
  const Session& session_;
  std::ostream* out_;
  steady_clock::time_point since_ = steady_clock::now();
};

Outcome play_once(const Row& row, Way way, Stage& stage) {
  const auto begin = steady_clock::now();
  auto wire = Wire::open(stage, way);
  if (!wire) return {.played = false, .reason = wire.error().what};
  Outcome outcome;
  try {
    row.plays(*wire);
    outcome.passed = true;
  } catch (const Failed& failed) {
    outcome.reason = failed.what();
  }
  outcome.sent = wire->sent();
  outcome.received = wire->received();
  outcome.took = std::chrono::ceil<milliseconds>(steady_clock::now() - begin);
  return outcome;
}

void play(const Task& task, Stage& stage) {
  for (int tries = 1; !interrupted; ++tries) {
    try {
      *task.outcome = play_once(*task.row, task.way, stage);
      return;
    } catch (const Late& late) {
      if (tries == kTriesOfALateRow) *task.outcome = Outcome{.reason = late.what()};
      if (tries == kTriesOfALateRow) return;
    } catch (const Interrupted&) {
      return;
    }
  }
}

void play_all(const Session& session, Stage& stage) {
  {
    std::vector<std::jthread> side_by_side;
    for (const auto& task : session.tasks) {
      if (task.row->patient) side_by_side.emplace_back([&task, &stage] { play(task, stage); });
    }
  }
  for (const auto& task : session.tasks) {
    if (!task.row->patient) play(task, stage);
  }
}

void give_up(const Session& session, const std::string& reason) {
  for (const auto& task : session.tasks) *task.outcome = Outcome{.played = false, .reason = reason};
}

std::string summary_of(const Session& session) {
  const auto passed = std::ranges::count_if(
      session.tasks, [](const Task& task) { return task.outcome->has_value() && (*task.outcome)->passed; });
  return fmt::format("{} of {} plays passed", passed, session.tasks.size());
}

void hold(const Session& session, unsigned number, const Plan& plan) {
  if (interrupted) return;
  Progress progress{session, plan.progress};
  const auto give_up_for = [&](const std::string& reason) {
    give_up(session, reason);
    progress.say("not played: " + reason);
  };
  const auto lab = Lab::build(number, plan.work);
  if (!lab) return give_up_for(lab.error().what);
  progress.say("its lab is up");
  const auto device = start_device(*lab, plan.programs, session.wanted);
  if (!device) return give_up_for(device.error().what);
  progress.say("its device is up");
  Stage stage{*lab, **device, session.wanted.group};
  play_all(session, stage);
  progress.say(summary_of(session));
}

std::vector<Way> ways_of(const Plan& plan, std::string_view mode) {
  if (plan.kind != Kind::cgnd) return {Way::native};
  if (mode == "generic") return {Way::generic};
  return {Way::slow, Way::native};
}

std::vector<std::string_view> modes_of(const Plan& plan) {
  std::vector<std::string_view> modes;
  if (plan.native || plan.kind != Kind::cgnd) modes.emplace_back("native");
  if (plan.generic && plan.kind == Kind::cgnd) modes.emplace_back("generic");
  return modes;
}

std::vector<Session> sessions_of(std::vector<Played>& all, const Plan& plan) {
  std::vector<Session> sessions;
  for (const auto group : kGroups) {
    for (const auto mode : modes_of(plan)) {
      Session session{.wanted = {.kind = plan.kind, .group = group, .mode = mode}, .tasks = {}};
      for (const auto way : ways_of(plan, mode)) {
        for (auto& played : all) {
          if (played.row.group == group) session.tasks.push_back({&played.row, way, &played.on(way)});
        }
      }
      if (!session.tasks.empty()) sessions.push_back(std::move(session));
    }
  }
  // The longest first, so that the others fit beside it.
  std::ranges::stable_sort(sessions, std::greater{}, [](const Session& s) {
    return std::ranges::count_if(s.tasks, [](const Task& task) { return task.row->patient; });
  });
  return sessions;
}

}  // namespace

bool Played::played() const {
  const auto broken = [](const std::optional<Outcome>& outcome) { return outcome && !outcome->played; };
  return (slow || native || generic) && !broken(slow) && !broken(native) && !broken(generic);
}

bool Played::passed() const {
  const auto bad = [](const std::optional<Outcome>& outcome) { return outcome && !outcome->passed; };
  return (slow || native || generic) && !bad(slow) && !bad(native) && !bad(generic);
}

std::vector<Played> run_rows(const std::vector<Row>& rows, const Plan& plan) {
  std::vector<Played> all;
  for (const auto& row : rows) all.push_back({.row = row, .slow = {}, .native = {}, .generic = {}});
  const auto sessions = sessions_of(all, plan);
  std::atomic<unsigned> next{0};
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < std::min(kLabsAtATime, sessions.size()); ++i) {
    workers.emplace_back([&] {
      for (unsigned mine = next++; mine < sessions.size(); mine = next++) hold(sessions[mine], mine, plan);
    });
  }
  workers.clear();
  return all;
}

}  // namespace cgn::selftest
