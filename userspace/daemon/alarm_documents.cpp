// SPDX-License-Identifier: Apache-2.0
#include "daemon/alarm_documents.hpp"

#include "daemon/alarm_log.hpp"

namespace cgn::daemon {
namespace {

control::Alarm alarm_of(const core::ShortageView& s) {
  return {.event = std::string{word_of(NatEvent::threshold_reached)},
          .nat_event = static_cast<unsigned>(NatEvent::threshold_reached),
          .reason = std::string{word_of(s.resource)},
          .pool = s.pool,
          .since = control::to_text(s.since),
          .used = s.used,
          .most = s.most,
          .text = sentence_of(core::Threshold{s.resource, s.pool, true, s.used, s.most})};
}

control::Alarm alarm_of(const core::EpisodeView& e) {
  const auto event = event_of(e.reason);
  return {.event = std::string{word_of(event)},
          .nat_event = static_cast<unsigned>(event),
          .reason = std::string{cgn::word_of(e.reason)},
          .subscriber = to_string(e.subscriber),
          .realm = shown_realm(e.realm),
          .pool = e.pool,
          .since = control::to_text(e.since),
          .refused = e.refused,
          .text = sentence_of(core::Alarm{e.reason, e.subscriber, e.realm, e.pool})};
}

std::vector<control::ConfigChange> changes_of(const std::vector<config::Change>& changes) {
  std::vector<control::ConfigChange> out;
  for (const auto& [key, from, to] : changes) out.push_back({key, from, to});
  return out;
}

}  // namespace

control::Alarms alarms_document(const core::Translator& core) {
  control::Alarms document;
  for (const auto& shortage : core.shortages()) document.alarms.push_back(alarm_of(shortage));
  document.total = document.alarms.size() + core.episode_count();
  for (const auto& episode : core.episodes(kMostAlarms)) document.alarms.push_back(alarm_of(episode));
  return document;
}

control::Alarm alarm_of(const journal::WriterHealth& log) {
  return {.event = "log_unwritable",
          .reason = std::string{cgn::word_of(CGN_VERDICT_NO_JOURNAL)},
          .since = log.since ? control::to_text(*log.since) : std::string{},
          .text = sentence_of(log)};
}

std::string sentence_of(const journal::WriterHealth& log) {
  return "the legal log cannot be written: " + log.trouble + "; no new block is given";
}

control::Reloaded to_document(const ReloadReport& report) {
  control::Reloaded document{.file = report.file,
                             .dry_run = report.dry_run,
                             .applied = report.applied,
                             .changes = changes_of(report.plan.live),
                             .restart = changes_of(report.plan.restart),
                             .outcome = sentence_of(report)};
  for (const auto& complaint : report.complaints) document.complaints.push_back(to_string(complaint, report.file));
  return document;
}

}  // namespace cgn::daemon
