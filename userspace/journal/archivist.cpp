// SPDX-License-Identifier: Apache-2.0
// What becomes of the record after it was written: heads signed, closed files sealed, old ones deleted.
#include "journal/archivist.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "journal/attestation.hpp"
#include "journal/day_files.hpp"
#include "journal/sealer.hpp"
#include "journal/shelf.hpp"
#include "journal/source.hpp"

namespace cgn::journal {
namespace {

// How often a head is signed while rows arrive, and sealing and deleting are looked after.
constexpr auto kEvery = std::chrono::seconds{60};

// Nothing here is urgent. Where it is not allowed it is as it is.
void be_modest() {
  constexpr int kProcess = 1;
  constexpr int kIdleClass = 3 << 13;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 10);
  ::syscall(SYS_ioprio_set, kProcess, 0, kIdleClass);
}

}  // namespace

Archivist::Archivist(const WriterOptions& options, std::optional<SigningKey> key, ClockFunction clock)
    : options_{options}, key_{std::move(key)}, clock_{std::move(clock)}, thread_{[this] { run(); }} {}

Archivist::~Archivist() {
  if (thread_.joinable()) stop({});
}

void Archivist::tell(const Standing& standing) {
  bool turned = false;
  {
    const std::lock_guard lock{mutex_};
    turned = standing.file != standing_.file;
    due_ = due_ || turned;
    standing_ = standing;
  }
  if (turned) told_.notify_one();
}

std::vector<Note> Archivist::take_notes() {
  const std::lock_guard lock{mutex_};
  std::vector<Note> notes;
  if (notes_ != Notes::wanted) return notes;
  notes_ = Notes::taken;
  for (const auto& doomed : doomed_) notes.push_back(doomed.note);
  return notes;
}

void Archivist::settle(bool durable) {
  {
    const std::lock_guard lock{mutex_};
    notes_ = durable ? Notes::durable : Notes::none;
  }
  told_.notify_one();
}

void Archivist::stop(const Standing& standing) {
  {
    const std::lock_guard lock{mutex_};
    if (standing.seq > 0) standing_ = standing;
    stopping_ = true;
  }
  told_.notify_one();
  thread_.join();
}

std::string Archivist::trouble() const {
  const std::lock_guard lock{mutex_};
  return trouble_;
}

void Archivist::run() {
  be_modest();
  for (bool last = false; !last;) {
    Standing standing;
    std::vector<Doomed> noted;
    {
      std::unique_lock lock{mutex_};
      told_.wait_for(lock, kEvery, [this] { return stopping_ || due_ || notes_ == Notes::durable; });
      last = stopping_;
      due_ = false;
      standing = standing_;
      if (notes_ == Notes::durable) noted = std::exchange(doomed_, {});
      if (notes_ == Notes::durable) notes_ = Notes::none;
    }
    delete_noted(std::move(noted), standing.holds);
    if (standing.seq == 0) continue;
    sign_head(standing);
    if (!last) work(standing);
  }
}

void Archivist::work(const Standing& standing) {
  auto trouble = seal(standing);
  doom_old_files(standing);
  // Only speed hangs on it.
  (void)refresh_catalogue(options_.directory, clock_().wall);
  const std::lock_guard lock{mutex_};
  trouble_ = std::move(trouble);
}

void Archivist::sign_head(const Standing& standing) {
  if (!key_ || standing.seq == signed_seq_) return;
  const Head head{.node_id = options_.node_id,
                  .seq = standing.seq,
                  .link = hex_of(standing.link),
                  .wall_ms = standing.wall.time_since_epoch().count()};
  if (append_head(options_.directory, head, *key_)) signed_seq_ = standing.seq;
}

std::string Archivist::seal(const Standing& standing) {
  if (!options_.sealing) return {};
  const auto report = seal_closed(options_.directory, standing.file, key_ ? &*key_ : nullptr);
  // What a signed file holds needs no signed head any more.
  if (key_ && !report.sealed.empty()) {
    if (const auto source = Source::open(options_.directory / standing.file)) {
      (void)drop_heads_before(options_.directory, source->header().first_seq);
    }
  }
  return report.troubles.empty() ? std::string{} : report.troubles.front();
}

// The newest two files are what a start of the writer needs.
void Archivist::doom_old_files(const Standing& standing) {
  if (options_.retention.count() <= 0) return;
  const auto paths = list_day_files(options_.directory);
  if (!paths || paths->size() <= 2) return;
  std::vector<Doomed> doomed;
  for (const auto& path : *paths) {
    if (!is_sealed_name(path)) continue;
    if (auto one = doom(path, standing); one && *one) doomed.push_back(std::move(**one));
  }
  const std::lock_guard lock{mutex_};
  if (doomed.empty() || notes_ != Notes::none) return;
  doomed_ = std::move(doomed);
  notes_ = Notes::wanted;
}

Result<std::optional<Archivist::Doomed>> Archivist::doom(const std::filesystem::path& path,
                                                         const Standing& standing) const {
  const auto now = clock_();
  TRY(source, Source::open(path));
  const auto& header = source.header();
  const auto closed = header.closed.value_or(now.wall);
  const bool kept = closed + std::chrono::duration_cast<std::chrono::milliseconds>(options_.retention) > now.wall;
  if (kept || standing.holds.cover(header.opened, closed)) return std::optional<Doomed>{};
  TRY(digest, digest_of(path));
  const nlohmann::json detail = {{"file", path.filename().string()},
                                 {"first_seq", header.first_seq},
                                 {"last_seq", header.last_seq.value_or(0)},
                                 {"last_link", hex_of(header.last_link)},
                                 {"sha256", digest}};
  Note note{.kind = NoteKind::deletion, .detail = detail.dump(), .at = now};
  return std::optional<Doomed>{Doomed{path, header.opened, closed, std::move(note)}};
}

void Archivist::delete_noted(std::vector<Doomed> noted, const Holds& holds) const {
  std::error_code error;
  for (const auto& doomed : noted) {
    if (holds.cover(doomed.from, doomed.to)) continue;  // a hold came in between
    std::filesystem::remove(doomed.path, error);
    std::filesystem::remove(attestation_of(doomed.path), error);
  }
  if (!noted.empty()) (void)sync_directory(options_.directory);
}

}  // namespace cgn::journal
