// SPDX-License-Identifier: Apache-2.0
// The log files of a directory in their order, and which time they cover.
#include "journal/shelf.hpp"

#include <algorithm>
#include <fstream>
#include <span>

#include "journal/clock_state.hpp"
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

std::string boot_of(std::span<const Row> turns) {
  std::string boot;
  for (const auto& turn : turns) {
    if (turn.kind == RowKind::start || turn.kind == RowKind::opened) boot = turn.detail;
  }
  return boot;
}

// What the turns mean for the time that a file covers.
void note_turns(Extent& extent, std::span<const Row> turns) {
  extent.complete = false;
  extent.stepped_low.reset();
  extent.stepped_high.reset();
  for (const auto& turn : turns) {
    if (turn.kind == RowKind::complete) extent.complete = true;
    if (turn.kind != RowKind::clock_step) continue;
    const auto low = earliest_after(turn);
    extent.stepped_low = std::min(extent.stepped_low.value_or(low), low);
    extent.stepped_high = std::max(extent.stepped_high.value_or(turn.allocated), turn.allocated);
  }
}

// A file that says itself where it ends will not change any more.
bool is_finished(const Volume& volume) {
  return volume.header().closed && volume.header().last_seq == volume.extent.last_seq;
}

}  // namespace

Result<Shelf> Shelf::open(const std::filesystem::path& directory, WallTime now, Trust trust) {
  Shelf shelf{directory, now};
  TRY(names, list_day_names(directory));
  shelf.names_ = std::move(names);
  shelf.take(trust);
  return shelf;
}

void Shelf::take(Trust trust) {
  volumes_.reserve(names_.size());
  for (const auto& name : names_) volumes_.push_back({.name = name});
  if (trust != Trust::files_only) take_listed(trust);
  for (auto& volume : volumes_) {
    if (volume.listed) continue;
    auto found = inspect(path(volume));
    if (!found) unreadable_ = found.error().what;
    volume = found ? std::move(*found) : Volume{};
  }
  std::erase_if(volumes_, [](const Volume& volume) { return volume.name.empty(); });
  join();
}

void Shelf::take_listed(Trust trust) {
  const bool whole = read_catalogue(directory_, [&](std::string_view name, CatalogueEntry entry) {
    const auto volume = std::ranges::lower_bound(volumes_, name, {}, &Volume::name);
    if (volume == volumes_.end() || volume->name != name) return;
    if (trust == Trust::stamps && !entry.stamp.is_of(path(*volume))) return;
    volume->stamp = entry.stamp;
    volume->extent = std::move(entry.extent);
    volume->listed = true;
  });
  if (whole) return;
  for (auto& volume : volumes_) volume.listed = false;
}

Result<Volume> Shelf::inspect(const std::filesystem::path& path) {
  Volume volume;
  // Before it is read: should it change meanwhile, it is not the file that was noted.
  if (const auto stamp = stamp_of(path)) volume.stamp = *stamp;
  TRY(source, Source::open(path));
  volume.name = source.path().filename();
  TRY(turns, source.turns());
  TRY(last, source.last_row());
  TRY(reach, source.reach());
  auto& extent = volume.extent;
  const auto& header = source.header();
  extent.reach = reach.value_or(header.opened);
  extent.last_seq = last ? last->seq : header.first_seq - 1;
  extent.last_wall = last ? last->wall : header.opened;
  note_turns(extent, turns);
  volume.last_boot = boot_of(turns);
  volume.identity = header.identity;
  extent.header = header;
  return volume;
}

void Shelf::join() {
  const auto number = [](const Volume& v) { return v.header().first_seq; };
  if (!std::ranges::is_sorted(volumes_, {}, number)) std::ranges::sort(volumes_, {}, number);
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    auto& volume = volumes_[i];
    if (i > 0) {
      const auto& before = volumes_[i - 1];
      volume.follows =
          before.extent.last_seq + 1 == volume.header().first_seq && before.header().node_id == volume.header().node_id;
    }
    if (i + 1 < volumes_.size()) cut(volume, volumes_[i + 1].header().first_seq - 1);
  }
  for (std::size_t i = 0; i < volumes_.size(); ++i) set_end(i);
}

// Rows after `last_seq` are void, because the next file took over there.
void Shelf::cut(Volume& volume, std::uint64_t last_seq) {
  if (volume.extent.last_seq <= last_seq) return;
  volume.extent.last_seq = last_seq;
  auto source = Source::open(path(volume));
  auto turns = source ? source->turns() : std::vector<Row>{};
  if (!turns) return;
  std::erase_if(*turns, [&](const Row& row) { return row.seq > last_seq; });
  note_turns(volume.extent, *turns);
  volume.last_boot = boot_of(*turns);
}

void Shelf::set_end(std::size_t index) {
  auto& volume = volumes_[index];
  const auto* next = index + 1 < volumes_.size() ? &volumes_[index + 1] : nullptr;
  // A file that was closed says itself up to where it knows; another one, up to its last row.
  volume.to = is_finished(volume) ? *volume.header().closed : volume.extent.last_wall;
  if (next != nullptr && next->follows) {
    volume.to = next->header().opened;
  } else if (next != nullptr) {
    volume.end_reason = (unreadable_.empty() ? "" : unreadable_ + ", and ") + "rows " +
                        std::to_string(volume.extent.last_seq + 1) + " to " +
                        std::to_string(next->header().first_seq - 1) + " of the log are missing";
  } else if (is_finished(volume)) {
    volume.end_reason = "the log file after " + volume.name + " is missing";
  } else if (!volume.has_wal()) {
    volume.end_reason = volume.name + " was copied without its -wal file";
  } else if (!unreadable_.empty()) {
    volume.end_reason = "a log file cannot be read: " + unreadable_;
  } else if (is_live(volume)) {
    volume.to = now_;
  } else {
    volume.end_reason = "the log's last record is earlier, and what came after it these files cannot tell";
  }
  const auto& extent = volume.extent;
  volume.from = std::min(extent.header.opened, extent.stepped_low.value_or(extent.header.opened));
  volume.to = std::max(volume.to, extent.stepped_high.value_or(volume.to));
  volume.reach = std::min(extent.reach, volume.from);
}

// Whether the silence since the last row means that nothing happened: the writer is at work, or this is the very file,
// in the very boot, that its writer left behind, and nobody else can give a block.
bool Shelf::is_live(const Volume& volume) const {
  const auto silence = now_ - volume.extent.last_wall;
  if (silence <= volume.header().heartbeat + kSlowSync) return true;
  return identity_of(path(volume)) == volume.identity && volume.last_boot == machine_boot_id();
}

Result<Source*> Shelf::source(std::size_t volume) {
  recent_.remove(volume);
  if (const auto found = open_.find(volume); found != open_.end()) {
    recent_.push_front(volume);
    return &found->second;
  }
  auto source = Source::open(path(volumes_[volume]));
  if (!source) {
    stale_ = stale_ || volumes_[volume].listed;
    return Unexpected{std::move(source).error()};
  }
  TRY_VOID(confirm(volumes_[volume], *source));
  if (open_.size() >= kKeptOpen) {
    open_.erase(recent_.back());
    recent_.pop_back();
  }
  recent_.push_front(volume);
  return &open_.insert_or_assign(volume, std::move(*source)).first->second;
}

// What the catalogue said of the file must be what the file says.
Result<> Shelf::confirm(Volume& volume, const Source& source) {
  if (!volume.listed) return {};
  const auto& header = source.header();
  if (!volume.stamp.is_of(path(volume)) || !same_extent(volume.header(), header)) {
    stale_ = true;
    return fail(path(volume).string() + " is not the file that the catalogue knows");
  }
  volume.listed = false;
  volume.identity = header.identity;
  volume.extent.header = header;
  return {};
}

void Shelf::check_all() {
  if (checked_) return;
  checked_ = true;
  const auto names = list_day_names(directory_);
  stale_ = stale_ || (names && *names != names_) || std::ranges::any_of(volumes_, [this](const Volume& volume) {
             return volume.listed && !volume.stamp.is_of(path(volume));
           });
}

Result<std::vector<Row>> Shelf::turns(std::size_t volume) {
  if (const auto known = turns_.find(volume); known != turns_.end()) return known->second;
  TRY(source, this->source(volume));
  TRY(turns, source->turns());
  std::erase_if(turns, [&](const Row& row) { return row.seq > volumes_[volume].extent.last_seq; });
  return turns_.emplace(volume, std::move(turns)).first->second;
}

Result<> refresh_catalogue(const std::filesystem::path& directory, WallTime now) {
  TRY(shelf, Shelf::open(directory, now, Shelf::Trust::stamps));
  Catalogue catalogue;
  for (const auto& volume : shelf.volumes()) {
    if (!is_finished(volume)) continue;
    catalogue.emplace(volume.name, CatalogueEntry{volume.stamp, volume.extent});
  }
  return write_catalogue(directory, catalogue);
}

}  // namespace cgn::journal
