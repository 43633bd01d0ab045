// SPDX-License-Identifier: Apache-2.0
// Many look-ups at once.
#include "cgnctl/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <map>
#include <ostream>
#include <sstream>

#include "cgnctl/csv.hpp"
#include "cgnctl/question.hpp"
#include "cgnctl/record_answer.hpp"

namespace cgn::cgnctl {

namespace {

constexpr std::size_t kProgressStep = 500;
constexpr std::size_t kWorthTelling = 1000;  // lines below which nobody waits

std::string header_name(std::string name) {
  if (name.starts_with("\xEF\xBB\xBF")) name.erase(0, 3);  // byte order mark
  std::erase(name, ' ');
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return name;
}

// Where the columns stand.
class Header {
 public:
  [[nodiscard]] static Result<Header> read(std::istream& in) {
    std::string line;
    std::getline(in, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    Header header;
    header.separator_ = line.find(',') == std::string::npos && line.find(';') != std::string::npos ? ';' : ',';
    std::size_t place = 0;
    for (std::size_t begin = 0; begin <= line.size(); ++place) {
      const auto end = std::min(line.find(header.separator_, begin), line.size());
      auto name = line.substr(begin, end - begin);
      std::erase(name, '"');
      header.places_.emplace(header_name(std::move(name)), place);
      begin = end + 1;
    }
    for (const auto* needed : {"ip", "time"}) {
      if (!header.places_.contains(needed)) {
        return fail(fmt::format("the batch has no column '{}'", needed),
                    "its first line names the columns: ip,port,proto,time,case");
      }
    }
    return header;
  }

  [[nodiscard]] std::string field(const CsvRecord& record, const char* name) const {
    const auto found = places_.find(name);
    return found == places_.end() || found->second >= record.size() ? std::string{} : record[found->second];
  }
  [[nodiscard]] bool has(const char* name) const { return places_.contains(name); }
  [[nodiscard]] char separator() const { return separator_; }

 private:
  std::map<std::string, std::size_t, std::less<>> places_{};
  char separator_ = ',';
};

// Lines answered, by answer, and how far we are.
class Counts {
 public:
  Counts(const Session& session, std::size_t expected)
      : session_{session}, expected_{std::max<std::size_t>(expected, 1)} {}

  void add(std::string_view answer) {
    ++by_answer_[std::string{answer}];
    ++lines_;
    if (session_.err_is_tty) {
      if (lines_ % kProgressStep == 0)
        session_.err << fmt::format("\r{} of {} answered", lines_, expected_) << std::flush;
    } else if (const auto tenth = lines_ * 10 / expected_; expected_ >= kWorthTelling && tenth > tenth_ && tenth < 10) {
      tenth_ = tenth;
      session_.err << fmt::format("{} % answered ({} of {})\n", 10 * tenth, lines_, expected_) << std::flush;
    }
  }
  [[nodiscard]] std::string in_words() const {
    std::string text = fmt::format("{} questions", lines_);
    for (const auto& [answer, count] : by_answer_) text += fmt::format(", {} {}", count, answer);
    return text;
  }
  Exit conclude() const {
    session_.err << (session_.err_is_tty ? "\r" : "") << in_words() << "\n";
    const auto found = by_answer_.find(std::string{journal::to_string(journal::Certainty::one_holder)});
    return found != by_answer_.end() && found->second == lines_ ? Exit::ok : Exit::unsure;
  }

 private:
  const Session& session_;
  std::size_t expected_;
  std::size_t lines_ = 0;
  std::size_t tenth_ = 0;
  std::map<std::string, std::size_t> by_answer_{};
};

// What is written, and its hash.
class Output {
 public:
  explicit Output(const Session& session) : session_{session} {}
  void write(const std::string& text) {
    digest_.add(text);
    session_.out << text;
  }
  [[nodiscard]] journal::Link finish() {
    session_.out.flush();
    return digest_.finish();
  }

 private:
  const Session& session_;
  journal::Digest digest_{};
};

std::string either(std::string first, const std::string& otherwise) { return first.empty() ? otherwise : first; }

// A line that is no question, in the shape of an answer.
struct Invalid {
  QuestionText text{};
  std::string case_reference{};
  std::string reason{};
};

std::string text_of(const Session& session, const Invalid& line) {
  const auto& t = line.text;
  if (!session.options.wants_json()) {
    return to_csv({t.address, t.port, t.proto, t.time, line.case_reference, "INVALID", "", "", "", "", "", "",
                   line.reason, "", "", "", ""});
  }
  return control::to_text(control::Json{{"schema", "cgn/lookup/1"},
                                        {"query",
                                         {{"external", t.address},
                                          {"port", t.port},
                                          {"proto", t.proto},
                                          {"at", t.time},
                                          {"case", line.case_reference}}},
                                        {"answer", "INVALID"},
                                        {"count", 0},
                                        {"holders", control::Json::array()},
                                        {"reason", line.reason}}) +
         "\n";
}

std::string text_of(const Session& session, const Asked& asked, const journal::Answer& answer) {
  if (session.options.wants_json()) return control::to_text(to_json(asked, answer)) + "\n";
  return to_csv(to_record(asked, answer));
}

class Batch {
 public:
  Batch(const Session& session, const BatchOptions& options, BatchPlace place)
      : session_{session}, options_{options}, place_{place} {}

  Exit answer(const std::string& questions) {
    std::istringstream in{questions};
    const auto header = Header::read(in);
    if (!header) return session_.fail(Exit::usage, header.error());
    const auto lines = static_cast<std::size_t>(std::ranges::count(questions, '\n'));
    const auto begun = place_.recording.note({.verb = "batch",
                                              .case_reference = case_of_all(*header),
                                              .query = fmt::format("{}, {} lines, sha256 {}", options_.name, lines,
                                                                   journal::hex(journal::sha256(questions)))});
    if (!begun) return session_.fail(Exit::failed, begun.error());

    Output output{session_};
    Counts counts{session_, lines - std::min<std::size_t>(lines, 1)};
    if (!session_.options.wants_json() && session_.options.headers) output.write(to_csv(answer_header()));
    std::size_t number = 2;
    for (auto place = position(in, questions); const auto record = read_record(in, header->separator());) {
      const auto end = position(in, questions);
      if (record->size() > 1 || !record->front().empty()) answer_line(*header, *record, number, {output, counts});
      number += static_cast<std::size_t>(std::count(questions.begin() + place, questions.begin() + end, '\n'));
      place = end;
    }
    const auto ended =
        place_.recording.note({.verb = "batch-end",
                               .case_reference = case_of_all(*header),
                               .query = *begun ? fmt::format("batch of entry {}", (*begun)->seq) : "batch",
                               .verdict = counts.in_words(),
                               .result = output.finish()});
    const auto exit = counts.conclude();
    return ended ? exit : session_.fail(Exit::failed, ended.error());
  }

 private:
  struct Sink {
    Output& output;
    Counts& counts;
  };

  static std::ptrdiff_t position(std::istream& in, const std::string& text) {
    const auto at = in.tellg();
    return at < 0 ? static_cast<std::ptrdiff_t>(text.size()) : static_cast<std::ptrdiff_t>(at);
  }

  [[nodiscard]] std::string case_of_all(const Header& header) const {
    return options_.case_reference.empty() && header.has("case") ? "of each line" : options_.case_reference;
  }

  void answer_line(const Header& header, const CsvRecord& record, std::size_t number, Sink sink) {
    const QuestionText text{.address = header.field(record, "ip"),
                            .port = header.field(record, "port"),
                            .proto = either(header.field(record, "proto"), options_.proto),
                            .time = header.field(record, "time")};
    const auto reference = either(header.field(record, "case"), options_.case_reference);
    auto question = parse_question(text, options_.tolerance, session_.clock());
    if (question && reference.empty() && place_.recording.require_case()) {
      question = Unexpected{journal::case_is_missing()};
    }
    if (!question) {
      sink.output.write(
          text_of(session_, Invalid{text, reference, fmt::format("line {}: {}", number, question.error().what)}));
      sink.counts.add("INVALID");
      return;
    }
    const auto answer = place_.reader.holders(*question);
    sink.output.write(text_of(session_, {*question, reference, options_.by, {}}, answer));
    sink.counts.add(journal::to_string(answer.certainty));
  }

  const Session& session_;
  const BatchOptions& options_;
  BatchPlace place_;
};

}  // namespace

Exit answer_batch(const Session& session, const std::string& questions, const BatchOptions& options, BatchPlace place) {
  return Batch{session, options, place}.answer(questions);
}

}  // namespace cgn::cgnctl
