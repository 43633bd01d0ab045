// SPDX-License-Identifier: Apache-2.0
// One file's rows, walked from the first to the last, and compared with the links that are known of them.
#include "journal/walk.hpp"

#include <algorithm>
#include <set>

#include "journal/chain.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace {

// More of one kind would only repeat that the file is not what it was.
constexpr std::size_t kMostFindings = 20;

class Walk {
 public:
  Walk(const Source& source, const WalkBounds& bounds, std::vector<Finding>& findings)
      : source_{source},
        bounds_{bounds},
        findings_{findings},
        chain_{source.header().previous_link},
        expected_{source.header().first_seq},
        good_{expected_ - 1} {}

  [[nodiscard]] Walked run() {
    if (auto read = look(); !read) give_up(read.error());
    return std::move(walked_);
  }

 private:
  [[nodiscard]] Result<> look() {
    // Else rows that are written between the two looks would stand without their link.
    TRY_VOID(source_.hold_still());
    TRY(links, source_.links());
    links_ = std::move(links);
    TRY_VOID(source_.visit(0, [this](const Row& row) {
      if (row.seq >= bounds_.end) return false;
      take(row);
      return true;
    }));
    finish();
    if (!source_.sealed()) return compare_marks();
    return {};
  }

  // What SQLite itself cannot make sense of: from the last row that was as written to the end that the file claims.
  void give_up(const Error& error) {
    walked_.last_seq = std::max(expected_ - 1, source_.header().last_seq.value_or(0));
    walked_.last_link.reset();
    say(good_ + 1, std::max(good_ + 1, walked_.last_seq), "it cannot be read whole: " + error.what);
  }

  void say(std::uint64_t first, std::uint64_t last, std::string what) {
    if (++said_ > kMostFindings) return;
    findings_.push_back({source_.path().filename().string(), first, last, std::move(what)});
  }

  void take(const Row& row) {
    if (row.seq > expected_) {
      say(expected_, row.seq - 1, row.seq - expected_ == 1 ? "a row is missing" : "rows are missing");
      sound_ = false;
    } else if (row.seq < expected_) {
      say(row.seq, row.seq, "a row stands twice, or not in its order");
      sound_ = false;
      return;
    }
    expected_ = row.seq + 1;
    chain_.add(row);
    ++walked_.rows;
    compare_link(row.seq);
    compare_head(row.seq);
    note(row);
  }

  void compare_link(std::uint64_t seq) {
    while (next_ < links_.size() && links_[next_].seq < seq) ++next_;  // their rows are missing
    if (next_ == links_.size() || links_[next_].seq != seq) return;
    const auto& kept = links_[next_++];
    if (sound_ && kept.link != chain_.link()) say(good_ + 1, seq, "a row was changed, or its link was");
    if (kept.link != chain_.link()) chain_ = Chain{kept.link};
    sound_ = true;
    good_ = seq;
  }

  // The chain may be sound in itself and not be the one that was written.
  void compare_head(std::uint64_t seq) {
    for (; next_head_ < bounds_.heads.size() && bounds_.heads[next_head_].seq <= seq; ++next_head_) {
      const auto& head = bounds_.heads[next_head_];
      if (head.seq < seq || !sound_) continue;
      if (head.link == hex_of(chain_.link())) {
        walked_.signed_seq = seq;
        continue;
      }
      say(walked_.signed_seq + 1, seq, "rows were changed and the chain made anew: the node signed another one");
      next_head_ = bounds_.heads.size();  // the later ones would only say it again
      return;
    }
  }

  void note(const Row& row) {
    if (row.kind == RowKind::deletion || row.kind == RowKind::gap) walked_.notes.push_back(row);
    if (!about_block(row.kind)) return;
    widths_.insert(row.ports.count());
    earliest_ = std::min(earliest_.value_or(row.wall), row.wall);
  }

  void finish() {
    const auto& header = source_.header();
    walked_.last_seq = expected_ - 1;
    const bool linked = walked_.rows == 0 || good_ == walked_.last_seq;
    if (!linked && sound_) say(good_ + 1, walked_.last_seq, "rows stand without a link");
    if (header.last_seq && *header.last_seq > walked_.last_seq && *header.last_seq < bounds_.end) {
      say(expected_, *header.last_seq, "the last rows are missing");
      sound_ = false;
    }
    if (source_.sealed() && said_ == 0 && header.last_link != chain_.link()) {
      say(walked_.last_seq, walked_.last_seq, "the last link is not the one that the file's header says");
    }
    if (sound_ && linked) walked_.last_link = chain_.link();
  }

  // Small tables that tell look-ups how far to look: without a right one they would miss rows.
  [[nodiscard]] Result<> compare_marks() {
    TRY(db, Database::open(source_.path(), source_.has_wal() ? Database::Mode::read : Database::Mode::immutable));
    TRY(widths, db.prepare("SELECT count FROM widths"));
    auto missing = widths_;
    for (;;) {
      TRY(more, widths.step());
      if (!more) break;
      missing.erase(static_cast<unsigned>(widths.integer(0)));
    }
    for (const auto width : missing) say(0, 0, "the table of block sizes lacks " + std::to_string(width));
    TRY(reach, source_.reach());
    const auto reached = reach.value_or(source_.header().opened);
    if (earliest_ && *earliest_ < reached) say(0, 0, "the table of early rows lacks the earliest");
    TRY(check, db.prepare("PRAGMA integrity_check(1)"));
    TRY(found, check.step());
    if (!found || check.text(0) != "ok") say(0, 0, "an index does not show what its table holds: " + check.text(0));
    return {};
  }

  const Source& source_;
  WalkBounds bounds_;
  std::vector<Finding>& findings_;
  Chain chain_;
  std::uint64_t expected_;
  std::uint64_t good_;  // up to here the chain is as kept
  std::vector<KeptLink> links_;
  std::size_t next_ = 0;
  std::size_t next_head_ = 0;
  bool sound_ = true;       // since then no row was missing
  std::size_t said_ = 0;
  std::set<unsigned> widths_;
  std::optional<WallTime> earliest_;
  Walked walked_;
};

}  // namespace

Walked walk(const Source& source, const WalkBounds& bounds, std::vector<Finding>& findings) {
  return Walk{source, bounds, findings}.run();
}

}  // namespace cgn::journal
