// SPDX-License-Identifier: Apache-2.0
// The log files of a directory in their order, and which time they cover.
#include "journal/shelf.hpp"

#include <algorithm>
#include <fstream>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace {

// Each open file costs three descriptors.
constexpr std::size_t kKeptOpen = 32;
// A live writer's newest row is at most a heartbeat old, and a slow disk's sync more.
constexpr Duration kSlowSync = std::chrono::seconds{5};

std::string machine_boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

std::string boot_of(const Volume& volume) {
  std::string boot;
  for (const auto& turn : volume.turns) {
    if (turn.kind == RowKind::start || turn.kind == RowKind::opened) boot = turn.detail;
  }
  return boot;
}

}  // namespace

Result<Shelf> Shelf::open(const std::filesystem::path& directory, WallTime now) {
  Shelf shelf{now};
  // A day roll while we look leaves us with a list that ends in a closed file: look again.
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    TRY_VOID(shelf.list(directory));
    if (shelf.volumes_.empty() || !shelf.volumes_.back().header.closed) break;
  }
  return shelf;
}

Result<> Shelf::list(const std::filesystem::path& directory) {
  volumes_.clear();
  unreadable_.clear();
  TRY(paths, list_day_files(directory));
  for (const auto& path : paths) {
    auto volume = inspect(path);
    if (volume) {
      volumes_.push_back(std::move(*volume));
    } else {
      unreadable_ = volume.error().what;
    }
  }
  join();
  return {};
}

Result<Volume> Shelf::inspect(const std::filesystem::path& path) {
  Volume volume{.path = path};
  TRY(source, Source::open(path));
  TRY(header, source.header());
  TRY(turns, source.turns());
  TRY(last, source.last_row());
  TRY(reach, source.reach());
  volume.reach = reach.value_or(header.opened);
  volume.header = std::move(header);
  volume.turns = std::move(turns);
  volume.has_wal = source.has_wal();
  volume.last_seq = last ? last->seq : volume.header.first_seq - 1;
  volume.last_wall = last ? last->wall : volume.header.opened;
  volume.complete = std::ranges::any_of(volume.turns, [](const Row& row) { return row.kind == RowKind::complete; });
  return volume;
}

void Shelf::join() {
  std::ranges::sort(volumes_, {}, [](const Volume& v) { return v.header.first_seq; });
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    auto& volume = volumes_[i];
    if (i > 0) {
      const auto& before = volumes_[i - 1];
      volume.follows = before.last_seq + 1 == volume.header.first_seq && before.header.node_id == volume.header.node_id;
    }
    if (i + 1 < volumes_.size()) {
      volume.last_seq = std::min(volume.last_seq, volumes_[i + 1].header.first_seq - 1);
      std::erase_if(volume.turns, [&](const Row& row) { return row.seq > volume.last_seq; });
    }
  }
  for (std::size_t i = 0; i < volumes_.size(); ++i) set_end(i);
}

void Shelf::set_end(std::size_t index) {
  auto& volume = volumes_[index];
  const auto* next = index + 1 < volumes_.size() ? &volumes_[index + 1] : nullptr;
  volume.to = volume.last_wall;
  if (next != nullptr && next->follows) {
    volume.to = next->header.opened;
  } else if (next != nullptr) {
    volume.end_reason = (unreadable_.empty() ? "" : unreadable_ + ", and ") + "rows " +
                        std::to_string(volume.last_seq + 1) + " to " + std::to_string(next->header.first_seq - 1) +
                        " of the log are missing";
  } else if (volume.header.closed && volume.header.last_seq == volume.last_seq) {
    volume.to = *volume.header.closed;
    volume.end_reason = "the log file after " + volume.path.filename().string() + " is missing";
  } else if (!volume.has_wal) {
    volume.end_reason = volume.path.filename().string() + " was copied without its -wal file";
  } else if (!unreadable_.empty()) {
    volume.end_reason = "a log file cannot be read: " + unreadable_;
  } else if (is_live(volume)) {
    volume.to = now_;
  } else {
    volume.end_reason = "the log's last record is earlier, and what came after it these files cannot tell";
  }
  volume.from = volume.header.opened;
  for (const auto& turn : volume.turns) {
    if (turn.kind != RowKind::clock_step) continue;
    volume.from = std::min(volume.from, turn.wall);
    volume.to = std::max(volume.to, turn.allocated);
  }
  volume.reach = std::min(volume.reach, volume.from);
}

// Whether the silence since the last row means that nothing happened: the writer is at work, or this is the very file,
// in the very boot, that its writer left behind, and nobody else can give a block.
bool Shelf::is_live(const Volume& volume) const {
  const auto silence = now_ - volume.last_wall;
  if (silence <= volume.header.heartbeat + kSlowSync) return true;
  return identity_of(volume.path) == volume.header.identity && boot_of(volume) == machine_boot_id();
}

Result<Source*> Shelf::source(std::size_t volume) {
  recent_.remove(volume);
  if (const auto found = open_.find(volume); found != open_.end()) {
    recent_.push_front(volume);
    return &found->second;
  }
  TRY(source, Source::open(volumes_[volume].path));
  if (open_.size() >= kKeptOpen) {
    open_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(volume);
  return &open_.insert_or_assign(volume, std::move(source)).first->second;
}

}  // namespace cgn::journal
