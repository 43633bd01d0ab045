// SPDX-License-Identifier: Apache-2.0
#include "parity/play.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cgn::parity {
namespace {

// A bucket of rate 1 refills within a second, that of all fragments or control connections within a quarter, and a sender's share of errors within a
// tenth.
std::chrono::milliseconds patience_of(const Scene& scene) {
  if (scene.settings.error_punts_per_second != 0) return std::chrono::milliseconds{80};
  return std::chrono::milliseconds{
      scene.settings.fragment_punts_per_second + scene.settings.alg_punts_per_second != 0 ? 200 : 750};
}

void append(Differences& list, const Differences& more) { list.insert(list.end(), more.begin(), more.end()); }

}  // namespace

std::string to_string(const Fault& fault) {
  std::string text = fmt::format("packet {} of chapter {}, by {}\n{}\n", fault.packet, fault.chapter,
                                 test::facts(fault.port).name, test::hex(fault.frame));
  for (const auto& sentence : fault.differences) text += "  " + sentence + "\n";
  return text + "model:  " + fault.model + "\nkernel: " + fault.kernel + "\n";
}

// `fault` is filled in only when there is one: ten million packets want no text.
std::optional<Differences> Play::judge(Model& model, test::Link port, Frame frame, Fault& fault, Tally* tally) {
  const auto& seen = kernel_.pass(port, frame);
  if (std::chrono::steady_clock::now() > deadline_) return std::nullopt;
  const Arrival in{.port = port, .frame = frame, .first_tick = seen.first_tick, .last_tick = seen.last_tick};
  const auto answer = model.judge(in);
  auto differences = compare_packet(kernel_, in, seen, answer);
  for (const auto& key : answer.touched) {
    const auto now = kernel_.half(key);
    append(differences, compare_half(key, model.scene().halves.at(key), now));
    if (differences.empty()) model.adopt(key, *now);
  }
  if (!differences.empty()) {
    fault.port = port;
    fault.frame.assign(frame.begin(), frame.end());
    fault.model = to_string(answer);
    fault.kernel = to_string(seen);
  }
  if (tally != nullptr) tally->add(frame, answer);
  return differences;
}

Differences Play::audit(const Model& model) const {
  auto list = compare_table(model.scene().halves, kernel_.halves());
  append(list, compare_heard(model.scene().heard, kernel_.heard()));
  return list;
}

std::optional<Fault> Play::chapter(std::uint64_t number, Limits limits, Tally& tally) {
  auto random = random_of(seed_, number);
  Model model{any_scene(random, tick_now()), twin_};
  const auto scene = model.scene();
  kernel_.enter(scene);
  deadline_ = std::chrono::steady_clock::now() + patience_of(scene);
  Generator generator{scene, random};
  Fault fault{.chapter = number};
  for (unsigned i = 0; i < limits.packets; ++i) {
    const auto sent = generator.next();
    fault.packet = i;
    auto differences = judge(model, sent.port, sent.frame, fault, &tally);
    if (!differences) return std::nullopt;
    fault.differences = std::move(*differences);
    const bool last = i + 1 == limits.packets;
    if (fault.differences.empty() && (last || (i + 1) % limits.audit_every == 0)) fault.differences = audit(model);
    if (!fault.differences.empty()) {
      if (fault.frame.empty()) fault.frame.assign(sent.frame.begin(), sent.frame.end());
      return fault;
    }
  }
  return std::nullopt;
}

std::optional<Fault> Play::run(std::uint64_t packets, Tally& tally) {
  for (std::uint64_t number = 0; tally.packets() < packets; ++number) {
    const auto left = static_cast<unsigned>(std::min<std::uint64_t>(packets - tally.packets(), kChapterPackets));
    auto fault = chapter(number, {.packets = left, .audit_every = kAuditEvery}, tally);
    if (!fault) continue;
    if (!fault->model.empty()) return fault;
    Tally again;  // found by an audit: which packet was it?
    const auto exact = chapter(number, {.packets = fault->packet + 1, .audit_every = 1}, again);
    return exact ? exact : fault;
  }
  return std::nullopt;
}

// What the packets of the chapter before this one make of its scene, by the model alone.
Scene Play::scene_before(const Fault& fault) const {
  auto random = random_of(seed_, fault.chapter);
  const auto tick = tick_now();
  Model model{any_scene(random, tick), twin_};
  const auto scene = model.scene();
  Generator generator{scene, random};
  for (unsigned i = 0; i < fault.packet; ++i) {
    const auto sent = generator.next();
    static_cast<void>(model.judge({.port = sent.port, .frame = sent.frame, .first_tick = tick, .last_tick = tick}));
  }
  return model.scene();
}

Differences Play::alone(const Scene& scene, test::Link port, const Bytes& frame, Fault& fault) {
  kernel_.enter(scene);
  Model model{scene, twin_};
  deadline_ = std::chrono::steady_clock::now() + patience_of(scene);
  auto differences = judge(model, port, frame, fault, nullptr).value_or(Differences{});
  if (differences.empty()) differences = audit(model);
  return differences;
}

std::string Play::shrink(const Fault& found) {
  auto scene = scene_before(found);
  auto frame = found.frame;
  Fault fault = found;
  const auto differs = [&](const Scene& s, const Bytes& f) { return !alone(s, found.port, f, fault).empty(); };
  if (!differs(scene, frame)) return {};
  for (const auto& m : scene.mappings) {
    auto smaller = scene;
    smaller.halves.erase(key_of(m, true));
    smaller.halves.erase(key_of(m, false));
    if (differs(smaller, frame)) scene = smaller;
  }
  for (auto cut = frame.size() / 2; cut > 0; cut /= 2) {
    auto shorter = frame;
    while (shorter.size() >= 14 + cut) {
      shorter.resize(shorter.size() - cut);
      if (!differs(scene, shorter)) break;
      frame = shorter;
    }
  }
  for (std::size_t i = 0; i < frame.size(); ++i) {
    auto plainer = frame;
    plainer[i] = std::byte{0};
    if (plainer != frame && differs(scene, plainer)) frame = plainer;
  }
  fault.differences = alone(scene, found.port, frame, fault);
  fault.frame = frame;
  return fmt::format("smaller, with {} entries in the table:\n{}", scene.halves.size(), to_string(fault));
}

}  // namespace cgn::parity
