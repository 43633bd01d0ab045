// SPDX-License-Identifier: Apache-2.0
// The record in full, for who copies it.
#include "journal/transcript.hpp"

#include "journal/day_files.hpp"
#include "journal/shelf.hpp"

namespace cgn::journal {
namespace {

TranscriptFile told(const Volume& volume) {
  const auto& header = volume.header();
  return {.name = live_name(volume.name).string(),
          .node_id = header.node_id,
          .node_name = header.node_name,
          .day = day_of(header.opened),
          .opened = header.opened,
          .first_seq = header.first_seq,
          .last_seq = volume.extent.last_seq,
          .from = volume.from,
          .to = volume.to,
          .reach = volume.reach,
          .complete = volume.extent.complete,
          .finished = header.closed.has_value(),
          .end_reason = volume.end_reason};
}

}  // namespace

struct Transcript::State {
  Shelf shelf;
};

Transcript::Transcript(std::unique_ptr<State> state) : state_{std::move(state)} {
  for (const auto& volume : state_->shelf.volumes()) files_.push_back(told(volume));
}
Transcript::~Transcript() = default;
Transcript::Transcript(Transcript&&) noexcept = default;
Transcript& Transcript::operator=(Transcript&&) noexcept = default;

// A copy is worth the files' own word, not that of the list beside them.
Result<Transcript> Transcript::open(const std::filesystem::path& directory, WallTime now) {
  TRY(shelf, Shelf::open(directory, now, Shelf::Trust::files_only));
  return Transcript{std::make_unique<State>(State{std::move(shelf)})};
}

const std::string& Transcript::unreadable() const { return state_->shelf.unreadable(); }

Result<> Transcript::visit(std::size_t file, std::uint64_t first, const std::function<bool(const Row&)>& visitor) {
  TRY(source, state_->shelf.source(file));
  const auto last = files_[file].last_seq;
  return source->visit(first, [&](const Row& row) { return row.seq <= last && visitor(row); });
}

Result<std::vector<Row>> Transcript::parameters(std::size_t file) {
  TRY(turns, state_->shelf.turns(file));
  std::erase_if(turns, [](const Row& row) { return row.kind != RowKind::deterministic; });
  return turns;
}

}  // namespace cgn::journal
