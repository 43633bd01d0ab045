// SPDX-License-Identifier: Apache-2.0
#include "parity/tally.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cgn::parity {
namespace {

constexpr std::uint64_t kEnough = 100, kProof = 100'000;

// Verdicts of the list that no packet of this world can end in, and why. One that is reached all the same is reported, so
// that this list shrinks with the program's growth.
constexpr std::array kUnreachable{
    CGN_VERDICT_CONTINUE,  // no verdict
};
constexpr std::array<std::string_view, CGN_PUNT_TUNNEL + 1> kReasons{
    "",        "first_packet", "next_hop",   "tcp_control", "fragment", "ttl_exceeded",
    "too_big", "protocol",     "permission", "alg",         "tunnel"};
constexpr std::array kReachableReasons{
    CGN_PUNT_FIRST_PACKET, CGN_PUNT_NEXT_HOP, CGN_PUNT_TCP_CONTROL, CGN_PUNT_FRAGMENT, CGN_PUNT_TTL_EXCEEDED,
    CGN_PUNT_TOO_BIG,      CGN_PUNT_PROTOCOL, CGN_PUNT_PERMISSION,  CGN_PUNT_ALG,      CGN_PUNT_TUNNEL};

bool is_translated(Verdict v) { return v == CGN_VERDICT_TRANSLATED || v == CGN_VERDICT_HAIRPINNED; }

bool is_reachable(Verdict v) {
  return kVerdicts[v].side != VerdictSide::slow_path && std::ranges::find(kUnreachable, v) == kUnreachable.end();
}

std::string line(std::string_view word, std::uint64_t count, std::uint64_t all) {
  const auto share = 100.0 * static_cast<double>(count) / static_cast<double>(std::max<std::uint64_t>(all, 1));
  return fmt::format("  {:<24}{:>12}  {:6.3f} %\n", word, count, share);
}

}  // namespace

void Tally::add(Frame frame, const Answer& answer) {
  ++packets_;
  ++verdicts_[answer.verdict];
  if (answer.is_icmp_error && is_translated(answer.verdict)) ++errors_;
  if (answer.punt) ++reasons_[answer.punt->reason];
  digest_ = (digest_ ^ frame.size()) * 0x100000001b3u;  // FNV-1a
  for (const auto byte : frame) digest_ = (digest_ ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3u;
}

std::uint64_t Tally::translated() const {
  return verdicts_[CGN_VERDICT_TRANSLATED] + verdicts_[CGN_VERDICT_HAIRPINNED];
}

std::string Tally::table() const {
  std::string text;
  for (const auto& v : kVerdicts) {
    if (verdicts_[v.verdict] == 0 && !is_reachable(v.verdict)) continue;
    text += line(v.word, verdicts_[v.verdict], packets_);
    if (v.verdict != CGN_VERDICT_PUNTED) continue;
    for (std::size_t i = 1; i < reasons_.size(); ++i) {
      if (reasons_[i] != 0) text += line(fmt::format("  {}", kReasons[i]), reasons_[i], packets_);
    }
  }
  text += line("translated by the kernel", translated(), packets_);
  return text + line("  ICMP errors of these", errors_, packets_);
}

std::vector<std::string> Tally::shortfalls() const {
  std::vector<std::string> list;
  for (const auto& v : kVerdicts) {
    const auto count = verdicts_[v.verdict];
    if (count != 0 && !is_reachable(v.verdict)) {
      list.push_back(fmt::format("{} was reached: take it off the list of what cannot be", v.word));
    }
    if (packets_ >= kProof && is_reachable(v.verdict) && count < kEnough) {
      list.push_back(fmt::format("{} was reached {} times, {} are wanted", v.word, count, kEnough));
    }
  }
  if (packets_ < kProof) return list;
  for (const auto reason : kReachableReasons) {
    if (reasons_[reason] < kEnough)
      list.push_back(fmt::format("reason {}: {} times", kReasons[reason], reasons_[reason]));
  }
  if (errors_ < kEnough) list.push_back(fmt::format("only {} ICMP errors were translated", errors_));
  if (2 * translated() < packets_) list.emplace_back("less than half was translated by the kernel program itself");
  return list;
}

}  // namespace cgn::parity
