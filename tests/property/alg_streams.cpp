// SPDX-License-Identifier: Apache-2.0
// A whole conversation through the gateway: one side sends lines, the network loses, repeats and reorders, the gateway
// replaces some of them, and the receiver must read exactly the stream that a proxy would have written: every line whole, as it
// was or replaced, each by what the gateway made of it first.
#include <catch2/catch.hpp>

#include <deque>
#include <map>
#include <random>
#include <string>

#include "alg/sequence.hpp"

namespace cgn::alg {
namespace {

// Lines of the sender; those that begin with '*' the gateway replaces, always by the same text.
std::string replaced(const std::string& line) {
  const auto size = 1 + std::hash<std::string>{}(line) % 40;
  return "<" + std::string(size, line[1]) + ">\n";
}

struct Segment {
  Sequence number = 0;
  std::string bytes{};
};

// Sends the text in segments of its own choice, from what was acknowledged last: go-back-N, re-cut every time.
class Sender {
 public:
  Sender(std::string text, Sequence first) : text_{std::move(text)}, first_{first} {}
  [[nodiscard]] bool done() const { return acked_ == text_.size(); }
  void acknowledged(Sequence number) {
    const auto at = static_cast<std::size_t>(number - first_);
    REQUIRE(at <= sent_);                         // whatever it is told, it has sent
    REQUIRE((at == 0 || text_[at - 1] == '\n'));  // the gateway never lets it point into a line
    acked_ = std::max(acked_, at);
  }
  // Whole lines, one to three of them.
  Segment next(std::mt19937& random) {
    auto begin = random() % 3 == 0 ? acked_ : std::max(acked_, at_);
    if (begin >= text_.size()) begin = acked_;
    auto end = begin;
    for (auto lines = 1 + random() % 3; lines > 0 && end < text_.size(); --lines) end = text_.find('\n', end) + 1;
    at_ = end;
    sent_ = std::max(sent_, end);
    return {first_ + static_cast<Sequence>(begin), text_.substr(begin, end - begin)};
  }

 private:
  std::string text_;
  Sequence first_;
  std::size_t acked_ = 0, sent_ = 0, at_ = 0;
};

class Receiver {
 public:
  explicit Receiver(Sequence first) : next_{first} {}
  void take(const Segment& s) {
    for (std::size_t i = 0; i < s.bytes.size(); ++i) {
      const auto at = s.number + static_cast<Sequence>(i);
      if (reaches(at, next_)) early_.try_emplace(at, s.bytes[i]);
      const auto held = early_.find(at);
      if (held != early_.end()) CHECK(held->second == s.bytes[i]);  // no byte is ever two
    }
    for (auto byte = early_.find(next_); byte != early_.end(); byte = early_.find(next_)) {
      read += byte->second;
      early_.erase(byte);
      ++next_;
    }
  }
  [[nodiscard]] Sequence acknowledges() const { return next_; }
  std::string read;

 private:
  Sequence next_;
  std::map<Sequence, char> early_;
};

struct Gateway {
  Stream stream;
  std::map<Sequence, std::string> written{};  // by where the line begins
  int changes = 0, repeats = 0, cuts = 0;

  // As daemon/alg.cpp: the first line of its kind, under the stream's word.
  std::optional<Segment> pass(Segment s) {
    const Span all{s.number, s.number + static_cast<Sequence>(s.bytes.size())};
    std::optional<std::string> bytes;
    for (std::size_t begin = 0; begin < s.bytes.size(); begin = s.bytes.find('\n', begin) + 1) {
      if (s.bytes[begin] != '*') continue;
      const auto end = s.bytes.find('\n', begin) + 1;
      const auto line = s.bytes.substr(begin, end - begin);
      const Span span{s.number + static_cast<Sequence>(begin), s.number + static_cast<Sequence>(end)};
      const auto may = stream.may_change(span);
      if (may == Stream::May::later) return cut();
      if (may == Stream::May::never) break;
      const auto text = replaced(line);
      if (may == Stream::May::yes) {
        ++changes;
        written[span.begin] = text;
        stream.change(span, static_cast<std::int32_t>(text.size()) - static_cast<std::int32_t>(line.size()));
      } else {
        ++repeats;
      }
      bytes = s.bytes.substr(0, begin) + text + s.bytes.substr(end);
      break;
    }
    const auto number = stream.outward(all, bytes.has_value());
    if (!number) return cut();
    stream.sent(all);
    return Segment{*number, bytes.value_or(s.bytes)};
  }
  std::optional<Segment> cut() {
    ++cuts;
    return std::nullopt;
  }
};

struct Tally {
  int changes = 0, repeats = 0, cuts = 0, wraps = 0;
};

void converse(std::mt19937& random, Tally& tally) {
  std::string text;
  const auto lines = 5 + random() % 30;
  for (unsigned n = 0; n < lines; ++n) {
    const bool ours = random() % 3 == 0;
    text += (ours ? "*" : "-") + std::string(1 + random() % 30, static_cast<char>('a' + n % 26)) + "\n";
  }
  const Sequence first =
      random() % 2 == 0 ? static_cast<Sequence>(random()) : static_cast<Sequence>(0U - random() % text.size());
  Sender sender{text, first};
  Receiver receiver{first};
  Gateway gateway{Stream{first}};
  std::deque<Segment> out;
  std::deque<Sequence> back;
  for (int step = 0; !sender.done(); ++step) {
    REQUIRE(step < 200'000);
    if (out.size() < 8) {
      // The sender's segments reach the gateway in order or not at all; beyond it they may change places.
      const auto sent = sender.next(random);
      if (const auto passed = random() % 5 == 0 ? std::nullopt : gateway.pass(sent)) {
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(random() % (out.size() + 1)), *passed);
      }
    }
    if (random() % 2 == 0 && !out.empty()) {
      if (random() % 4 != 0) receiver.take(out.front());
      if (random() % 5 != 0) out.pop_front();  // else it comes twice
      back.push_back(receiver.acknowledges());
    }
    if (random() % 2 == 0 && !back.empty()) {
      const auto number = back.front();
      const auto inside = gateway.stream.inward(number);
      gateway.stream.acknowledged(number);
      if (random() % 4 != 0) sender.acknowledged(inside);
      back.pop_front();
    }
  }
  std::string expected;
  for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    const auto written = gateway.written.find(first + static_cast<Sequence>(begin));
    const auto line = text.substr(begin, text.find('\n', begin) + 1 - begin);
    expected += written == gateway.written.end() ? line : written->second;
  }
  CHECK(receiver.read == expected);
  tally.changes += gateway.changes;
  tally.repeats += gateway.repeats;
  tally.cuts += gateway.cuts;
  tally.wraps += first + text.size() > 0xffffffffULL ? 1 : 0;
}

}  // namespace

TEST_CASE("the receiver of a changed stream reads what a proxy would have written, whatever is lost or repeated",
          "[property]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random{seed};
  Tally tally;
  for (int n = 0; n < 300; ++n) converse(random, tally);
  INFO("changes " << tally.changes << ", repeated " << tally.repeats << ", cut " << tally.cuts << ", wrapped "
                  << tally.wraps);
  CHECK(tally.changes > 300);
  CHECK(tally.repeats > 100);
  CHECK(tally.cuts > 20);
  CHECK(tally.wraps > 30);
}

}  // namespace cgn::alg
