// SPDX-License-Identifier: Apache-2.0
// A node's random past, written by the journal's own writer.
#include "history.hpp"

#include <algorithm>
#include <stdexcept>

#include "journal/day_files.hpp"
#include "journal/parameters.hpp"
#include "journal/sealer.hpp"

namespace cgn::clickhouse_test {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr unsigned kAddresses = 12;
constexpr unsigned kBlocksOfAddress = 6;
constexpr unsigned kBlocks = kAddresses * kBlocksOfAddress;
constexpr unsigned kHolders = 40;
constexpr unsigned kNamed = 12;                          // of them, those that have a name now and then
constexpr Ipv4 kComputed = Ipv4::from_host(0xc0000280);  // 192.0.2.128
constexpr unsigned kInRed = 30;  // from here on in another realm, with addresses that others have in the default one

Prefix subscriber(unsigned who) { return Prefix::of(Ipv4::from_host(0x64400100 + who % kInRed), 32); }
std::string realm(unsigned who) { return who < kInRed ? "" : "it's red"; }

[[noreturn]] void give_up(const Error& error) { throw std::runtime_error{error.what}; }

}  // namespace

History::History(Plan plan) : plan_{std::move(plan)}, random_{plan_.seed} {
  now_ = {.mono = Monotonic{1h}, .wall = plan_.begin, .boot = 1h};
  options_.directory = plan_.directory;
  options_.node_id = plan_.node;
  options_.node_name = "node-" + std::to_string(plan_.node);
  options_.boot_id = "boot-0";
  options_.heartbeat = 1h;
}

unsigned History::pick(unsigned bound) { return std::uniform_int_distribution<unsigned>{0, bound - 1}(random_); }

// 203.0.113.x of the first node, 198.51.100.x of the second, and so on: but the last one is everybody's.
Ipv4 History::address(unsigned block) const {
  const auto n = block / kBlocksOfAddress;
  if (n + 1 == kAddresses) return Ipv4::from_host(0xc0000201);
  return Ipv4::from_host((plan_.node % 2 == 1 ? 0xcb007100 : 0xc6336400) + plan_.node * 16 + n);
}

// First blocks of 512 ports; the last two of an address are extensions of 256.
PortRange History::ports(unsigned block) {
  const auto n = block % kBlocksOfAddress;
  constexpr unsigned kFirst = 4;
  const auto first = n < kFirst ? 1024 + n * 512 : 1024 + kFirst * 512 + (n - kFirst) * 256;
  const auto count = n < kFirst ? 512U : 256U;
  return {Port{static_cast<std::uint16_t>(first)}, Port{static_cast<std::uint16_t>(first + count - 1)}};
}

void History::advance(milliseconds by) {
  now_.mono += by;
  now_.wall += by;
  now_.boot += by;
}

void History::open() {
  auto scribe = journal::Scribe::open(options_, now_);
  if (!scribe) give_up(scribe.error());
  scribe_.emplace(std::move(*scribe));
}

void History::live() {
  open();
  if (plan_.computed) note_parameters();
  for (unsigned i = 0; i < plan_.steps; ++i) step();
  advance(2h);
  scribe_->tend(now_);
  while (scribe_->busy()) scribe_->tend(now_);
  scribe_->tend(now_);
  const auto last = scribe_->health().file.filename().string();
  scribe_.reset();
  take_days_away();
  const auto sealed = journal::seal_closed(options_.directory, last, nullptr);
  if (sealed.sealed.empty()) throw std::runtime_error{"nothing was sealed"};
}

// A pool whose blocks are computed, beside the others.
void History::note_parameters() {
  DeterministicParameters pool{.pool = "computed",
                               .internal = {{.prefix = Prefix::of(Ipv4::from_host(0x64408000), 25)}},
                               .external = {Prefix::of(kComputed, 30)},
                               .ports = {Port{1024}, Port{65535}},
                               .block_size = 1024,
                               .max_subscribers = 128};
  const auto parameters = journal::next_parameters({.node_id = plan_.node}, {pool}, now_.wall, 120s);
  write(Note{.kind = NoteKind::deterministic, .detail = to_detail(parameters), .at = now_});
}

// Neither the first file nor the last one: some stand alone afterwards, some do not.
void History::take_days_away() {
  constexpr unsigned kGone = 4;
  for (unsigned i = 0; i < kGone; ++i) {
    auto files = journal::list_day_files(options_.directory);
    if (!files) give_up(files.error());
    if (files->size() < 2 * kGone) throw std::runtime_error{"the history is too short"};
    const auto& gone = (*files)[1 + pick(static_cast<unsigned>(files->size()) - 2)];
    std::filesystem::remove(journal::wal_of(gone));
    std::filesystem::remove(gone);
  }
}

void History::step() {
  constexpr milliseconds kWaits[] = {0ms, 1ms, 7ms, 400ms, 1s, 30s, 10min, 2h};
  advance(kWaits[pick(8)]);
  const auto dice = pick(120);
  if (dice == 0) return restart();
  if (dice == 1 && pick(3) == 0) return reboot();
  if (dice == 2 && pick(3) == 0 && plan_.clock_steps) {
    now_.wall += milliseconds{pick(2) == 0 ? 700 + pick(600'000) : 0} - milliseconds{pick(2) == 0 ? 0 : 50'000};
    return change();
  }
  if (dice < 12) return rename();
  if (dice >= 30) return change();
  scribe_->tend(now_);
}

void History::restart() {
  if (pick(2) == 0) scribe_->stop(now_);
  scribe_.reset();
  advance(milliseconds{pick(100'000)});
  open();
  edges_.push_back(now_.wall);
}

// The blocks of the old boot end, but for those that the new one continues.
void History::reboot() {
  edges_.push_back(now_.wall);
  scribe_.reset();
  advance(milliseconds{1 + pick(100'000)});
  now_.boot = 1min;
  options_.boot_id = "boot-" + std::to_string(++boots_);
  open();
  edges_.push_back(now_.wall);
  auto before = std::move(held_);
  held_.clear();
  for (auto& [block, event] : before) {
    if (pick(3) != 0) continue;
    event.kind = BlockEventKind::continued;
    event.at = now_;
    write(event);
    held_[block] = event;
  }
  allocate(pick(kBlocks));  // adoption is over
}

void History::change() {
  const auto block = pick(kBlocks);
  edges_.push_back(now_.wall);
  const auto found = held_.find(block);
  if (found == held_.end()) return allocate(block);
  auto release = found->second;
  release.kind = BlockEventKind::released;
  release.at = now_;
  held_.erase(found);
  write(release);
  if (pick(3) == 0) allocate(block);
}

void History::allocate(unsigned block) {
  if (held_.contains(block)) return;
  const auto who = pick(kHolders);
  const BlockEvent event{.kind = BlockEventKind::allocated,
                         .subscriber = subscriber(who),
                         .realm = realm(who),
                         .external = address(block),
                         .ports = ports(block),
                         .pool = pick(2) == 0 ? "residential" : "o'brien\\",
                         .allocated_at = now_.wall,
                         .at = now_};
  held_[block] = event;
  write(event);
}

// A subscriber's address becomes another's, or nobody's, or it becomes known that it was somebody's.
void History::rename() {
  using journal::IdentityEvent;
  const auto who = pick(kNamed);
  const auto known = named_.find(who);
  const auto early = now_.wall - milliseconds{pick(3) == 0 ? pick(90'000) : 0};
  journal::IdentityRow row{.id = "C-" + std::to_string(who * 1000 + ++names_ % 3),
                           .source = "radius:nas1",
                           .session = pick(2) == 0 ? "" : "s\"" + std::to_string(names_),
                           .from = {early - milliseconds{pick(2) == 0 ? pick(1500) : 0}, early}};
  const auto dice = pick(4);
  if (dice == 0 && known != named_.end()) {
    row = known->second;
    row.event = IdentityEvent::end;
    row.to = {std::max(early, row.from.latest), now_.wall};
    named_.erase(known);
  } else if (dice == 1) {
    row.event = IdentityEvent::was;
    row.from = {now_.wall - 2h, now_.wall - 2h + milliseconds{pick(1000)}};
    row.to = {now_.wall - 1h, now_.wall - 1h + milliseconds{pick(1000)}};
  } else {
    named_[who] = row;
  }
  edges_.push_back(row.event == IdentityEvent::set ? row.from.latest : row.to.earliest);
  write(Note{.kind = NoteKind::identity,
             .detail = to_detail(row),
             .subscriber = subscriber(who),
             .realm = realm(who),
             .at = now_});
}

void History::write(std::variant<BlockEvent, Note> event) {
  if (!scribe_->write({{1, std::move(event)}}).front().durable) throw std::runtime_error{"a row is not durable"};
}

// Mostly around what changed, sometimes anywhere, and before and after all of it.
Question History::question() {
  constexpr milliseconds kTolerances[] = {0ms, 1s, 59s, 180s};
  constexpr int kOffsets[] = {0, 1, -1, 499, -500, 999, 1000, -1000, 1001, 59'000, -59'001, 120'000, -700};
  const auto span = static_cast<std::uint64_t>((end() - plan_.begin).count());
  auto at = edges_[pick(static_cast<unsigned>(edges_.size()))] + milliseconds{kOffsets[pick(13)]};
  if (pick(4) == 0) {
    at = plan_.begin - 1h + milliseconds{std::uniform_int_distribution<std::uint64_t>{0, span + 7'200'000}(random_)};
  }
  const auto block = pick(kBlocks);
  const auto range = ports(block);
  const Port port{
      static_cast<std::uint16_t>(range.first.value() + pick(range.last.value() - range.first.value() + 1U))};
  Question question{address(block), PortRange{port, port}, at, kTolerances[pick(4)]};
  const auto dice = pick(12);
  if (plan_.computed && dice > 9) question.external = Ipv4::from_host(kComputed.host() + pick(4));
  if (dice == 0) question.ports.reset();
  if (dice == 1) question.ports = {range.first, Port{static_cast<std::uint16_t>(port.value() + pick(600))}};
  return question;
}

}  // namespace cgn::clickhouse_test
