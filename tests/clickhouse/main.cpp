// SPDX-License-Identifier: Apache-2.0
// clickhouse_history: a random past of a node, and questions about it, for tests/clickhouse/lookup.sh.
//
// What        Writes day files into --directory, and prints the questions as lines of
//             id, node, external, first, last, at_ms, tolerance_ms, with tabs between.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "history.hpp"

int main(int argc, char** argv) {
  using namespace cgn;
  using clickhouse_test::History;
  clickhouse_test::Plan plan;
  std::int64_t begin_ms = 0;
  unsigned questions = 1000;
  unsigned first_id = 0;
  CLI::App app{"a random past, and questions about it"};
  app.add_option("--directory", plan.directory)->required();
  app.add_option("--begin-ms", begin_ms)->required();
  app.add_option("--seed", plan.seed)->required();
  app.add_option("--node", plan.node);
  app.add_option("--steps", plan.steps);
  app.add_flag("--clock-steps", plan.clock_steps);
  app.add_flag("--computed", plan.computed);
  app.add_option("--questions", questions);
  app.add_option("--first-id", first_id);
  CLI11_PARSE(app, argc, argv);
  plan.begin = WallTime{std::chrono::milliseconds{begin_ms}};
  try {
    History history{plan};
    history.live();
    for (unsigned i = 0; i < questions; ++i) {
      const auto q = history.question();
      const auto ports = q.ports.value_or(PortRange{Port{0}, Port{65535}});
      std::cout << first_id + i << '\t' << plan.node << '\t' << to_string(q.external) << '\t' << ports.first.value()
                << '\t' << ports.last.value() << '\t' << q.at.time_since_epoch().count() << '\t' << q.tolerance.count()
                << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
