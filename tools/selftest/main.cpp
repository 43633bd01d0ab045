// SPDX-License-Identifier: Apache-2.0
// cgn-selftest: the conformance suite, run against the installed binary in throw-away namespaces. `cgnctl selftest` is
// the way people call it.
//
// What        Exit code 0: every row passed; 1: one failed or could not be played; 2: the command makes no sense, or
//             it is not run as root. Against plain forwarding the rows themselves are judged: those that pass must
//             say why they are tests. nftables is only measured.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "report.hpp"

namespace {

using namespace cgn::selftest;
namespace fs = std::filesystem;

struct Arguments {
  bool json = false, list = false, verbose = false;
  std::string only{}, against = "cgnd", mode = "both", cgnd{};
};

int refuse(const std::string& what, const std::string& hint, int code = 2) {
  std::cerr << "error: " << what << "\nhint:  " << hint << '\n';
  return code;
}

// Beside this program if it stands there (a build folder), else from PATH.
fs::path program(const char* name) {
  std::error_code unknown;
  auto beside = fs::read_symlink("/proc/self/exe", unknown).replace_filename(name);
  return fs::exists(beside, unknown) ? beside : fs::path{name};
}

bool is_wanted(const Row& row, const std::string& only) {
  return only.empty() || row.id == only || name_of(row.group) == only ||
         std::ranges::any_of(row.tags, [&](std::string_view tag) {
           return tag.starts_with(only) && (tag.size() == only.size() || !std::isalnum(tag[only.size()]));
         });
}

std::optional<Kind> kind_of(const std::string& word) {
  if (word == "cgnd") return Kind::cgnd;
  if (word == "forwarding") return Kind::forwarding;
  if (word == "nftables") return Kind::nftables;
  return std::nullopt;
}

// A row that plain forwarding passes must say why it is a test, and none may say so that it fails.
bool discriminates(const std::vector<Played>& all) {
  bool good = true;
  for (const auto& played : all) {
    if (played.passed() == !played.row.on_forwarding.empty()) continue;
    std::cerr << "error: " << played.row.id
              << (played.passed() ? " passes on plain forwarding and does not say why it is a test\n"
                                  : " says that plain forwarding passes it, which is not so\n");
    good = false;
  }
  return good;
}

int report(const std::vector<Played>& played, const Plan& plan, bool json) {
  (json ? print_json : print_table)(std::cout, played, plan);
  const auto verdict = count(played);
  if (interrupted || verdict.not_played > 0) return 1;
  switch (plan.kind) {
    case Kind::cgnd: return verdict.failed == 0 ? 0 : 1;
    case Kind::forwarding: return discriminates(played) ? 0 : 1;
    case Kind::nftables: break;
  }
  return 0;
}

int run(const Arguments& arguments) {
  auto rows = all_rows();
  std::erase_if(rows, [&](const Row& row) { return !is_wanted(row, arguments.only); });
  if (rows.empty()) return refuse("no row is called " + arguments.only, "cgnctl selftest --list");
  if (arguments.list) {
    print_list(std::cout, rows, arguments.json);
    return 0;
  }
  if (::geteuid() != 0) return refuse("network namespaces need root", "sudo cgnctl selftest");
  remove_forsaken_labs();
  const auto work = fs::temp_directory_path() / fmt::format("cgn-selftest-{}", ::getpid());
  const Plan plan{.kind = *kind_of(arguments.against),
                  .native = arguments.mode != "generic",
                  .generic = arguments.mode != "native",
                  .work = work,
                  .programs = {.cgnd = arguments.cgnd.empty() ? program("cgnd") : fs::path{arguments.cgnd},
                               .cgnctl = program("cgnctl")},
                  .progress = arguments.verbose ? &std::cerr : nullptr};
  const auto played = run_rows(rows, plan);
  std::error_code ignored;
  fs::remove_all(work, ignored);
  return report(played, plan, arguments.json);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"cgn-selftest: what the RFCs ask for, seen on the wire"};
  app.add_flag("-j,--json", arguments.json, "the matrix as JSON");
  app.add_flag("--verbose", arguments.verbose, "say on standard error how far it is");
  app.add_flag("--list", arguments.list, "only say which rows there are");
  app.add_option("--only", arguments.only, "rows of this requirement (RFC4787-REQ-1), RFC (RFC4787), group or name");
  app.add_option("--against", arguments.against, "what is tested")
      ->check(CLI::IsMember({"cgnd", "forwarding", "nftables"}))
      ->capture_default_str();
  app.add_option("--mode", arguments.mode, "how the program is attached")
      ->check(CLI::IsMember({"native", "generic", "both"}))
      ->capture_default_str();
  app.add_option("--cgnd", arguments.cgnd, "another cgnd than the one beside this program")->type_name("PATH");
  CLI11_PARSE(app, argc, argv);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    ::signal(signal, [](int) { interrupted = true; });
  }
  ::signal(SIGPIPE, SIG_IGN);
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    return refuse(error.what(), "this is a bug; please report it", 1);
  }
}
