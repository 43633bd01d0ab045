// SPDX-License-Identifier: Apache-2.0
// The file is read again.
#include "daemon/reloader.hpp"

#include "config/realms.hpp"

#include <fmt/format.h>

namespace cgn::daemon {

std::string sentence_of(const ReloadReport& r) {
  if (!r.complaints.empty()) {
    return fmt::format("{}: {} complaints, the old config stays", r.file, r.complaints.size());
  }
  if (!r.plan.restart.empty()) {
    return fmt::format("{} can only change at a restart (sessions survive it), the old config stays",
                       r.plan.restart.front().key);
  }
  if (r.plan.live.empty()) return fmt::format("{}: nothing has changed", r.file);
  return fmt::format("{}: {} {}{}", r.file, r.applied ? "changed" : "would change", r.plan.live.size(),
                     r.plan.live.size() == 1 ? " key" : " keys");
}

Result<ReloadReport> Reloader::reload(bool dry_run, WallTime now, const std::string& by) {
  const std::lock_guard one{one_at_a_time_};
  TRY(loaded, ways_.read());
  ReloadReport report{.file = file_, .dry_run = dry_run, .complaints = loaded.complaints};
  if (!report.complaints.empty()) return report;
  config::renumber_as(loaded.config, config());
  report.plan = config::compare(config(), loaded.config);
  if (dry_run || !report.plan.restart.empty()) return report;
  if (!report.plan.live.empty()) TRY_VOID(ways_.apply(loaded.config));
  report.applied = true;
  if (ways_.taken) ways_.taken(report, by, loaded.text);
  const std::lock_guard guard{lock_};
  in_force_ = std::move(loaded);
  loaded_at_ = now;
  return report;
}

config::Config Reloader::config() const {
  const std::lock_guard guard{lock_};
  return in_force_.config;
}

Reloader::Text Reloader::text() const {
  const std::lock_guard guard{lock_};
  return {in_force_.text, loaded_at_};
}

}  // namespace cgn::daemon
