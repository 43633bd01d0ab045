// SPDX-License-Identifier: Apache-2.0
// Datagrams in pieces. Every datagram stands in one account (who pays), in the list of ages, and in the index by key;
// create(), enter(), leave() and remove() are the only places that change these.
#include "fragments/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "fragments/seeded_hash.hpp"

namespace cgn::fragments {
namespace {

std::uint64_t account_key(bool inbound, bool open, InternalAddress payer) {
  return std::uint64_t{inbound} << 33 | std::uint64_t{open} << 32 | std::uint64_t{payer.realm.value()} << 40 |
         payer.address.host();
}

}  // namespace

std::size_t Table::KeyHash::operator()(const Key& key) const {
  const auto ends = std::uint64_t{key.source.host()} << 32 | key.destination.host();
  const auto rest = std::uint64_t{key.identification} << 16 | std::uint64_t{static_cast<std::uint8_t>(key.proto)} << 8 |
                    std::uint64_t{key.inbound} | std::uint64_t{key.realm.value()} << 32;
  return seeded_hash(seed, ends, rest);
}

std::size_t Table::AccountHash::operator()(std::uint64_t account) const { return seeded_hash(seed, account, 0); }

Table::Table(Duration patience, std::uint64_t seed, Bounds bounds)
    : patience_{patience}, bounds_{bounds}, index_{16, KeyHash{seed}}, accounts_{16, AccountHash{~seed}} {}

// --- a fragment comes ------------------------------------------------------------------------------------------------

Table::Told Table::arrive(Arrival arrival, Monotonic now, Ends& ends) {
  const auto known = index_.find(arrival.key);
  if (known != index_.end()) return sort(known->second, arrival, ends);
  const auto fresh = create(arrival, now, ends);
  return fresh ? sort(*fresh, arrival, ends) : Told{};
}

Table::Told Table::sort(Id id, Arrival& arrival, Ends& ends) {
  auto& d = datagrams_.at(id);
  if (d.state == State::dead) return {.verdict = d.verdict};
  switch (d.pieces.add(arrival.piece)) {
    case Fit::fresh: break;
    case Fit::duplicate: return {.verdict = CGN_VERDICT_FRAGMENT_DUPLICATE};
    case Fit::overlap: kill(id, CGN_VERDICT_FRAGMENT_OVERLAP, ends); return {.verdict = CGN_VERDICT_FRAGMENT_OVERLAP};
    case Fit::too_many: kill(id, CGN_VERDICT_FRAGMENT_LIMIT, ends); return {.verdict = CGN_VERDICT_FRAGMENT_LIMIT};
  }
  if (d.state == State::open) {
    const Told told{.what = What::pass, .passage = d.passage};
    if (d.pieces.whole()) remove(id, CGN_VERDICT_CONTINUE, ends);
    return told;
  }
  if (d.state == State::waiting && arrival.piece.begin == 0) return {.what = What::ask, .datagram = id};
  if (!keep(id, std::move(arrival.frame), ends)) return {.verdict = CGN_VERDICT_FRAGMENT_LIMIT};
  return {.what = What::kept};
}

std::optional<Table::Id> Table::create(const Arrival& arrival, Monotonic now, Ends& ends) {
  if (!make_room(arrival.key, arrival.sender, false, ends)) return std::nullopt;
  const auto id = ++last_id_;
  auto& d = datagrams_[id];
  d.key = arrival.key;
  d.born = now;
  d.in_ages = ages_.insert(ages_.end(), id);
  index_.emplace(d.key, id);
  enter(d, id, arrival.sender, false);
  return id;
}

// Room for one datagram more. The payer's own oldest makes it, where there is one.
bool Table::make_room(const Key& key, InternalAddress payer, bool open, Ends& ends) {
  const auto& side = side_of(key);
  const auto account = accounts_.find(account_key(key.inbound, open, payer));
  const auto own = account == accounts_.end() ? 0 : account->second.datagrams.size();
  const bool full = open ? side.open >= bounds_.open : side.waiting >= bounds_.waiting;
  const auto most = open ? bounds_.open_per_subscriber : bounds_.waiting_per_sender;
  if (own < most && !full) return true;
  if (own == 0) return false;
  remove(account->second.datagrams.front(), CGN_VERDICT_FRAGMENT_LIMIT, ends);
  return true;
}

// --- frames ----------------------------------------------------------------------------------------------------------

bool Table::has_room(Datagram& d, std::size_t bytes) {
  const auto& side = side_of(d.key);
  return accounts_.at(d.account).frames < bounds_.frames_per_sender && side.frames < bounds_.frames &&
         side.bytes + bytes <= bounds_.bytes;
}

std::optional<Table::Id> Table::oldest_with_frames(Datagram& d) {
  for (const auto id : accounts_.at(d.account).datagrams) {
    if (!datagrams_.at(id).frames.empty()) return id;
  }
  return std::nullopt;
}

// False: the datagram is dead.
bool Table::keep(Id id, Frame frame, Ends& ends) {
  auto& d = datagrams_.at(id);
  while (!has_room(d, frame.bytes.size())) {
    const auto victim = oldest_with_frames(d).value_or(id);
    kill(victim, CGN_VERDICT_FRAGMENT_LIMIT, ends);
    if (victim == id) return false;
  }
  ++accounts_.at(d.account).frames;
  ++side_of(d.key).frames;
  side_of(d.key).bytes += frame.bytes.size();
  d.frames.push_back(std::move(frame));
  return true;
}

std::vector<Frame> Table::take_frames(Datagram& d) {
  accounts_.at(d.account).frames -= d.frames.size();
  side_of(d.key).frames -= d.frames.size();
  for (const auto& frame : d.frames) side_of(d.key).bytes -= frame.bytes.size();
  return std::exchange(d.frames, {});
}

void Table::end_frames(Datagram& d, Verdict verdict, Ends& ends) {
  ends.insert(ends.end(), take_frames(d).size(), verdict);
}

std::size_t Table::frames() const { return sides_[0].frames + sides_[1].frames; }
std::size_t Table::bytes() const { return sides_[0].bytes + sides_[1].bytes; }

// --- what the core said of the first ---------------------------------------------------------------------------------

// The datagram counts as its subscriber's from now on, or is done. False: no room, it is dead.
bool Table::start(Id id, InternalAddress subscriber, Ends& ends) {
  auto& d = datagrams_.at(id);
  if (d.pieces.whole()) {
    remove(id, CGN_VERDICT_CONTINUE, ends);
    return true;
  }
  if (!make_room(d.key, subscriber, true, ends)) {
    kill(id, CGN_VERDICT_FRAGMENT_LIMIT, ends);
    return false;
  }
  leave(d);
  enter(d, id, subscriber, true);
  d.state = State::open;
  return true;
}

std::optional<std::vector<Frame>> Table::open(Id id, const Passage& passage, InternalAddress subscriber, Ends& ends) {
  const auto found = datagrams_.find(id);
  if (found == datagrams_.end() || found->second.state != State::waiting) return std::nullopt;
  auto& d = found->second;
  d.passage = passage;
  auto frames = take_frames(d);
  if (start(id, subscriber, ends)) return frames;
  ends.insert(ends.end(), frames.size(), CGN_VERDICT_FRAGMENT_LIMIT);
  return std::nullopt;
}

bool Table::wait(Id id, Ticket ticket, const Passage& passage, Frame first, Ends& ends) {
  const auto found = datagrams_.find(id);
  if (found == datagrams_.end() || found->second.state != State::waiting) return false;
  if (!keep(id, std::move(first), ends)) return false;
  auto& d = found->second;
  d.state = State::pending;
  d.passage = passage;
  d.ticket = ticket;
  tickets_[ticket].push_back(id);
  return true;
}

void Table::refuse(Id id, Verdict verdict, Ends& ends) {
  if (datagrams_.contains(id)) kill(id, verdict, ends);
}

std::vector<Table::Granted> Table::granted(Ticket ticket, Ends& ends) {
  std::vector<Granted> all;
  const auto node = tickets_.extract(ticket);
  if (node.empty()) return all;
  for (const auto id : node.mapped()) {
    auto& d = datagrams_.at(id);
    d.ticket = 0;
    Granted granted{.passage = d.passage, .frames = take_frames(d)};
    if (start(id, d.payer, ends)) {
      all.push_back(std::move(granted));
    } else {
      ends.insert(ends.end(), granted.frames.size(), CGN_VERDICT_FRAGMENT_LIMIT);
    }
  }
  return all;
}

void Table::refused(Ticket ticket, Verdict verdict, Ends& ends) {
  const auto node = tickets_.extract(ticket);
  if (node.empty()) return;
  for (const auto id : node.mapped()) {
    datagrams_.at(id).ticket = 0;
    kill(id, verdict, ends);
  }
}

// --- ends ------------------------------------------------------------------------------------------------------------

void Table::kill(Id id, Verdict verdict, Ends& ends) {
  auto& d = datagrams_.at(id);
  forget_ticket(d, id);
  end_frames(d, verdict, ends);
  d.state = State::dead;
  d.verdict = verdict;
  d.pieces = {};
}

void Table::remove(Id id, Verdict verdict, Ends& ends) {
  auto& d = datagrams_.at(id);
  forget_ticket(d, id);
  end_frames(d, verdict, ends);
  leave(d);
  ages_.erase(d.in_ages);
  index_.erase(d.key);
  datagrams_.erase(id);
}

void Table::forget_ticket(Datagram& d, Id id) {
  if (d.ticket == 0) return;
  const auto waiting = tickets_.find(std::exchange(d.ticket, 0));
  std::erase(waiting->second, id);
  if (waiting->second.empty()) tickets_.erase(waiting);
}

void Table::expire(Monotonic now, Ends& ends) {
  while (!ages_.empty() && now - datagrams_.at(ages_.front()).born >= patience_) {
    remove(ages_.front(), CGN_VERDICT_FRAGMENT_TIMEOUT, ends);
  }
}

// Where it goes only the address tells, so a namesake's in another realm may be among them: the sender repeats it.
bool Table::is_of(const Datagram& d, const SubscriberId& internal) {
  const auto& to = d.passage.to.destination;
  const bool from_it = !d.key.inbound && internal.contains(InternalAddress{d.key.source, d.key.realm});
  return from_it || (to && internal.contains(to->address));
}

void Table::end_customer(const SubscriberId& internal, Verdict verdict, Ends& ends) {
  for (const auto id : std::vector<Id>{ages_.begin(), ages_.end()}) {
    const auto& d = datagrams_.at(id);
    if (is_of(d, internal) && d.state != State::dead) kill(id, verdict, ends);
  }
}

void Table::enter(Datagram& d, Id id, InternalAddress payer, bool open) {
  d.account = account_key(d.key.inbound, open, payer);
  d.counts_as_open = open;
  d.payer = payer;
  auto& account = accounts_[d.account];
  d.in_account = account.datagrams.insert(account.datagrams.end(), id);
  ++(open ? side_of(d.key).open : side_of(d.key).waiting);
}

// Its frames have been taken.
void Table::leave(Datagram& d) {
  assert(d.frames.empty());
  const auto account = accounts_.find(d.account);
  account->second.datagrams.erase(d.in_account);
  if (account->second.datagrams.empty()) accounts_.erase(account);
  --(d.counts_as_open ? side_of(d.key).open : side_of(d.key).waiting);
}

}  // namespace cgn::fragments
