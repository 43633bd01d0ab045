// SPDX-License-Identifier: Apache-2.0
// The words of `cgnctl log export`.
#include <CLI/CLI.hpp>

#include "cgnctl/copies.hpp"

namespace cgn::cgnctl {

void declare(CLI::App& verb, ExportArguments& e) {
  verb.add_option("--format", e.format)->required()->check(CLI::IsMember({"csv", "jsonl", "clickhouse"}));
  verb.add_option("--day", e.day, "only the files of this day")->type_name("YYYY-MM-DD");
  verb.add_option("--from", e.from, "default: the beginning")->type_name("TIME");
  verb.add_option("--to", e.to, "default: the end")->type_name("TIME");
  verb.add_option("--into", e.into, "a ClickHouse server (default: standard output)")->type_name("http://HOST:PORT");
  verb.add_option("--database", e.database, "of the ClickHouse server")->capture_default_str();
  verb.add_flag("--again", e.again, "send what the server has already, too");
  verb.add_option("--case", e.case_reference, "reference, recorded");
  verb.add_option("--log-dir", e.log_dir, "directory of the day files");
  verb.add_option("--audit", e.audit_file, "record the export in this file")->type_name("FILE");
  verb.footer(
      "EXAMPLES\n"
      "  cgnctl log export --format csv --from 2026-11-20T07:00Z --to 2026-11-20T08:00Z > rows.csv\n"
      "  cgnctl log export --format clickhouse --into http://192.0.2.20:8123\n"
      "  cgnctl log export --format clickhouse --day 2026-11-20 | clickhouse-client --multiquery\n"
      "SEE ALSO\n  cgnctl(8), cgn-log(5)");
}

}  // namespace cgn::cgnctl
