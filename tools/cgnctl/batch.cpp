// SPDX-License-Identifier: Apache-2.0
// Many look-ups at once.
#include "cgnctl/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <map>
#include <ostream>

#include "cgnctl/csv.hpp"
#include "cgnctl/question.hpp"
#include "cgnctl/record_answer.hpp"

namespace cgn::cgnctl {

namespace {

constexpr std::size_t kProgressStep = 500;

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
  [[nodiscard]] char separator() const { return separator_; }

 private:
  std::map<std::string, std::size_t, std::less<>> places_{};
  char separator_ = ',';
};

class Counts {
 public:
  explicit Counts(const Session& session) : session_{session} {}

  void add(std::string_view answer) {
    ++by_answer_[std::string{answer}];
    if (++lines_ % kProgressStep == 0 && session_.err_is_tty)
      session_.err << fmt::format("\r{} answered", lines_) << std::flush;
  }
  Exit conclude() const {
    std::string text = fmt::format("{} questions", lines_);
    for (const auto& [answer, count] : by_answer_) text += fmt::format(", {} {}", count, answer);
    session_.err << (session_.err_is_tty ? "\r" : "") << text << "\n";
    const auto found = by_answer_.find(std::string{journal::to_string(journal::Certainty::one_holder)});
    return found != by_answer_.end() && found->second == lines_ ? Exit::ok : Exit::unsure;
  }

 private:
  const Session& session_;
  std::size_t lines_ = 0;
  std::map<std::string, std::size_t> by_answer_{};
};

std::string either(std::string first, const std::string& otherwise) { return first.empty() ? otherwise : first; }

// A line that is no question, in the shape of an answer.
struct Invalid {
  QuestionText text{};
  std::string case_reference{};
  std::string reason{};
};

void write_invalid(const Session& session, const Invalid& line) {
  const auto& t = line.text;
  if (session.options.wants_json()) {
    session.out << control::to_text(control::Json{{"schema", "cgn/lookup/1"},
                                                  {"query",
                                                   {{"external", t.address},
                                                    {"port", t.port},
                                                    {"proto", t.proto},
                                                    {"at", t.time},
                                                    {"case", line.case_reference}}},
                                                  {"answer", "INVALID"},
                                                  {"holders", control::Json::array()},
                                                  {"reason", line.reason}})
                << "\n";
    return;
  }
  session.out << to_csv(
      {t.address, t.port, t.proto, t.time, line.case_reference, "INVALID", "", "", "", "", "", "", line.reason});
}

void write_answer(const Session& session, const Asked& asked, const journal::Answer& answer) {
  if (session.options.wants_json()) {
    session.out << control::to_text(to_json(asked, answer)) << "\n";
  } else {
    session.out << to_csv(to_record(asked, answer));
  }
}

}  // namespace

Exit answer_batch(const Session& session, std::istream& in, const BatchOptions& options, journal::Reader& reader) {
  const auto header = Header::read(in);
  if (!header) return session.fail(Exit::usage, header.error());
  if (!session.options.wants_json() && session.options.headers) session.out << to_csv(answer_header());
  Counts counts{session};
  while (const auto record = read_record(in, header->separator())) {
    if (record->size() == 1 && record->front().empty()) continue;  // an empty line
    const QuestionText text{.address = header->field(*record, "ip"),
                            .port = header->field(*record, "port"),
                            .proto = either(header->field(*record, "proto"), options.proto),
                            .time = header->field(*record, "time")};
    const auto reference = either(header->field(*record, "case"), options.case_reference);
    const auto question = parse_question(text, options.tolerance, session.clock());
    if (!question) {
      write_invalid(session, {text, reference, question.error().what});
      counts.add("INVALID");
      continue;
    }
    const auto answer = reader.holders(*question);
    write_answer(session, {*question, reference, options.by}, answer);
    counts.add(journal::to_string(answer.certainty));
  }
  session.out.flush();
  return counts.conclude();
}

}  // namespace cgn::cgnctl
