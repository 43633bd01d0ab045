// SPDX-License-Identifier: Apache-2.0
// Prints docs/rfc-compliance.md from the list of requirements, the rows of the conformance suite, the tags of all
// tests, and what was seen when the rows were last played.
//
//   rfc_page REQUIREMENTS SEEN < TAGS      tags, one a line, once for each test that bears it
//
// What        Besides the page, every contradiction: a tag that no requirement has; a MUST without a test, or whose
//             rows did not pass; a row that was not played, or that plain forwarding passes and that does not say why
//             it is a test.
// Failure     Each contradiction is a line on standard error, and the exit code is 1.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "row.hpp"

namespace {

using cgn::selftest::Row;

constexpr std::size_t kMustFailOnForwarding = 70, kMustFailOnNftables = 12;
// The only two that may wait (each with its sentence).
const std::set<std::string> kMayBePlanned{"RFC6888-REQ-9", "RFC6888-REQ-10"};

struct Requirement {
  std::string id, level, status, says, how;
};

// How a row ended on each device: "ok" or "failed".
struct Seen {
  std::string slow, native, generic, forwarding, nftables;
  [[nodiscard]] bool passed() const { return slow == "ok" && native == "ok" && generic == "ok"; }
};

struct Book {
  std::vector<Requirement> requirements;
  std::vector<Row> rows;
  std::map<std::string, Seen> seen;
  std::map<std::string, unsigned> tests;  // by tag
};

std::vector<std::vector<std::string>> table(const char* file) {
  std::ifstream in{file};
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words{line};
    auto& columns = lines.emplace_back();
    for (std::string word; std::getline(words, word, '\t');) columns.push_back(word);
  }
  return lines;
}

Book read(char** argv) {
  Book book{.requirements = {}, .rows = cgn::selftest::all_rows(), .seen = {}, .tests = {}};
  for (auto& c : table(argv[1])) {
    c.resize(5);
    book.requirements.push_back({c[0], c[1], c[2], c[3], c[4]});
  }
  for (auto& c : table(argv[2])) {
    c.resize(6);
    book.seen[c[0]] = {c[1], c[2], c[3], c[4], c[5]};
  }
  for (std::string tag; std::getline(std::cin, tag);) ++book.tests[tag];
  return book;
}

std::vector<const Row*> rows_of(const Book& book, const std::string& tag) {
  std::vector<const Row*> rows;
  for (const auto& row : book.rows) {
    if (std::ranges::count(row.tags, tag) > 0) rows.push_back(&row);
  }
  return rows;
}

class Complaints {
 public:
  void add(const std::string& what) {
    std::cerr << what << '\n';
    any_ = true;
  }
  [[nodiscard]] bool any() const { return any_; }

 private:
  bool any_ = false;
};

void judge(const Requirement& r, const Book& book, Complaints& complaints) {
  const auto rows = rows_of(book, r.id);
  if (r.how.empty()) complaints.add(r.id + ": does not say how, or why not");
  if (r.status == "planned" && !kMayBePlanned.contains(r.id)) complaints.add(r.id + ": may not be planned only");
  if (r.status == "declined" && r.level == "MUST") complaints.add(r.id + ": a MUST cannot be declined");
  if (r.status != "done") return;
  if (rows.empty() && !book.tests.contains(r.id)) complaints.add(r.id + ": no row and no test has this tag");
  if (r.level != "MUST") return;
  for (const auto* row : rows) {
    const auto seen = book.seen.find(std::string{row->id});
    if (seen != book.seen.end() && !seen->second.passed())
      complaints.add(fmt::format("{}: row {} did not pass", r.id, row->id));
  }
}

void judge_tags(const Book& book, Complaints& complaints) {
  const auto known = [&](std::string_view tag) {
    return std::ranges::any_of(book.requirements, [&](const Requirement& r) { return r.id == tag; });
  };
  for (const auto& [tag, count] : book.tests) {
    if (!known(tag)) complaints.add(tag + ": a test has this tag, but no requirement");
  }
  std::set<std::string_view> ids;
  for (const auto& row : book.rows) {
    if (!ids.insert(row.id).second) complaints.add(fmt::format("{}: two rows have this name", row.id));
    for (const auto tag : row.tags) {
      if (!known(tag)) complaints.add(fmt::format("{}: row {} has this tag, but no requirement", tag, row.id));
    }
  }
}

void judge_rows(const Book& book, Complaints& complaints) {
  std::size_t forwarding = 0, nftables = 0;
  for (const auto& row : book.rows) {
    const auto seen = book.seen.find(std::string{row.id});
    if (seen == book.seen.end()) {
      complaints.add(fmt::format("row {} was never played: tools/conformance", row.id));
      continue;
    }
    forwarding += seen->second.forwarding == "failed";
    nftables += seen->second.nftables == "failed";
    if (seen->second.forwarding == "ok" && row.on_forwarding.empty()) {
      complaints.add(fmt::format("row {} passes on plain forwarding and does not say why it is a test", row.id));
    }
  }
  if (forwarding < kMustFailOnForwarding) complaints.add("too few rows fail on plain forwarding");
  if (nftables < kMustFailOnNftables) complaints.add("too few rows fail on nftables");
}

std::string tests_of(const Requirement& r, const Book& book) {
  std::string text;
  for (const auto* row : rows_of(book, r.id)) text += fmt::format("{}`{}`", text.empty() ? "" : ", ", row->id);
  const auto tests = book.tests.find(r.id);
  if (tests == book.tests.end()) return text;
  return text + fmt::format("{}{} test{} `[{}]`", text.empty() ? "" : "; ", tests->second,
                            tests->second == 1 ? "" : "s", r.id);
}

void print_requirements(const Book& book) {
  std::string rfc;
  for (const auto& r : book.requirements) {
    const auto of = r.id.substr(0, r.id.find('-'));
    if (of != rfc)
      fmt::print("\n## {}\n\n| | level | requirement | status | how | tests |\n|---|---|---|---|---|---|\n", of);
    rfc = of;
    fmt::print("| {} | {} | {} | {} | {} | {} |\n", r.id.substr(of.size() + 1), r.level, r.says, r.status, r.how,
               tests_of(r, book));
  }
}

void print_rows(const Book& book) {
  fmt::print(
      "\n## The rows\n\nWhat a row is worth is seen by playing it to others: plain forwarding, and nftables with "
      "paired source "
      "translation.\n\n| row | what it shows | slow path | native | generic | forwarding | nftables "
      "|\n|---|---|---|---|---|---|---|\n");
  for (const auto& row : book.rows) {
    const auto found = book.seen.find(std::string{row.id});
    const auto& s = found == book.seen.end() ? Seen{} : found->second;
    fmt::print("| `{}` | {} | {} | {} | {} | {} | {} |\n", row.id, row.says, s.slow, s.native, s.generic, s.forwarding,
               s.nftables);
  }
  fmt::print("\nRows that plain forwarding passes, and why they are tests:\n\n");
  for (const auto& row : book.rows) {
    if (!row.on_forwarding.empty()) fmt::print("- `{}`: {}\n", row.id, row.on_forwarding);
  }
}

void print_page(const Book& book) {
  fmt::print(
      "# RFC compliance\n\n"
      "Every requirement of RFC 6888, 4787, 5382, 5508 and 7857, and of others that a translator meets, in our words; "
      "how it "
      "is\nmet, and the tests that say so. `sudo cgnctl selftest` plays the rows (`cgnctl selftest --list`) with the "
      "binary that "
      "is\ninstalled; the other tests bear the requirement as a tag.\n\n"
      "This page is generated from `docs/conformance/`, the rows and the tags; a test compares them, and fails for a "
      "MUST\n"
      "without a passing test. `sudo tools/conformance` plays all rows and renews it.\n");
  print_requirements(book);
  print_rows(book);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto book = read(argv);
  Complaints complaints;
  for (const auto& r : book.requirements) judge(r, book, complaints);
  judge_tags(book, complaints);
  judge_rows(book, complaints);
  print_page(book);
  return complaints.any() ? 1 : 0;
}
