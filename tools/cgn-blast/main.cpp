// SPDX-License-Identifier: Apache-2.0
// cgn-blast: traffic whose payload carries the truth.
//
// What        Five roles: `subscribers` sends and judges the answers, `sink` echoes and records, `flood` opens flows
//             without end, `truth` reads a capture; each prints one line of JSON. `ask` prints the endpoint that a
//             sink sees.
// Failure     Exit 0 done, 1 a wrong answer was seen or the run failed, 2 usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "ask.hpp"
#include "capture.hpp"
#include "flood.hpp"
#include "sink.hpp"
#include "subscribers.hpp"

namespace {

using namespace cgn;
using namespace cgn::blast;

[[noreturn]] void usage_error(const std::string& what) { throw CLI::ValidationError{what}; }

template <class T>
T want(std::optional<T> parsed, const std::string& text) {
  if (!parsed) usage_error("cannot read \"" + text + "\"");
  return *std::move(parsed);
}

// "198.51.100.10:9000-9003": one endpoint per port.
std::vector<Endpoint> parse_targets(const std::vector<std::string>& texts) {
  std::vector<Endpoint> targets;
  for (const auto& text : texts) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) usage_error("no port in \"" + text + "\"");
    const auto address = want(Ipv4::parse(text.substr(0, colon)), text);
    const auto ports = want(parse_port_range(text.substr(colon + 1)), text);
    for (unsigned port = ports.first.value(); port <= ports.last.value(); ++port) {
      targets.push_back({address, Port{static_cast<std::uint16_t>(port)}});
    }
  }
  return targets;
}

std::optional<Mac> parse_gateway(const std::string& text) {
  if (text == "auto") return std::nullopt;
  Mac mac;
  auto& b = mac.bytes;
  if (std::sscanf(text.c_str(), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6) {
    usage_error("\"" + text + "\" is neither auto nor a MAC");
  }
  return mac;
}

int complain(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.what);
  if (!error.hint.empty()) fmt::print(stderr, "hint: {}\n", error.hint);
  return 1;
}

template <class Report>
int conclude(const Result<Report>& result, bool good) {
  if (!result) return complain(result.error());
  fmt::print("{}\n", to_json(*result));
  return good ? 0 : 1;
}

// The words of the command line, before they become plans.
struct Words {
  std::string gateway = "auto", base, subscriber, pool = "203.0.113.0/24";
  std::vector<std::string> to;
  std::uint16_t first_port = 10000, port = 0;
  std::string record, capture;
  int silence_ms = -1;
};

void add_sending(CLI::App& role, Words& words, std::string& interface, unsigned& seconds) {
  role.add_option("--interface", interface, "Ethernet interface to send on")->required();
  role.add_option("--gateway-mac", words.gateway, "MAC of the next machine, or auto")->capture_default_str();
  role.add_option("--to", words.to, "ADDRESS:PORT or ADDRESS:FIRST-LAST, repeatable")->required();
  role.add_option("--first-port", words.first_port, "first source port")->capture_default_str();
  role.add_option("--seconds", seconds, "send no longer than this")->capture_default_str();
}

void add_subscribers(CLI::App& app, Words& words, SubscribersPlan& plan) {
  auto* role = app.add_subcommand("subscribers", "send from many addresses and ports, judge the answers");
  add_sending(*role, words, plan.interface, plan.seconds);
  role->add_option("--base", words.base, "address of the first subscriber")->required();
  role->add_option("--count", plan.count, "subscribers")->check(CLI::PositiveNumber);
  role->add_option("--flows", plan.flows, "flows of each")->check(CLI::PositiveNumber);
  role->add_option("--rate", plan.rate, "datagrams per second")->check(CLI::PositiveNumber)->capture_default_str();
  role->add_option("--rounds", plan.rounds, "datagrams per flow, at most; 0 = until --seconds");
  role->add_option("--patience-ms", plan.patience_ms, "wait for the last answers")->capture_default_str();
  role->add_option("--payload", plan.payload_size, "bytes")->check(CLI::Range(32, 1472))->capture_default_str();
}

int run_subscribers(const Words& words, SubscribersPlan plan) {
  plan.gateway = parse_gateway(words.gateway);
  plan.base = want(Ipv4::parse(words.base), words.base);
  plan.first_port = Port{words.first_port};
  plan.targets = parse_targets(words.to);
  if (plan.first_port.value() + plan.flows > 65536u) usage_error("--flows does not fit above --first-port");
  const auto report = play_subscribers(plan);
  return conclude(report, report && report->wrong() == 0);
}

void add_flood(CLI::App& app, Words& words, FloodPlan& plan) {
  auto* role = app.add_subcommand("flood", "new flows without end from one subscriber");
  add_sending(*role, words, plan.interface, plan.seconds);
  role->add_option("--subscriber", words.subscriber, "source address")->required();
  role->add_option("--new-flows-per-second", plan.rate, "rate")->check(CLI::PositiveNumber)->capture_default_str();
}

int run_flood(const Words& words, FloodPlan plan) {
  plan.gateway = parse_gateway(words.gateway);
  plan.subscriber = want(Ipv4::parse(words.subscriber), words.subscriber);
  plan.first_port = Port{words.first_port};
  plan.target = parse_targets(words.to).front();
  return conclude(flood(plan), true);
}

int run_sink(const Words& words) {
  SinkPlan plan{.listen = parse_targets(words.to)};
  if (!words.record.empty()) plan.record = words.record;
  return conclude(run_sink(plan), true);
}

int run_ask(const Words& words, AskPlan plan) {
  plan.target = parse_targets(words.to).front();
  plan.port = Port{words.port};
  const auto answer = ask(plan);
  if (!answer) return complain(answer.error());
  fmt::print("{}\n", *answer);
  return 0;
}

Result<CaptureReport> read_truth_of(const Words& words) {
  Endpoints endpoints = words.silence_ms < 0 ? Endpoints{} : Endpoints{std::chrono::milliseconds{words.silence_ms}};
  TRY(report, read_capture(words.capture, want(Prefix::parse(words.pool), words.pool), endpoints));
  if (auto written = endpoints.write_csv(words.record); !written) return Unexpected{std::move(written).error()};
  return report;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"cgn-blast: traffic whose payload carries the truth"};
  app.require_subcommand(1);
  Words words;
  SubscribersPlan subscribers;
  FloodPlan flood_plan;
  add_subscribers(app, words, subscribers);
  add_flood(app, words, flood_plan);
  auto* sink = app.add_subcommand("sink", "echo datagrams and record who they were; ends by SIGTERM");
  sink->add_option("--listen", words.to, "ADDRESS:PORT or ADDRESS:FIRST-LAST, repeatable")->required();
  sink->add_option("--record", words.record, "CSV of external endpoints and who stood behind them");
  unsigned patience_ms = 1000;
  auto* asking = app.add_subcommand("ask", "ask a sink as whom it sees us");
  asking->add_option("--to", words.to, "ADDRESS:PORT of a sink")->required();
  asking->add_option("--port", words.port, "our own port; 0 = any");
  asking->add_option("--patience-ms", patience_ms, "wait for the answer")->capture_default_str();
  auto* truth = app.add_subcommand("truth", "read a pcap file: who stood behind which external endpoint");
  truth->add_option("--pcap", words.capture, "capture of the external side")->required();
  truth->add_option("--pool", words.pool, "external addresses")->capture_default_str();
  truth->add_option("--record", words.record, "CSV to write")->required();
  truth->add_option("--silence-ms", words.silence_ms,
                    "a pair silent for longer gets another row; 0: a row per millisecond");
  try {
    app.parse(argc, argv);
    if (app.got_subcommand("subscribers")) return run_subscribers(words, subscribers);
    if (app.got_subcommand("flood")) return run_flood(words, flood_plan);
    if (app.got_subcommand("sink")) return run_sink(words);
    if (app.got_subcommand("ask")) return run_ask(words, {.patience = std::chrono::milliseconds{patience_ms}});
    const auto report = read_truth_of(words);
    return conclude(report, report && report->damaged == 0);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
}
