// SPDX-License-Identifier: Apache-2.0
// Waits for SIGHUP.
#include "daemon/reload_signal.hpp"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>

#include "daemon/clock.hpp"

namespace cgn::daemon {
namespace {

void tell(const Result<ReloadReport>& report) {
  if (!report) return spdlog::error("reload: {}; the old config stays", report.error().what);
  for (const auto& complaint : report->complaints) spdlog::error("reload: {}", to_string(complaint, report->file));
  for (const auto& [key, from, to] : report->plan.restart) {
    spdlog::error("reload: {} from {} to {} needs a restart", key, from, to);
  }
  if (report->applied) {
    for (const auto& [key, from, to] : report->plan.live) spdlog::info("reload: {} from {} to {}", key, from, to);
  }
  spdlog::log(report->applied ? spdlog::level::info : spdlog::level::err, "reload: {}", sentence_of(*report));
}

}  // namespace

ReloadSignal::ReloadSignal(int eventfd, Reloader& reloader)
    : eventfd_{eventfd}, reloader_{reloader}, thread_{[this] { wait(); }} {}

ReloadSignal::~ReloadSignal() {
  ends_ = true;
  ::eventfd_write(eventfd_, 1);
  thread_.join();
}

void ReloadSignal::wait() {
  for (eventfd_t count = 0; ::eventfd_read(eventfd_, &count) == 0 && !ends_;) {
    sd_notify(0, "RELOADING=1");
    tell(reloader_.reload(false, now().wall, "signal"));
    sd_notify(0, "READY=1");
  }
}

}  // namespace cgn::daemon
