// SPDX-License-Identifier: Apache-2.0
// Judge B alone, for the sanitizers: `parity_alone [--n PACKETS] [--seed SEED]`.
//
// What        The same packets as parity_proof gives for the same seed (the digest says so, unless a policed chapter was broken off there), each in memory of exactly its
//             size, read and translated by the slow path's code; the sums judged by division. Needs no root.
// Failure     1 with the packet in hex when a sum is wrong, or when the twin reads what the model does not; the sanitizers speak for themselves.
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <random>

#include "parity/generator.hpp"
#include "parity/model/model.hpp"
#include "parity/sums.hpp"
#include "parity/tally.hpp"

namespace cgn::parity {
namespace {

constexpr unsigned kChapterPackets = 512;
constexpr std::uint32_t kTick = 1'000'000;

std::optional<std::string> fault_of(Frame in, const Answer& answer) {
  if (!answer.quarrel.empty()) return std::string{answer.quarrel};
  if (answer.verdict != CGN_VERDICT_TRANSLATED && answer.verdict != CGN_VERDICT_HAIRPINNED) return std::nullopt;
  return fault_of_sums(in, answer.frame);
}

bool is_right(Frame in, const Answer& answer) {
  const auto fault = fault_of(in, answer);
  if (!fault) return true;
  fmt::print("{}\n{}\n", *fault, test::hex({in.begin(), in.end()}));
  return false;
}

bool play(std::uint64_t seed, std::uint64_t chapter, unsigned packets, Tally& tally) {
  auto random = random_of(seed, chapter);
  Model model{any_scene(random, kTick)};
  const auto scene = model.scene();
  Generator generator{scene, random};
  for (unsigned i = 0; i < packets; ++i) {
    const auto sent = generator.next();
    const auto exact = std::make_unique<std::byte[]>(sent.frame.size());
    std::memcpy(exact.get(), sent.frame.data(), sent.frame.size());
    const Frame frame{exact.get(), sent.frame.size()};
    const auto answer = model.judge({.port = sent.port, .frame = frame, .first_tick = kTick, .last_tick = kTick});
    tally.add(frame, answer);
    if (!is_right(frame, answer)) return false;
  }
  return true;
}

int run(std::uint64_t packets, std::uint64_t seed) {
  Tally tally;
  fmt::print("seed {}\n", seed);
  for (std::uint64_t chapter = 0; tally.packets() < packets; ++chapter) {
    const auto left = static_cast<unsigned>(std::min<std::uint64_t>(packets - tally.packets(), kChapterPackets));
    if (!play(seed, chapter, left, tally)) return 1;
  }
  fmt::print("{} packets, digest {:016x}\n{}", tally.packets(), tally.digest(), tally.table());
  return 0;
}

}  // namespace
}  // namespace cgn::parity

int main(int argc, char** argv) {
  std::uint64_t packets = 100'000, seed = std::random_device{}();
  for (int i = 1; i + 1 < argc; i += 2) {
    auto& value = std::string_view{argv[i]} == "--n" ? packets : seed;
    std::from_chars(argv[i + 1], argv[i + 1] + std::strlen(argv[i + 1]), value);
  }
  return cgn::parity::run(packets, seed);
}
