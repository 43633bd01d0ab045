// SPDX-License-Identifier: Apache-2.0
// cgnd: arguments, signals, exit codes, and the only try/catch.
//
//   cgnd --config FILE [--state-dir DIR] [--socket PATH] [--bpf-dir DIR]   run in the foreground; prints `ready`
//   cgnd --check --config FILE                                             complaints, exit 6 when there are any
//   cgnd --detach [--state-dir DIR] [--bpf-dir DIR]                        take down what a dead daemon left
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "daemon/daemon.hpp"
#include "daemon/facts.hpp"

namespace {

enum ExitCode { kOk = 0, kFailed = 1, kUsage = 2, kConfigInvalid = 6 };

std::atomic<bool> stop_requested{false};

void on_stop_signal(int) { stop_requested = true; }

struct Arguments {
  cgn::daemon::Options options;
  std::string socket;
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

// The config with the command line's places, or nullopt after its complaints were printed.
std::optional<cgn::config::Config> load(Arguments& arguments) {
  auto& options = arguments.options;
  std::ifstream file{options.config_file};
  if (!file) {
    print({"cannot read " + options.config_file.string(), "cgnd --config FILE", 0});
    return std::nullopt;
  }
  options.config_text = (std::ostringstream{} << file.rdbuf()).str();
  auto parsed = cgn::config::parse(options.config_text);
  const auto facts = cgn::daemon::machine_facts();
  if (!facts) {
    print(facts.error());
    return std::nullopt;
  }
  const auto complaints = cgn::config::all_complaints(parsed, *facts);
  for (const auto& complaint : complaints) {
    std::fprintf(stderr, "%s\n", to_string(complaint, options.config_file.string()).c_str());
  }
  if (!complaints.empty()) return std::nullopt;
  if (!arguments.socket.empty()) parsed.config.api.socket = arguments.socket;
  if (parsed.config.log.path == cgn::config::Log{}.path) parsed.config.log.path = options.state_dir / "log";
  return std::move(parsed.config);
}

int report(const cgn::Result<>& result) {
  if (result) return kOk;
  print(result.error());
  return kFailed;
}

int run(Arguments& arguments) {
  if (arguments.detach) return report(cgn::daemon::detach(arguments.options));
  const auto config = load(arguments);
  if (!config) return kConfigInvalid;
  if (arguments.check) return kOk;
  if (config->timeouts.below_rfc_minimum) spdlog::warn("timers below an RFC's minimum are allowed: for tests only");
  std::signal(SIGTERM, on_stop_signal);
  std::signal(SIGINT, on_stop_signal);
  std::signal(SIGPIPE, SIG_IGN);
  // A reload would need the old pools to drain; until that exists, asking for it must not kill the daemon.
  std::signal(SIGHUP, SIG_IGN);
  const cgn::daemon::Signs signs{.stop = stop_requested,
                                 .ready =
                                     [] {
                                       std::puts("ready");
                                       std::fflush(stdout);
                                       sd_notify(0, "READY=1");
                                     },
                                 .alive = [] { sd_notify(0, "WATCHDOG=1"); }};
  const auto ended = cgn::daemon::run(*config, arguments.options, signs);
  sd_notify(0, "STOPPING=1");
  return report(ended);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"cgnd: carrier-grade NAT for Linux"};
  Arguments arguments;
  app.add_option("--config", arguments.options.config_file, "config file")->capture_default_str();
  app.add_option("--state-dir", arguments.options.state_dir, "state and, by default, the legal log")
      ->capture_default_str();
  app.add_option("--socket", arguments.socket, "control socket instead of [api] socket");
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
