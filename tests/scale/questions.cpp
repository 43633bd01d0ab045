// SPDX-License-Identifier: Apache-2.0
// Questions about the history, and the record's answers to them, cold and warm.
#include "scale/questions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "journal/reader.hpp"
#include "journal/schema.hpp"

namespace cgn::scale {
namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

journal::Question question_of(const Query& query) {
  journal::Question question{.external = address_of(query.block),
                             .at = journal::from_ms(query.at),
                             .tolerance = std::chrono::milliseconds{query.tolerance}};
  const Port port{static_cast<std::uint16_t>(query.port)};
  if (!query.whole_address) question.ports = PortRange{port, port};
  return question;
}

Expected in_words(const journal::Answer& answer) {
  Expected words{std::string{journal::to_string(answer.certainty)}, {}};
  for (const auto& holder : answer.holders) words.subscribers.insert(to_string(holder.subscriber));
  return words;
}

Result<journal::Reader> open(const std::filesystem::path& directory) {
  // An hour after the end of the longest history there is.
  constexpr std::int64_t kNow = kBeginMs + 100'000 * kDayMs;
  return journal::Reader::open(directory, journal::from_ms(kNow));
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

std::string to_text(const Query& q) {
  return fmt::format("{} {} {} {} {}", q.block, q.whole_address ? 1 : 0, q.port, q.at, q.tolerance);
}

int answer_here(const std::filesystem::path& directory, const std::string& text) {
  Query query;
  int whole = 0;
  std::istringstream{text} >> query.block >> whole >> query.port >> query.at >> query.tolerance;
  query.whole_address = whole != 0;
  const auto begin = Clock::now();
  auto reader = open(directory);
  if (!reader) return 1;
  const auto answer = in_words(reader->holders(question_of(query)));
  const auto took = since(begin);
  std::cout << took << '\n' << answer.verdict << '\n';
  for (const auto& subscriber : answer.subscribers) std::cout << subscriber << '\n';
  return 0;
}

Result<Timed> ask_cold(const std::filesystem::path& directory, const Query& query) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  const auto command =
      fmt::format("exec '{}' --answer '{}' '{}'", program.string(), directory.string(), to_text(query));
  const auto begin = Clock::now();
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return fail_errno("start " + program.string());
  std::string text;
  std::array<char, 4096> piece{};
  while (const auto count = std::fread(piece.data(), 1, piece.size(), pipe)) text.append(piece.data(), count);
  const auto code = ::pclose(pipe);
  Timed timed{.process_ms = since(begin)};
  std::istringstream lines{text};
  std::string line;
  if (code != 0 || !std::getline(lines, line)) return fail("the process that answers failed: " + command);
  timed.milliseconds = std::stod(line);
  std::getline(lines, timed.answer.verdict);
  while (std::getline(lines, line)) timed.answer.subscribers.insert(line);
  return timed;
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
  TRY(reader, open(directory));
  for (const auto& query : queries) {
    const auto begin = Clock::now();
    const auto answer = reader.holders(question_of(query));
    const auto took = since(begin);
    take(query, {.answer = in_words(answer), .milliseconds = took});
  }
  return {};
}

}  // namespace cgn::scale
