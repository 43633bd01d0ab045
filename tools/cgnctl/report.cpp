// SPDX-License-Identifier: Apache-2.0
// An answer as a page for the file.
#include "cgnctl/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cgn/realm.hpp"
#include "cgnctl/instant.hpp"

namespace cgn::cgnctl {

namespace {

using journal::Answer;
using journal::Certainty;
using journal::Holding;

constexpr std::size_t kWidth = 78;
constexpr std::size_t kLabel = 22;

// Lays out labelled values and running text within the width.
class Sheet {
 public:
  void title(std::string_view text) {
    text_ += std::string((kWidth - std::min(kWidth, text.size())) / 2, ' ') + std::string{text} + "\n";
    text_ += std::string(kWidth, '=') + "\n";
  }
  void section(std::string_view name) { text_ += fmt::format("\n{}\n{}\n", name, std::string(kWidth, '-')); }
  void field(std::string_view label, std::string_view value) {
    flow(fmt::format("  {:<{}}", label, kLabel - 2), std::string(kLabel, ' '), value);
  }
  void paragraph(std::string_view value) { flow("  ", "  ", value); }
  void gap() { text_ += "\n"; }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  // Words longer than a line (hashes) are cut.
  void flow(std::string line, const std::string& indent, std::string_view value) {
    bool fresh = true;
    while (!value.empty()) {
      const auto end = std::min(value.find(' '), value.size());
      auto word = value.substr(0, end);
      value.remove_prefix(std::min(end + 1, value.size()));
      while (!word.empty()) {
        const auto room = kWidth - std::min(kWidth, line.size() + (fresh ? 0 : 1));
        const bool fits = word.size() <= room;
        const bool hopeless = word.size() > kWidth - indent.size();
        if (!fits && !(hopeless && fresh)) {
          text_ += line + "\n";
          line = indent;
          fresh = true;
          continue;
        }
        const auto part = word.substr(0, std::min(word.size(), room));
        line += (fresh ? "" : " ") + std::string{part};
        word.remove_prefix(part.size());
        fresh = false;
      }
    }
    text_ += line + "\n";
  }

  std::string text_{};
};

// The record's words are UTF-8; a page that any printer prints is not.
std::string plain(std::string text) {
  for (auto at = text.find("±"); at != std::string::npos; at = text.find("±"))
    text.replace(at, std::string{"±"}.size(), "+/-");
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~'; }, '?');
  return text;
}

// A time in UTC and, below it, where the asker is.
void add_time(Sheet& sheet, std::string_view label, WallTime time, const std::string& place) {
  sheet.field(label, control::to_text(time) + " (UTC)");
  if (place.empty()) return;
  if (const auto local = local_text(time, place)) sheet.field("", *local);
}

void add_query(Sheet& sheet, const Asked& asked, WallTime printed) {
  const auto& q = asked.question;
  sheet.section("1. QUERY");
  sheet.field("External address", to_string(q.external));
  if (!q.ports) {
    sheet.field("Port", "not given: every holder of a port of the address");
  } else if (q.ports->count() == 1) {
    sheet.field("Port", to_string(q.ports->first));
  } else {
    sheet.field("Ports", fmt::format("{} to {}", to_string(q.ports->first), to_string(q.ports->last)));
  }
  sheet.field("Protocol", q.proto ? to_string(*q.proto) : std::string{"not given"});
  add_time(sheet, "Time", q.at, asked.place);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(q.tolerance).count();
  sheet.field("Tolerance", fmt::format("+/- {}.{:03} s", ms / 1000, ms % 1000));
  sheet.field("Case", asked.case_reference.empty() ? "not given" : plain(asked.case_reference));
  sheet.field("Asked by", plain(asked.by));
  add_time(sheet, "Answered at", printed, asked.place);
}

void add_holder(Sheet& sheet, const Holding& h, const std::string& place) {
  sheet.field("Internal address", to_string(h.subscriber));
  sheet.field("Realm", plain(shown_realm(h.realm)));
  sheet.field("Identity", h.identity.empty() ? "none recorded" : plain(h.identity));
  sheet.field("External ports", fmt::format("{}, {} to {}, all protocols", to_string(h.external),
                                            to_string(h.ports.first), to_string(h.ports.last)));
  sheet.field("Pool", plain(h.pool));
  add_time(sheet, "Held from", h.from, place);
  if (h.to) {
    add_time(sheet, "Held until", *h.to, place);
  } else {
    sheet.field("Held until", "still held where the record ends");
  }
  if (!h.note.empty()) sheet.field("Note", plain(h.note));
  sheet.field("Record", fmt::format("node {} ({}), sequence number {}, file {}", plain(h.node_name), h.node_id, h.seq,
                                    h.file.filename().string()));
}

void add_answer(Sheet& sheet, const Asked& asked, const Answer& answer) {
  sheet.section("2. ANSWER");
  sheet.field("Verdict", journal::to_string(answer.certainty));
  if (!answer.reason.empty()) sheet.field("Reason", plain(answer.reason));
  if (!answer.hint.empty()) sheet.field("Advice", plain(answer.hint));
  sheet.field("Candidates", std::to_string(answer.holders.size()));
  for (std::size_t i = 0; i < answer.holders.size(); ++i) {
    sheet.gap();
    if (answer.holders.size() > 1) sheet.paragraph(fmt::format("Candidate {} of {}", i + 1, answer.holders.size()));
    add_holder(sheet, answer.holders[i], asked.place);
  }
}

void add_evidence(Sheet& sheet, const Answer& answer, const Shown& shown) {
  sheet.section("3. EVIDENCE");
  for (const auto& file : journal::evidence_of(answer)) {
    sheet.field("File", file.path.filename().string());
    sheet.field("  state", file.closed ? "closed: not changed any more" : "in use: it grows, so it has no fixed hash");
    if (file.sha256) sheet.field("  SHA-256", journal::hex(*file.sha256));
  }
  sheet.field("Clock", std::string{"certainty "} + std::string{journal::to_string(answer.clock.trust)} +
                           (answer.clock.text.empty() ? "" : ": " + plain(answer.clock.text)));
  sheet.field("Answer SHA-256", journal::hex(shown.result));
  if (shown.receipt) {
    sheet.field("Look-up recorded", fmt::format("entry {}, link", shown.receipt->seq));
    sheet.field("", journal::hex(shown.receipt->link));
  } else {
    sheet.field("Look-up recorded", "no: these files are a copy");
  }
  sheet.paragraph(
      "To check files, chain and signature again: cgnctl log verify. To see the recorded look-up: cgnctl log "
      "audit.");
}

std::string_view meaning_of(Certainty certainty) {
  switch (certainty) {
    case Certainty::one_holder:
      return "ONE HOLDER: at every instant within the tolerance, and by the whole record, the port was assigned to "
             "this "
             "subscriber and to nobody else.";
    case Certainty::nobody:
      return "NOBODY: the record covers every instant within the tolerance, and the port was assigned to nobody.";
    case Certainty::ambiguous:
      return "AMBIGUOUS: more than one answer fits within the tolerance (the assignment changed, or no port was "
             "given). "
             "The candidates are all there are; the record does not say which one it was.";
    case Certainty::not_covered:
      return "NOT COVERED: the record does not reach there, for the reason given. This says nothing about who held the "
             "port.";
  }
  return "";
}

void add_terms(Sheet& sheet, const Answer& answer) {
  sheet.section("4. TERMS");
  for (const auto text :
       {meaning_of(answer.certainty),
        std::string_view{
            "Port block: a range of ports of one external address, assigned to one subscriber at a time, for all "
            "protocols. A released block is given to nobody for 120 s. No packet leaves before the assignment is "
            "on disk."},
        std::string_view{
            "Internal address: the address that the network gave to the subscriber's line; realm: the network in "
            "which it is unique. Identity: who the operator had named for it at that time."},
        std::string_view{
            "Tolerance: how wrong the time in the query may be. Times are the node's clock; how far it could be "
            "trusted stands under Clock."},
        std::string_view{
            "Sequence number: rows of a node are numbered without a gap. Each is tied to the row before by a "
            "SHA-256 hash, so that none can be changed, left out or added unnoticed. A closed file is signed."},
        std::string_view{
            "Answer SHA-256: of the answer as a JSON document; it stands in the record of look-ups, too, whose "
            "entries are tied to each other in the same way."}}) {
    sheet.paragraph(text);
    sheet.gap();
  }
}

}  // namespace

control::Json to_json(const std::vector<journal::FileEvidence>& files) {
  auto document = control::Json::array();
  for (const auto& file : files) {
    document.push_back({{"file", file.path.string()},
                        {"state", file.closed ? "closed" : "in use"},
                        {"sha256", file.sha256 ? control::Json(journal::hex(*file.sha256)) : control::Json(nullptr)}});
  }
  return document;
}

std::string to_report(const Asked& asked, const Answer& answer, const Shown& shown, WallTime printed) {
  Sheet sheet;
  sheet.title("WHO HELD AN EXTERNAL ADDRESS AND PORT: ANSWER FROM THE LEGAL RECORD");
  add_query(sheet, asked, printed);
  add_answer(sheet, asked, answer);
  add_evidence(sheet, answer, shown);
  add_terms(sheet, answer);
  return std::move(sheet).text();
}

}  // namespace cgn::cgnctl
