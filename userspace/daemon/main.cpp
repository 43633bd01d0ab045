// SPDX-License-Identifier: Apache-2.0
// cgnd: arguments, signals, exit codes, and the only try/catch.
//
//   cgnd --config FILE [--state-dir DIR] [--socket PATH] [--bpf-dir DIR]   run in the foreground; prints `ready`
//   cgnd --check --config FILE                                             complaints, exit 6 when there are any
//   cgnd --detach [--state-dir DIR] [--bpf-dir DIR]                        take down what a dead daemon left
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "daemon/daemon.hpp"
#include "daemon/load_config.hpp"

namespace {

enum ExitCode { kOk = 0, kFailed = 1, kUsage = 2, kConfigInvalid = 6 };

std::atomic<bool> stop_requested{false};

// Written to by SIGHUP: an eventfd may be, in a signal handler, and a thread can wait for it.
int reload_requests = -1;

void on_stop_signal(int) { stop_requested = true; }
void on_reload_signal(int) {
  const int interrupted = errno;
  ::eventfd_write(reload_requests, 1);
  errno = interrupted;
}

struct Arguments {
  cgn::daemon::Options options;
  bool check = false;
  bool detach = false;
};

void log_to_stderr() {
  auto logger = spdlog::stderr_color_mt("cgnd");
  // Under systemd, the priority prefix is what journald reads; the time it has itself.
  logger->set_pattern(std::getenv("JOURNAL_STREAM") != nullptr ? "<6>%v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  spdlog::set_default_logger(std::move(logger));
}

void print(const cgn::Error& error) {
  std::fprintf(stderr, "error: %s\n", error.what.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "hint:  %s\n", error.hint.c_str());
}

// The config, or nullopt after its complaints were printed.
std::optional<cgn::daemon::LoadedConfig> load(const cgn::daemon::ConfigSource& source) {
  auto loaded = cgn::daemon::load_config(source, cgn::daemon::Memory::is_needed);
  if (!loaded) {
    print(loaded.error());
    return std::nullopt;
  }
  for (const auto& complaint : loaded->complaints) {
    std::fprintf(stderr, "%s\n", to_string(complaint, source.file.string()).c_str());
  }
  if (!loaded->complaints.empty()) return std::nullopt;
  return std::move(*loaded);
}

int report(const cgn::Result<>& result) {
  if (result) return kOk;
  print(result.error());
  return kFailed;
}

int run(Arguments& arguments) {
  if (arguments.detach) return report(cgn::daemon::detach(arguments.options));
  const auto loaded = load(arguments.options.source);
  if (!loaded) return kConfigInvalid;
  if (arguments.check) return kOk;
  if (loaded->config.timeouts.below_rfc_minimum)
    spdlog::warn("timers below an RFC's minimum are allowed: for tests only");
  std::signal(SIGTERM, on_stop_signal);
  std::signal(SIGINT, on_stop_signal);
  std::signal(SIGPIPE, SIG_IGN);
  reload_requests = ::eventfd(0, EFD_CLOEXEC);
  std::signal(SIGHUP, on_reload_signal);
  const cgn::daemon::Signs signs{.stop = stop_requested,
                                 .ready =
                                     [] {
                                       std::puts("ready");
                                       std::fflush(stdout);
                                       sd_notify(0, "READY=1");
                                     },
                                 .alive = [] { sd_notify(0, "WATCHDOG=1"); },
                                 .reload = reload_requests};
  const auto ended = cgn::daemon::run(*loaded, arguments.options, signs);
  sd_notify(0, "STOPPING=1");
  return report(ended);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"cgnd: carrier-grade NAT for Linux"};
  Arguments arguments;
  app.add_option("--config", arguments.options.source.file, "config file")->capture_default_str();
  app.add_option("--state-dir", arguments.options.source.state_dir, "state and, by default, the legal log")
      ->capture_default_str();
  app.add_option("--socket", arguments.options.source.socket, "control socket instead of [api] socket");
  app.add_option("--bpf-dir", arguments.options.bpf_dir, "where maps and links are pinned (bpffs)")
      ->capture_default_str();
  app.add_flag("--check", arguments.check, "check the config against this machine and exit");
  app.add_flag("--detach", arguments.detach, "take down what a dead daemon left, and exit");
  app.set_version_flag("--version", "cgnd " CGN_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  log_to_stderr();
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    spdlog::critical("unexpected: {}", error.what());
    return kFailed;
  }
}
