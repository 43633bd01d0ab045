// SPDX-License-Identifier: Apache-2.0
// The history, written as a log directory.
#include "scale/record.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "journal/day_files.hpp"
#include "journal/schema.hpp"
#include "journal/seal.hpp"
#include "journal/shelf.hpp"

namespace cgn::scale {
namespace {

using journal::Row;
using journal::RowKind;

constexpr const char* kBoot = "a boot that lasted all the time";

// Where each block stands while days go by.
class Days {
 public:
  explicit Days(const Shape& shape) : shape_{shape} {
    for (unsigned block = 0; block < shape.blocks; ++block) cursors_.emplace_back(shape, block);
    held_.resize(shape.blocks, false);
  }

  // The rows of one day in order of seq, which go on from the day before.
  std::vector<Row> rows(unsigned day) {
    rows_.clear();
    begin_ = kBeginMs + day * kDayMs;
    add(turn(RowKind::opened, begin_));
    if (day == 0) add(turn(RowKind::start, begin_));
    for (unsigned block = 0; block < shape_.blocks; ++block) {
      if (held_[block]) add(row(RowKind::continued, block, begin_));
    }
    add(turn(RowKind::complete, begin_));
    collect_events();
    for (const auto& event : events_) add(row(event.kind, event.block, event.at, &event.loan));
    return std::move(rows_);
  }

 private:
  struct Event {
    std::int64_t at;
    unsigned block;
    RowKind kind;
    Loan loan;
  };

  void collect_events() {
    events_.clear();
    const auto end = begin_ + kDayMs;
    for (unsigned block = 0; block < shape_.blocks; ++block) {
      auto& cursor = cursors_[block];
      for (;;) {
        const auto& loan = cursor.now();
        if (!held_[block] && loan.from >= end) break;
        if (!held_[block]) events_.push_back({loan.from, block, RowKind::allocated, loan});
        held_[block] = loan.to >= end;
        if (held_[block]) break;
        events_.push_back({loan.to, block, RowKind::released, loan});
        cursor.next();
      }
    }
    std::ranges::sort(events_, {}, &Event::at);
  }

  static Row turn(RowKind kind, std::int64_t at) {
    Row row{.kind = kind, .wall = journal::from_ms(at), .boot = std::chrono::milliseconds{at - kBeginMs + 1000}};
    if (kind != RowKind::complete) row.detail = kBoot;
    return row;
  }

  [[nodiscard]] Row row(RowKind kind, unsigned block, std::int64_t at, const Loan* of = nullptr) const {
    const auto& loan = of != nullptr ? *of : cursors_[block].now();
    return {.kind = kind,
            .wall = journal::from_ms(at),
            .boot = std::chrono::milliseconds{at - kBeginMs + 1000},
            .external = address_of(block),
            .ports = ports_of(block),
            .subscriber = subscriber_of(loan.who),
            .realm = {},
            .pool = "res-1",
            .allocated = journal::from_ms(loan.from),
            .detail = {}};
  }

  void add(Row row) {
    row.seq = ++seq_;
    rows_.push_back(std::move(row));
  }

  const Shape& shape_;
  std::vector<Loans> cursors_;
  std::vector<bool> held_;
  std::uint64_t seq_ = 0;
  std::int64_t begin_ = 0;
  std::vector<Row> rows_;
  std::vector<Event> events_;
};

class Binder {
 public:
  explicit Binder(std::filesystem::path directory) : directory_{std::move(directory)} {}

  Result<> bind(unsigned day, const std::vector<Row>& rows) {
    const auto opened = journal::from_ms(kBeginMs + day * kDayMs);
    const auto name = journal::day_of(opened) + ".cgnlog";
    const journal::Header header{.node_id = 7,
                                 .node_name = "cgn-ber-1",
                                 .opened = opened,
                                 .closed = opened + std::chrono::milliseconds{kDayMs},
                                 .first_seq = rows.front().seq,
                                 .previous = previous_,
                                 .previous_link = link_,
                                 .heartbeat = std::chrono::seconds{10},
                                 .retention = std::chrono::days{731}};
    const auto path = journal::sealed_name(directory_ / name);
    TRY(report, journal::seal(path, header, [&rows](const journal::RowVisitor& visitor) -> Result<> {
          for (const auto& row : rows) {
            if (!visitor(row)) break;
          }
          return {};
        }));
    previous_ = name;
    link_ = report.last_link;
    written_.rows += report.rows;
    written_.bytes += std::filesystem::file_size(path);
    ++written_.files;
    return {};
  }
  [[nodiscard]] const Written& written() const { return written_; }

 private:
  std::filesystem::path directory_;
  std::string previous_;
  journal::Link link_{};
  Written written_;
};

}  // namespace

Result<Written> write_record(const Shape& shape, const std::filesystem::path& directory) {
  const auto begin = std::chrono::steady_clock::now();
  std::filesystem::create_directories(directory);
  Days days{shape};
  Binder binder{directory};
  for (unsigned day = 0; day < shape.days; ++day) {
    const auto rows = days.rows(day);
    if (!shape.lost.contains(day)) TRY_VOID(binder.bind(day, rows));
    if ((day + 1) * 10 / shape.days != day * 10 / shape.days) {
      std::fprintf(stderr, "written: %u of %u days\n", day + 1, shape.days);
    }
  }
  TRY_VOID(journal::sync_directory(directory));
  TRY_VOID(journal::refresh_catalogue(directory, journal::from_ms(shape.end_ms())));
  auto written = binder.written();
  written.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return written;
}

}  // namespace cgn::scale
