// SPDX-License-Identifier: Apache-2.0
// Questions about the history, and the record's answers to them, cold and warm.
#include "scale/questions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>

namespace cgn::scale {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// What the program prints until it ends well; empty when it does not.
std::string run(std::vector<std::string> command) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return {};
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  pid_t child = 0;
  const bool started = ::posix_spawn(&child, words.front(), &actions, nullptr, words.data(), environ) == 0;
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = ::read(pipe[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  ::close(pipe[0]);
  int status = 0;
  if (!started || ::waitpid(child, &status, 0) != child || status != 0) return {};
  return text;
}

}  // namespace

// An instant at or beside one of the edges.
std::int64_t Asker::edge(unsigned block) {
  constexpr std::array<std::int64_t, 9> kBeside{0, 1, -1, 999, 1000, 1001, -999, -1000, -1001};
  const auto beside = kBeside[pick(kBeside.size())];
  switch (pick(4)) {
    case 0: return kBeginMs + static_cast<std::int64_t>(pick(shape_.days + 1)) * kDayMs + beside;
    case 1: {
      if (shape_.lost.empty()) break;
      auto lost = shape_.lost.begin();
      std::advance(lost, pick(shape_.lost.size()));
      return kBeginMs + (*lost + static_cast<std::int64_t>(pick(3))) * kDayMs +
             beside * static_cast<std::int64_t>(pick(5000));
    }
    default: break;
  }
  const auto loans = all_loans(shape_, block);
  const auto& loan = loans[pick(loans.size())];
  return (pick(2) == 0 ? loan.from : loan.to) + beside;
}

Query Asker::next() {
  constexpr std::array<std::int64_t, 6> kTolerances{1000, 1000, 1000, 0, 30'000, 300'000};
  Query query{.block = static_cast<unsigned>(pick(shape_.blocks))};
  query.whole_address = pick(50) == 0;
  query.port = ports_of(query.block).first.value() + static_cast<unsigned>(pick(kBlockSize));
  query.tolerance = kTolerances[pick(kTolerances.size())];
  query.at = pick(3) == 0
                 ? edge(query.block)
                 : kBeginMs + static_cast<std::int64_t>(pick(static_cast<std::uint64_t>(shape_.days * kDayMs)));
  return query;
}

Result<Timed> ask_cold(const std::filesystem::path& directory, const Query& query) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").replace_filename("history_answer");
  const auto begin = Clock::now();
  const auto text = run({program.string(), directory.string(), to_text(query)});
  const auto took = since(begin);
  auto timed = timed_of(text);
  if (!timed)
    return fail(fmt::format("no answer from {} {} '{}'", program.string(), directory.string(), to_text(query)));
  timed->process_ms = took;
  return std::move(*timed);
}

Result<> make_cold(const std::filesystem::path& directory, bool whole) {
  if (whole && ::geteuid() == 0) {
    std::ofstream{"/proc/sys/vm/drop_caches"} << 3 << std::flush;
    return {};
  }
  for (const auto& file : std::filesystem::directory_iterator{directory}) {
    const int fd = ::open(file.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail_errno("open " + file.path().string());
    (void)::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
  return {};
}

Result<> ask_warm(const std::filesystem::path& directory, const Shape&, const std::vector<Query>& queries,
                  const std::function<void(const Query&, const Timed&)>& take) {
  TRY(record, open_record(directory));
  for (const auto& query : queries) {
    const auto begin = Clock::now();
    auto answer = ask(record, query);
    const auto took = since(begin);
    take(query, {.answer = std::move(answer), .milliseconds = took});
  }
  return {};
}

}  // namespace cgn::scale
