// SPDX-License-Identifier: Apache-2.0
// An answer of the legal record, written down.
#include "cgnctl/record_answer.hpp"

#include <fmt/format.h>

#include "cgn/realm.hpp"
#include "cgnctl/render.hpp"

namespace cgn::cgnctl {

namespace {

using journal::Answer;
using journal::Certainty;
using journal::Holding;

auto in_ms(Duration duration) { return std::chrono::floor<std::chrono::milliseconds>(duration).count(); }

std::string tolerance_text(Duration tolerance) {
  const auto ms = in_ms(tolerance);
  return ms % 1000 == 0 ? fmt::format("{} s", ms / 1000) : fmt::format("{} ms", ms);
}

std::string question_text(const Asked& asked) {
  auto text = in_words(asked.question);
  if (!asked.case_reference.empty()) text += "   case " + asked.case_reference;
  if (!asked.by.empty()) text += "   by " + asked.by;
  return text;
}

std::string ports_text(const PortRange& ports) {
  return ports.count() == 1 ? to_string(ports.first) : to_string(ports);
}

std::string end_text(const Holding& holding) {
  return holding.to ? "until " + control::to_text(*holding.to) : "still held when the log ends";
}

void add_holding(const Holding& h, Page& page) {
  const auto add = [&](std::string_view label, std::string value) {
    page.lines.emplace_back(fmt::format("  {:<14}", label), std::move(value));
  };
  add("internal", to_string(h.subscriber) + (h.realm.empty() ? "" : "  realm " + h.realm));
  if (!h.identity.empty()) add("identity", h.identity);
  add("block", fmt::format("{}:{}  pool {}", to_string(h.external), to_string(h.ports), h.pool));
  if (h.computed) add("computed", "from the parameters in force then: it could use the block, sent or not");
  add("held", fmt::format("from {} {}", control::to_text(h.from), end_text(h)));
  add("evidence",
      fmt::format("node {} ({})  seq {}  file {}", h.node_name, h.node_id, h.seq, h.file.filename().string()));
  if (!h.note.empty()) add("note", h.note);
}

// The same field of every holder; one value as a rule.
template <class Field>
std::string of_all(const Answer& answer, const Field& field) {
  std::string text;
  for (const auto& holder : answer.holders) text += (text.empty() ? "" : " | ") + field(holder);
  return text;
}

}  // namespace

std::string in_words(const journal::Question& q) {
  auto text = to_string(q.external);
  if (q.proto || q.ports) {
    text += " " + (q.proto ? to_string(*q.proto) : std::string{"any"});
    if (q.ports) text += "/" + ports_text(*q.ports);
  }
  return text + fmt::format(" at {} (± {})", control::to_text(q.at), tolerance_text(q.tolerance));
}

Exit exit_of(Certainty certainty) {
  switch (certainty) {
    case Certainty::one_holder: return Exit::ok;
    case Certainty::nobody: return Exit::nothing;
    case Certainty::ambiguous:
    case Certainty::not_covered: return Exit::unsure;
  }
  return Exit::failed;
}

control::Json to_json(const Holding& h) {
  control::Json document{{"subscriber", to_string(h.subscriber)},
                         {"realm", shown_realm(h.realm)},
                         {"identity", h.identity},
                         {"external", to_string(h.external)},
                         {"ports", {h.ports.first.value(), h.ports.last.value()}},
                         {"pool", h.pool},
                         {"from", control::to_text(h.from)},
                         {"to", nullptr},
                         {"seq", h.seq},
                         {"file", h.file.string()},
                         {"node_id", h.node_id},
                         {"node", h.node_name},
                         {"computed", h.computed},
                         {"note", h.note}};
  if (h.to) document["to"] = control::to_text(*h.to);
  return document;
}

control::Json to_json(const Asked& asked, const Answer& answer) {
  const auto& q = asked.question;
  control::Json query{{"external", to_string(q.external)},
                      {"port", nullptr},
                      {"proto", nullptr},
                      {"at", control::to_text(q.at)},
                      {"tolerance_ms", in_ms(q.tolerance)},
                      {"case", asked.case_reference},
                      {"by", asked.by}};
  if (q.ports && q.ports->count() == 1) query["port"] = q.ports->first.value();
  if (q.ports) query["ports"] = {q.ports->first.value(), q.ports->last.value()};
  if (q.proto) query["proto"] = to_string(*q.proto);
  auto holders = control::Json::array();
  for (const auto& holder : answer.holders) holders.push_back(to_json(holder));
  return {{"schema", "cgn/lookup/1"},
          {"query", std::move(query)},
          {"answer", journal::to_string(answer.certainty)},
          {"count", answer.holders.size()},
          {"holders", std::move(holders)},
          {"reason", answer.reason},
          {"hint", answer.hint},
          {"clock", {{"certainty", journal::to_string(answer.clock.trust)}, {"text", answer.clock.text}}}};
}

std::string to_page(const Asked& asked, const Answer& answer) {
  Page page;
  page.lines.emplace_back("Query", question_text(asked));
  auto verdict = std::string{journal::to_string(answer.certainty)};
  if (!answer.reason.empty()) verdict += ": " + answer.reason;
  page.lines.emplace_back("Answer", std::move(verdict));
  if (answer.holders.size() > 1) page.lines.emplace_back("Candidates", std::to_string(answer.holders.size()));
  for (const auto& holder : answer.holders) {
    if (&holder != &answer.holders.front()) page.lines.emplace_back("", "or");
    add_holding(holder, page);
  }
  if (answer.clock.trust == journal::ClockState::Trust::lowered) {
    page.lines.emplace_back("Clock", "CERTAINTY LOWERED: " + answer.clock.text);
  } else if (!answer.clock.text.empty()) {
    page.lines.emplace_back("Clock", answer.clock.text);
  }
  if (!answer.hint.empty()) page.lines.emplace_back("Hint", answer.hint);
  return *render(page, {});
}

CsvRecord answer_header() {
  return {"ip", "port", "proto", "time",   "case",  "answer",   "subscriber", "block", "from",
          "to", "seq",  "file",  "reason", "realm", "identity", "count",      "clock"};
}

CsvRecord to_record(const Asked& asked, const Answer& answer) {
  const auto& q = asked.question;
  return {to_string(q.external),
          q.ports ? ports_text(*q.ports) : "",
          q.proto ? to_string(*q.proto) : "",
          control::to_text(q.at),
          asked.case_reference,
          std::string{journal::to_string(answer.certainty)},
          of_all(answer, [](const Holding& h) { return to_string(h.subscriber); }),
          of_all(answer, [](const Holding& h) { return to_string(h.ports); }),
          of_all(answer, [](const Holding& h) { return control::to_text(h.from); }),
          of_all(answer, [](const Holding& h) { return h.to ? control::to_text(*h.to) : std::string{}; }),
          of_all(answer, [](const Holding& h) { return std::to_string(h.seq); }),
          of_all(answer, [](const Holding& h) { return h.file.filename().string(); }),
          answer.reason,
          of_all(answer, [](const Holding& h) { return shown_realm(h.realm); }),
          of_all(answer, [](const Holding& h) { return h.identity; }),
          std::to_string(answer.holders.size()),
          std::string{journal::to_string(answer.clock.trust)}};
}

}  // namespace cgn::cgnctl
