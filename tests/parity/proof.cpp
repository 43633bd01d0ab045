// SPDX-License-Identifier: Apache-2.0
// The proof: `parity_proof [--n PACKETS] [--seed SEED]`, and its control: `parity_proof --control`.
//
// What        Runs both judges over PACKETS random and malformed packets, prints seed, rate and distribution, and ends with
//             1 at the first difference (the packet in hex, both answers, and a smaller packet that differs too). The
//             control puts one wrong line at a time into a copy of either judge and ends with 1 unless each is found.
// Failure     77, Skipped, where BPF programs cannot be loaded.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "parity/play.hpp"

namespace cgn::parity {
namespace {

struct Options {
  std::uint64_t packets = 100'000;
  std::uint64_t seed = std::random_device{}();
  bool control = false;
};

std::optional<Options> options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word{argv[i]};
    if (word == "--control") {
      options.control = true;
      continue;
    }
    if (i + 1 == argc || (word != "--n" && word != "--seed")) return std::nullopt;
    const char* text = argv[++i];
    auto& value = word == "--n" ? options.packets : options.seed;
    const auto [rest, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc{} || *rest != 0) return std::nullopt;
  }
  return options;
}

int prove(const Options& options) {
  KernelSide kernel;
  Play play{kernel, options.seed};
  Tally tally;
  const auto begin = std::chrono::steady_clock::now();
  const auto fault = play.run(options.packets, tally);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("seed {}: {} packets in {:.1f} s, {:.0f} a second, digest {:016x}\n", options.seed, tally.packets(),
             took.count(), static_cast<double>(tally.packets()) / took.count(), tally.digest());
  fmt::print("{}", tally.table());
  if (fault) {
    fmt::print("the judges differ: {}{}", to_string(*fault), play.shrink(*fault));
    return 1;
  }
  const auto shortfalls = tally.shortfalls();
  for (const auto& sentence : shortfalls) fmt::print("not enough: {}\n", sentence);
  if (shortfalls.empty()) fmt::print("no difference\n");
  return shortfalls.empty() ? 0 : 1;
}

// --- the control ------------------------------------------------------------------------------------------------------

// The sentence of a fault file, which says what its wrong line does.
std::string sentence_of(const std::string& name) {
  std::ifstream file{fmt::format("{}/{}.fault", CGN_PARITY_FAULTS, name)};
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("says: ")) return line.substr(6);
  }
  return "?";
}

bool found(const std::string& name, KernelSide& kernel, const Twin& twin, const Options& options) {
  Play play{kernel, options.seed, twin};
  Tally tally;
  const auto fault = play.run(options.packets, tally);
  fmt::print("{:<16} {:<72} {}\n", name, sentence_of(name),
             fault ? fmt::format("found by packet {}: {}", tally.packets(), fault->differences.front())
                   : fmt::format("NOT FOUND (is it planted? faults/{}.fault)", name));
  std::fflush(stdout);
  return fault.has_value();
}

int control(const Options& options) {
  unsigned missed = 0, planted = 0;
  fmt::print("seed {}, up to {} packets for each fault\n", options.seed, options.packets);
  for (const auto& fault : std::filesystem::directory_iterator{CGN_PARITY_OBJECTS}) {
    if (fault.path().extension() != ".o") continue;
    KernelSide kernel{fault.path().string()};
    missed += !found(fault.path().stem().string(), kernel, {}, options);
    ++planted;
  }
  KernelSide kernel;
  for (const auto& faulty : faulty_twins()) {
    missed += !found(std::string{faulty.name}, kernel, faulty.twin, options);
    ++planted;
  }
  fmt::print("{} faults planted, {} not found\n", planted, missed);
  return planted >= 10 && missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cgn::parity

int main(int argc, char** argv) try {
  const auto options = cgn::parity::options_of(argc, argv);
  if (!options) {
    fmt::print(stderr, "usage: parity_proof [--n PACKETS] [--seed SEED] [--control]\n");
    return 2;
  }
  if (!cgn::test::may_load_programs()) {
    fmt::print("SKIPPED: loading BPF programs needs root and /sys/fs/bpf\n");
    return 77;
  }
  return options->control ? cgn::parity::control(*options) : cgn::parity::prove(*options);
} catch (const std::exception& error) {
  fmt::print(stderr, "parity_proof: {}\n", error.what());
  return 2;
}
