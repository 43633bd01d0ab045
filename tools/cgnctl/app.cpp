// SPDX-License-Identifier: Apache-2.0
// The command tree: one function a verb, each adding its subcommand and, as callback, what to do.
#include "cgnctl/app.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ostream>

#include "cgnctl/abbreviation.hpp"
#include "cgnctl/copies.hpp"
#include "cgnctl/log_verbs.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

using Action = std::function<Exit(const Session&)>;

// What the words fill in. One of the actions is chosen by the subcommand that was given.
struct Line {
  Options options{};
  bool json = false, pretty = false, csv = false, no_headers = false, yes = false;
  double watch_seconds = 0;
  std::string name{};
  BlockArguments block{};
  MappingArguments mapping{};
  std::string realm{};
  LookupArguments lookup{};
  WhereisArguments whereis{};
  DetArguments det{};
  LogArguments log{};
  AuditArguments audit{};
  ExportArguments log_export{};
  IdentityArguments identity{};
  ReplayArguments replay{};
  std::string file{};
  bool offline = false, defaults = false, dry_run = false;
  SelftestArguments selftest{};
  Action action = status;
};

void examples(CLI::App* app, const std::string& lines) {
  app->footer("EXAMPLES\n" + lines + "\nSEE ALSO\n  cgnctl(8), cgnd(8), cgn.toml(5)");
}

CLI::App* add(CLI::App& parent, const char* name, const char* what, Line& line, Action action) {
  auto* sub = parent.add_subcommand(name, what);
  sub->fallthrough();
  sub->callback([&line, action = std::move(action)] { line.action = action; });
  return sub;
}

CLI::App* group(CLI::App& parent, const char* name, const char* what) {
  auto* sub = parent.add_subcommand(name, what);
  sub->fallthrough();
  sub->require_subcommand(1);
  return sub;
}

void add_globals(CLI::App& app, Line& line) {
  app.add_option("-s,--socket", line.options.socket, "the daemon's socket")->type_name("PATH")->capture_default_str();
  app.add_flag("-j,--json", line.json, "answer as JSON (docs/api.md)");
  app.add_flag("-p,--pretty", line.pretty, "answer as JSON with line breaks");
  app.add_flag("--csv", line.csv, "tables as CSV");
  app.add_option("-o,--columns", line.options.columns, "only these columns, in this order")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("COL,COL");
  app.add_flag("--no-headers", line.no_headers, "tables without their first line");
  app.add_option("-w,--watch", line.watch_seconds, "show again every SEC seconds (2)")->type_name("SEC");
}

void add_show(CLI::App& app, Line& line) {
  auto* show = group(app, "show", "what there is now");
  auto* pool = add(*show, "pool", "pools and how full they are", line,
                   [&line](const Session& s) { return show_pool(s, line.name); });
  pool->add_option("NAME", line.name, "only this pool");
  examples(pool, "  cgnctl show pool\n  cgnctl show pool res-1 -o pool,used --no-headers");
  auto* address = add(*show, "address", "one external address: its blocks and their holders", line,
                      [&line](const Session& s) { return show_address(s, line.name); });
  address->add_option("IP", line.name)->required();
  examples(address, "  cgnctl show address 203.0.113.10");
  auto* subscriber = add(*show, "subscriber", "one subscriber: its blocks and mappings", line,
                         [&line](const Session& s) { return show_subscriber(s, line.name, line.realm); });
  subscriber->add_option("IP", line.name)->required();
  subscriber->add_option("--realm", line.realm, "where several realms have it");
  examples(subscriber, "  cgnctl show subscriber 100.64.3.7");
  auto* block =
      add(*show, "block", "port blocks on loan", line, [&line](const Session& s) { return show_block(s, line.block); });
  block->add_option("--pool", line.block.pool);
  block->add_option("--address", line.block.address, "external address");
  block->add_option("--subscriber", line.block.subscriber, "internal address");
  block->add_option("--realm", line.block.realm, "internal realm");
  examples(block, "  cgnctl show block --pool res-1 --csv");
  auto* mapping =
      add(*show, "mapping", "live mappings", line, [&line](const Session& s) { return show_mapping(s, line.mapping); });
  mapping->add_option("--internal", line.mapping.internal, "address, prefix or endpoint")->type_name("IP[:PORT]");
  mapping->add_option("--external", line.mapping.external, "address, prefix or endpoint")->type_name("IP[:PORT]");
  mapping->add_option("--proto", line.mapping.proto)->type_name("tcp|udp|icmp|udplite|dccp|sctp|esp|gre");
  mapping->add_option("--realm", line.mapping.realm, "internal realm");
  mapping->add_option("--limit", line.mapping.limit, "at most so many; 0 = all")->capture_default_str();
  examples(mapping, "  cgnctl show mapping --internal 100.64.3.7\n  cgnctl show mapping --external 203.0.113.10:13000");
  examples(add(*show, "drops", "every verdict: how often, what it means, what to do", line, show_drops),
           "  cgnctl show drops --watch\n  cgnctl show drops --csv -o verdict,total");
  examples(add(*show, "static", "port forwards and 1:1 addresses of the config", line, show_static),
           "  cgnctl show static\n  cgnctl show static -j");
  examples(add(*show, "alarms", "what runs short now, and who is refused", line, show_alarms),
           "  cgnctl show alarms\n  cgnctl show alarms -j");
  auto* log = add(*show, "log", "the files of the legal record", line,
                  [&line](const Session& s) { return log_segments(s, line.log); });
  log->add_option("--log-dir", line.log.log_dir, "directory of the day files");
  examples(log, "  cgnctl show log");
  examples(add(*show, "radius", "accounting requests: from whom, and what became of them", line, show_radius),
           "  cgnctl show radius\n  cgnctl show radius -j");
  examples(add(*show, "export", "copies of the legal record: how far each collector is", line, show_export),
           "  cgnctl show export\n  cgnctl show export -o name,state,behind,error -w");
  examples(add(*show, "dataplane", "ports, modes, queues, leak guard", line, show_dataplane),
           "  cgnctl show dataplane");
  examples(show, "  cgnctl show pool\n  cgnctl sh dr -w");
}

void add_record(CLI::App& app, Line& line) {
  auto* lookup_verb = add(app, "lookup", "who held an external address and port at a time", line,
                          [&line](const Session& s) { return lookup(s, line.lookup); });
  auto& l = line.lookup;
  lookup_verb->add_option("IP", l.target, "external address, with its port or ports if they are known")
      ->type_name("IP[:PORT[-PORT]]");
  lookup_verb->add_option("--at", l.at, "the time, with its zone")->type_name("TIME");
  lookup_verb->add_option("--proto", l.proto)->type_name("tcp|udp|icmp|udplite|dccp|sctp");
  lookup_verb->add_option("--tolerance", l.tolerance, "how wrong the asked time may be")->capture_default_str();
  lookup_verb->add_option("--case", l.case_reference, "reference, recorded and repeated in the answer");
  lookup_verb->add_option("--log-dir", l.log_dir, "directory of the day files");
  lookup_verb->add_option("--audit", l.audit_file, "record the look-up in this file")->type_name("FILE");
  lookup_verb->add_option("--batch", l.batch, "answer every line of a CSV file (- = standard input)")
      ->type_name("FILE");
  lookup_verb->add_option("-f,--report", l.report, "text: a page for the file")
      ->check(CLI::IsMember({"text", "json", "csv"}));
  examples(lookup_verb,
           "  cgnctl lookup 203.0.113.10:13000 --at 2026-11-20T07:30:00Z --proto udp\n"
           "  cgnctl lookup 203.0.113.10:13000 --at '2026-11-20 08:30:00 Europe/Berlin' --case AZ-2026-771\n"
           "  cgnctl lookup --batch questions.csv -f csv > answers.csv\n"
           "EXIT CODE\n  0 ONE HOLDER, 3 NOBODY, 4 AMBIGUOUS or NOT COVERED");
  auto* whereis_verb = add(app, "whereis", "which external ports a subscriber held", line,
                           [&line](const Session& s) { return whereis(s, line.whereis); });
  auto& w = line.whereis;
  whereis_verb->add_option("SUBSCRIBER", w.subscriber, "internal address or prefix")->required();
  whereis_verb->add_option("--from", w.from, "default: a day before --to")->type_name("TIME");
  whereis_verb->add_option("--to", w.to, "default: now")->type_name("TIME");
  whereis_verb->add_option("--realm", w.realm, "only in this realm; 'default' is the one without a name");
  whereis_verb->add_option("--case", w.case_reference, "reference, recorded");
  whereis_verb->add_option("--log-dir", w.log_dir, "directory of the day files");
  whereis_verb->add_option("--audit", w.audit_file, "record the look-up in this file")->type_name("FILE");
  examples(whereis_verb, "  cgnctl whereis 100.64.3.7 --from 2026-11-20T00:00Z --to 2026-11-21T00:00Z");
}

void add_log_files(CLI::App& log, Line& line) {
  auto& l = line.log;
  auto* verify = add(log, "verify", "has anybody changed the record?", line,
                     [&line](const Session& s) { return log_verify(s, line.log); });
  verify->add_option("--day", l.day, "only the files of this day")->type_name("YYYY-MM-DD");
  verify->add_option("--log-dir", l.log_dir, "directory of the day files");
  verify->add_option("--key", l.keys, "public key of the node (default: sign.pub beside the directory)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  verify->add_flag("--unsigned", l.unsigned_, "look at the chain alone, not at signatures");
  examples(verify,
           "  cgnctl log verify\n  cgnctl log verify --log-dir /mnt/evidence/log --key node7.pub\n"
           "EXIT CODE\n  0 as it was written, 1 changed or not readable");
  auto* segments = add(log, "segments", "the files of the record", line,
                       [&line](const Session& s) { return log_segments(s, line.log); });
  segments->add_option("--log-dir", l.log_dir, "directory of the day files");
  examples(segments, "  cgnctl log segments\n  cgnctl show log");
  auto* stats = add(log, "stats", "rows and bytes of each day", line,
                    [&line](const Session& s) { return log_stats(s, line.log); });
  stats->add_option("--day", l.day, "only the files of this day")->type_name("YYYY-MM-DD");
  stats->add_option("--log-dir", l.log_dir, "directory of the day files");
  examples(stats, "  cgnctl log stats\n  cgnctl log stats --day 2026-11-20 -j");
  auto* key = add(log, "key", "make a key that signs the record, or name one that is there", line,
                  [&line](const Session& s) { return log_key(s, line.log); });
  key->add_option("FILE", l.file)->required();
  examples(key, "  cgnctl log key /var/lib/cgn/sign.key");
}

void add_log_audit(CLI::App& log, Line& line) {
  auto* audit = add(log, "audit", "who asked the record what, and when", line,
                    [&line](const Session& s) { return log_audit(s, line.audit); });
  audit->add_option("--case", line.audit.case_reference, "only look-ups of this case");
  audit->add_option("--log-dir", line.audit.log_dir, "directory of the day files");
  audit->add_option("--audit", line.audit.audit_file, "this store")->type_name("FILE");
  examples(audit, "  cgnctl log audit --case AZ-2026-771\n  cgnctl -j log audit");
}

void add_log(CLI::App& app, Line& line) {
  auto* log = group(app, "log", "the files of the legal record");
  add_log_files(*log, line);
  add_log_audit(*log, line);
  declare(*add(*log, "export", "rows of the record, for other programs", line,
               [&line](const Session& s) { return log_export(s, line.log_export); }),
          line.log_export);
  declare(*add(*log, "replay", "send an interval of the record to a collector again", line,
               [&line](const Session& s) { return log_replay(s, line.replay); }),
          line.replay);
  auto& l = line.log;
  auto* hold = group(*log, "hold", "keep days beyond their retention, for a case");
  auto* put = add(*hold, "add", "keep what covers this time", line,
                  [&line](const Session& s) { return log_hold_add(s, line.log); });
  put->add_option("--case", l.case_reference)->required()->type_name("REF");
  put->add_option("--from", l.from)->required()->type_name("TIME");
  put->add_option("--to", l.to)->required()->type_name("TIME");
  examples(put, "  cgnctl log hold add --case AZ-2026-771 --from 2026-11-20T00:00Z --to 2026-11-22T00:00Z");
  auto* lift = add(*hold, "remove", "lift the hold of a case", line,
                   [&line](const Session& s) { return log_hold_remove(s, line.log); });
  lift->add_option("--case", l.case_reference)->required()->type_name("REF");
  examples(lift, "  cgnctl log hold remove --case AZ-2026-771");
  auto* list =
      add(*hold, "list", "the holds in force", line, [&line](const Session& s) { return log_hold_list(s, line.log); });
  list->add_option("--log-dir", l.log_dir, "directory of the day files");
  examples(list, "  cgnctl log hold list");
}

void add_identities(CLI::App& app, Line& line) {
  auto* subscriber = group(app, "subscriber", "whose an internal address is");
  auto& i = line.identity;
  auto* set = add(*subscriber, "set", "from now on it is this one's", line,
                  [&line](const Session& s) { return subscriber_set(s, line.identity); });
  set->add_option("ADDR", i.subscriber, "internal address")->required();
  set->add_option("--id", i.id, "billing id or name")->required();
  set->add_option("--realm", i.realm, "default: the default realm");
  set->add_option("--from", i.from, "since when; default: now")->type_name("TIME");
  examples(set, "  cgnctl subscriber set 100.64.3.7 --id C-1048213");
  auto* import = add(*subscriber, "import", "many of them, from CSV", line,
                     [&line](const Session& s) { return subscriber_import(s, line.file); });
  import->add_option("FILE", line.file, "subscriber,id,realm,from (- = standard input)")->required();
  examples(import, "  cgnctl subscriber import customers.csv");
  auto* end = add(*subscriber, "end", "it is nobody's: ends mappings, returns blocks", line,
                  [&line](const Session& s) { return subscriber_end(s, line.identity); });
  end->add_option("ADDR", i.subscriber, "internal address")->required();
  end->add_option("--realm", i.realm, "default: the default realm");
  end->add_flag("--yes", i.yes, "do not ask");
  examples(end, "  cgnctl subscriber end 100.64.3.7");
  auto* show = add(*subscriber, "show", "whose it is now, or what is this one's", line,
                   [&line](const Session& s) { return subscriber_show(s, line.name); });
  show->add_option("ADDR|ID", line.name)->required();
  examples(show, "  cgnctl subscriber show 100.64.3.7\n  cgnctl subscriber show C-1048213");
}

void add_actions(CLI::App& app, Line& line) {
  auto* monitor = group(app, "monitor", "events as they happen");
  examples(add(*monitor, "blocks", "port blocks lent and returned", line, monitor_blocks),
           "  cgnctl monitor blocks\n  cgnctl -j monitor blocks");
  auto* clear = group(app, "clear", "end sessions");
  auto* subscriber = add(*clear, "subscriber", "all mappings of a subscriber", line, [&line](const Session& s) {
    return clear_subscriber(s, line.name, {line.realm, line.yes});
  });
  subscriber->add_option("IP", line.name)->required();
  subscriber->add_option("--realm", line.realm, "where several realms have it");
  subscriber->add_flag("--yes", line.yes, "do not ask");
  examples(subscriber, "  cgnctl clear subscriber 100.64.3.7");
  auto* mapping = add(*clear, "mapping", "one mapping", line, [&line](const Session& s) {
    return clear_mapping(s, line.name, {line.realm, line.yes});
  });
  mapping->add_option("MAPPING", line.name)->required()->type_name("IP:PORT/PROTO");
  mapping->add_option("--realm", line.realm, "where several realms have it");
  mapping->add_flag("--yes", line.yes, "do not ask");
  examples(mapping, "  cgnctl clear mapping 100.64.3.7:5000/udp");
  auto* reload_verb = add(app, "reload", "have the daemon read its file again", line,
                          [&line](const Session& s) { return reload(s, line.dry_run); });
  reload_verb->add_flag("--dry-run", line.dry_run, "only say what would change");
  examples(reload_verb, "  cgnctl reload --dry-run\n  cgnctl reload");
  auto* detach_verb = add(app, "detach", "take everything down and restore the machine", line,
                          [&line](const Session& s) { return detach(s, line.yes); });
  detach_verb->add_flag("--yes", line.yes, "do not ask");
  examples(detach_verb, "  cgnctl detach\n  cgnd --detach        (the same, when no daemon answers)");
}

void add_config(CLI::App& app, Line& line) {
  auto* config = group(app, "config", "the configuration");
  auto* check = add(*config, "check", "every complaint about a file", line,
                    [&line](const Session& s) { return config_check(s, line.file, line.offline); });
  check->add_option("FILE", line.file)->required();
  check->add_flag("--offline", line.offline, "do not compare with this machine");
  examples(check, "  cgnctl config check /etc/cgn/cgn.toml");
  auto* show = add(*config, "show", "the daemon's configuration, or a file's", line,
                   [&line](const Session& s) { return config_show(s, line.file, line.defaults); });
  show->add_option("FILE", line.file, "default: what the daemon runs with");
  show->add_flag("--defaults", line.defaults, "with every default filled in");
  examples(show, "  cgnctl config show --defaults");
}

void add_det(CLI::App& app, Line& line) {
  auto* det = group(app, "det", "deterministic pools: who has which ports, computed");
  auto& d = line.det;
  const auto from = [&d](CLI::App* verb) {
    verb->add_option("--config", d.config, "compute from this file (default: from the log)")->type_name("FILE");
    verb->add_option("--log-dir", d.log_dir, "directory of the day files");
    verb->add_option("--at", d.at, "from what was in force then (default: now)")->type_name("TIME");
  };
  const auto asks = [&](CLI::App* verb, const char* target) {
    verb->add_option(target, d.target);
    verb->add_option("--batch", d.batch, "answer every line of a file (- = standard input)")->type_name("FILE");
    from(verb);
  };
  auto* forward = add(*det, "forward", "the block of an internal address", line,
                      [&line](const Session& s) { return det_forward(s, line.det); });
  asks(forward, "IP");
  forward->add_option("--realm", d.realm, "its internal realm (default: the default one)");
  examples(forward, "  cgnctl det forward 100.64.9.77 --config /etc/cgn/cgn.toml");
  auto* reverse = add(*det, "reverse", "whose an external port is", line,
                      [&line](const Session& s) { return det_reverse(s, line.det); });
  asks(reverse, "IP:PORT");
  examples(reverse, "  cgnctl det reverse 203.0.113.3:43500 --at 2026-11-20T07:30:00Z");
  auto* parameters = add(*det, "parameters", "the record that all is computed from (JSON)", line,
                         [&line](const Session& s) { return det_parameters(s, line.det); });
  from(parameters);
  examples(parameters, "  cgnctl det parameters --config cgn.toml");
}

void add_selftest(CLI::App& app, Line& line) {
  auto* verb = add(app, "selftest", "what the RFCs ask for, seen on the wire", line,
                   [&line](const Session& s) { return selftest(s, line.selftest); });
  auto& a = line.selftest;
  verb->add_flag("--list", a.list, "only say which rows there are");
  verb->add_flag("--verbose", a.verbose, "say on standard error how far it is");
  verb->add_option("--only", a.only, "rows of this requirement, RFC, group or name")->type_name("TAG");
  verb->add_option("--against", a.against, "what is tested")
      ->check(CLI::IsMember({"cgnd", "forwarding", "nftables"}))
      ->capture_default_str();
  verb->add_option("--mode", a.mode, "how the program is attached")
      ->check(CLI::IsMember({"native", "generic", "both"}))
      ->capture_default_str();
  examples(verb,
           "  sudo cgnctl selftest\n  sudo cgnctl selftest --only RFC4787-REQ-9 --mode native\n"
           "  sudo cgnctl -j selftest --against nftables");
}

// A bare --watch has its default; its number may stand apart from it, any other word may not.
std::vector<std::string> fill_in_watch(std::vector<std::string> words) {
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    if (words[i] != "-w" && words[i] != "--watch") continue;
    const bool number = i + 1 < words.size() && !words[i + 1].empty() &&
                        words[i + 1].find_first_not_of("0123456789.") == std::string::npos;
    words[i] = "--watch=" + (number ? words[i + 1] : "2");
    if (number) words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  return words;
}

void settle(const CLI::App& app, Line& line) {
  constexpr double kLeastWatch = 0.1;
  auto& options = line.options;
  options.socket_given = app.count("--socket") > 0;
  options.headers = !line.no_headers;
  if (line.csv) options.format = Format::csv;
  if (line.json) options.format = Format::json;
  if (line.pretty) options.format = Format::pretty;
  if (app.count("--watch") > 0) {
    const auto seconds = std::chrono::duration<double>{std::max(line.watch_seconds, kLeastWatch)};
    options.watch = std::chrono::duration_cast<std::chrono::milliseconds>(seconds);
  }
}

}  // namespace

Exit run(Session session, const std::vector<std::string>& words) {
  Line line;
  CLI::App app{"cgnctl: the operator's command line of cgnd", "cgnctl"};
  app.require_subcommand(0, 1);
  add_globals(app, line);
  add(app, "status", "one screen: is all well? (the default)", line, status);
  add_show(app, line);
  add_record(app, line);
  add_log(app, line);
  add_identities(app, line);
  add_actions(app, line);
  add_config(app, line);
  add_det(app, line);
  add_selftest(app, line);
  add(app, "version", "versions of cgnctl and of the daemon", line, version);
  examples(&app, "  cgnctl\n  cgnctl show pool\n  cgnctl lookup 203.0.113.10:13000 --at 2026-11-20T07:30:00Z");

  auto written_out = write_out(app, fill_in_watch(words));
  if (!written_out) return session.fail(Exit::usage, written_out.error());
  try {
    std::ranges::reverse(*written_out);  // CLI11 takes the words last first
    app.parse(*written_out);
  } catch (const CLI::ParseError& refused) {
    if (refused.get_exit_code() == 0) {  // --help
      app.exit(refused, session.out, session.err);
      return Exit::ok;
    }
    return session.fail(Exit::usage, {refused.what(), "cgnctl --help, or --help behind any verb"});
  }
  settle(app, line);
  session.options = line.options;
  return line.action(session);
}

}  // namespace cgn::cgnctl
