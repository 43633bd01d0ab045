// SPDX-License-Identifier: Apache-2.0
// cgnctl log replay: an interval of the legal record, sent to a collector once more.
//
// What        Reads the files itself, so the daemon need not live. The collector is one of the config's by its name, or an
//             address: TYPE+TRANSPORT://HOST:PORT, such as netflow9+udp://192.0.2.9:9995 or syslog+tls://log.example.net:6514.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <time.h>

#include <charconv>
#include <fstream>
#include <ostream>
#include <sstream>

#include "cgnctl/client.hpp"
#include "cgnctl/copies.hpp"
#include "cgnctl/instant.hpp"
#include "cgnctl/log_directory.hpp"
#include "config/collector.hpp"
#include "config/parse.hpp"
#include "journal/export/replay.hpp"

namespace cgn::cgnctl {

namespace {

Now now_of(const Session& session) {
  timespec boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  return {.mono = {},
          .wall = session.clock(),
          .boot = std::chrono::seconds{boot.tv_sec} + std::chrono::milliseconds{boot.tv_nsec / 1'000'000}};
}

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

// A sequence number, or a time.
Result<> read_bound(const Session& session, const std::string& text, std::optional<std::uint64_t>& seq,
                    std::optional<WallTime>& when) {
  if (text.empty()) return {};
  if ((seq = whole_number(text))) return {};
  TRY(instant, parse_time(text, session.clock()));
  when = instant;
  return {};
}

Result<Collector> by_address(const ReplayArguments& a) {
  Collector c{.name = "replay"};
  const auto plus = a.to_collector.find('+');
  const auto type = a.to_collector.substr(0, plus);
  bool known = false;
  for (const auto t : {ExportType::ipfix, ExportType::netflow9, ExportType::syslog}) {
    if (word_of(t) != type) continue;
    c.type = t;
    known = true;
  }
  if (!known || plus == std::string::npos) {
    return fail("'" + a.to_collector + "' is no collector of the config and no address of one",
                "such as netflow9+udp://192.0.2.9:9995, ipfix+tcp://..., syslog+tls://...");
  }
  if (auto wrong = config::read_collector_address(std::string_view{a.to_collector}.substr(plus + 1), c);
      !wrong.empty()) {
    return fail(wrong);
  }
  for (const auto f : {SyslogFormat::rfc5424, SyslogFormat::junos, SyslogFormat::nfware}) {
    if (word_of(f) == a.format) c.format = f;
  }
  c.ca = a.ca;
  if (auto wrong = config::unfit(c); !wrong.empty()) return fail(wrong);
  return c;
}

// The daemon's own config if one answers, else the file.
Result<std::string> config_text(const Session& session, const std::string& file) {
  if (file.empty()) {
    const auto reply = Client{session.options}.get(control::path::kConfig);
    if (reply.exit == Exit::ok) return reply.body.get<control::ConfigText>().text;
  }
  const auto path = file.empty() ? std::string{"/etc/cgn/cgn.toml"} : file;
  std::ifstream in{path};
  if (!in) return fail("read " + path + ": it cannot be opened", "name the config with --config");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Result<Collector> collector_of(const Session& session, const ReplayArguments& a) {
  if (a.to_collector.find("://") != std::string::npos) return by_address(a);
  TRY(text, config_text(session, a.config));
  const auto parsed = config::parse(text);
  for (const auto& e : parsed.config.exports) {
    if (e.collector.name == a.to_collector) return e.collector;
  }
  return fail("the config has no [[export]] '" + a.to_collector + "'", "cgnctl show export lists them");
}

void say(const Session& session, const journal::Replayed& r, const Collector& to) {
  if (session.options.wants_json()) {
    session.print({{"schema", "cgn/replay/1"},
                   {"to", url_of(to)},
                   {"rows", r.rows},
                   {"records", r.records},
                   {"lost", r.lost},
                   {"missing", r.missing},
                   {"first_seq", r.first_seq},
                   {"last_seq", r.last_seq}});
    return;
  }
  session.out << fmt::format("{} rows, {} to {}: {} records sent to {}\n", r.rows, r.first_seq, r.last_seq, r.records,
                             url_of(to));
  if (r.lost > 0) session.out << fmt::format("{} records the network did not take\n", r.lost);
  if (r.missing > 0) session.out << fmt::format("{} rows of the interval are in no file\n", r.missing);
}

}  // namespace

void declare(CLI::App& verb, ReplayArguments& a) {
  verb.add_option("--from", a.from, "default: the beginning")->type_name("TIME|SEQ");
  verb.add_option("--to", a.to, "default: the end")->type_name("TIME|SEQ");
  verb.add_option("--to-collector", a.to_collector)->required()->type_name("NAME|TYPE+udp|tcp|tls://HOST:PORT");
  verb.add_option("--format", a.format, "of syslog to an address")
      ->check(CLI::IsMember({"rfc5424", "junos", "nfware"}))
      ->capture_default_str();
  verb.add_option("--ca", a.ca, "authorities that are believed, for tls:// to an address")->type_name("FILE");
  verb.add_option("--config", a.config, "where NAME stands; default: the daemon's")->type_name("FILE");
  verb.add_option("--log-dir", a.log_dir, "directory of the day files");
  verb.footer(
      "EXAMPLES\n"
      "  cgnctl log replay --from 2026-11-20T00:00Z --to 2026-11-21T00:00Z --to-collector archive\n"
      "  cgnctl log replay --from 8840213 --to 8840299 --to-collector netflow9+udp://192.0.2.9:9995\n"
      "EXIT CODE\n  0 all was sent, 3 the interval is empty, 4 rows are missing or were not taken\n"
      "SEE ALSO\n  cgnctl(8), cgnd(8), cgn.toml(5)");
}

Exit log_replay(const Session& session, const ReplayArguments& a) {
  journal::Interval interval;
  if (auto read = read_bound(session, a.from, interval.first_seq, interval.from); !read) {
    return session.fail(Exit::usage, read.error());
  }
  if (auto read = read_bound(session, a.to, interval.last_seq, interval.to); !read) {
    return session.fail(Exit::usage, read.error());
  }
  const auto to = collector_of(session, a);
  if (!to) return session.fail(Exit::usage, to.error());
  journal::Replayed so_far;
  const auto done = journal::replay({.log_directory = log_directory(session, a.log_dir),
                                     .interval = interval,
                                     .to = *to,
                                     .clock = [&session] { return now_of(session); }},
                                    so_far);
  say(session, so_far, *to);
  if (!done) return session.fail(Exit::failed, done.error());
  if (so_far.rows == 0)
    return session.fail(Exit::nothing, {"the record has no rows in this interval", "cgnctl status names its files"});
  return so_far.lost + so_far.missing == 0 ? Exit::ok : Exit::unsure;
}

}  // namespace cgn::cgnctl
