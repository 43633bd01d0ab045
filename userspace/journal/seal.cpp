// SPDX-License-Identifier: Apache-2.0
// From the rows of a closed log file to its sealed form.
#include "journal/seal.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>
#include <unordered_map>

#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/many_rows.hpp"
#include "journal/schema.hpp"
#include "journal/sealed_schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

// A row about a block, as it waits to be written: numbers as they came, then numbers of the file.
struct Packed {
  std::uint32_t address;
  std::uint32_t cut;
  std::int32_t ms;
  std::uint32_t seq;
  std::uint32_t subscriber;
  std::uint32_t sort;
  std::int64_t age;
};

// Gives what it is shown a number, first come, first served; in the file numbers are in the order of the keys.
template <class Key, class Hash = std::hash<Key>>
class Dictionary {
 public:
  std::uint32_t operator()(const Key& key) {
    if (newest_ < keys_.size() && keys_[newest_] == key) return newest_;
    const auto [found, fresh] = numbers_.try_emplace(key, static_cast<std::uint32_t>(keys_.size()));
    if (fresh) keys_.push_back(key);
    return newest_ = found->second;
  }
  [[nodiscard]] const Key& operator[](std::uint32_t number) const { return keys_[number]; }
  // The numbers in the order of what they stand for.
  template <class Before>
  [[nodiscard]] std::vector<std::uint32_t> ordered(Before before) const {
    std::vector<std::uint32_t> numbers(keys_.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    std::ranges::sort(numbers, [&](auto a, auto b) { return before(keys_[a], keys_[b]); });
    return numbers;
  }

 private:
  std::unordered_map<Key, std::uint32_t, Hash> numbers_;
  std::vector<Key> keys_;
  std::uint32_t newest_ = 0;
};

// What is at place n of the order has number n in the file.
std::vector<std::uint32_t> ranks(const std::vector<std::uint32_t>& ordered) {
  std::vector<std::uint32_t> ranks(ordered.size());
  for (std::uint32_t rank = 0; rank < ordered.size(); ++rank) ranks[ordered[rank]] = rank;
  return ranks;
}

// Kind, pool, and by how much the wall clock is ahead of the time since boot.
struct Sort {
  std::int64_t kind;
  std::uint32_t pool;
  std::int64_t clock;
  friend bool operator==(const Sort&, const Sort&) = default;
  struct Hash {
    std::size_t operator()(const Sort& sort) const {
      return std::hash<std::int64_t>{}(sort.clock * 1024 + sort.kind * 32 + std::int64_t{sort.pool});
    }
  };
};

class Sealing {
 public:
  explicit Sealing(Header header) : header_{std::move(header)}, chain_{header_.previous_link} {
    header_.schema = kSealedSchema;
    header_.base = std::chrono::floor<std::chrono::days>(header_.opened);
    reach_ = header_.opened;
    if (header_.last_seq && *header_.last_seq >= header_.first_seq) {
      packed_.reserve(std::min(kRowsBelieved, *header_.last_seq - header_.first_seq + 1));
    }
  }

  // False when the row is not the one that must come.
  bool take(const Row& row) {
    if (row.seq != header_.first_seq + count_) return false;
    ++count_;
    chain_.add(row);
    if (row.seq % kLinkEvery == 0) links_.push_back({row.seq, chain_.link()});
    if (about_block(row.kind)) {
      widths_.insert(row.ports.count());
      reach_ = std::min(reach_, row.wall);
    }
    // Whether it is the last row is known when another one comes.
    if (count_ > 1) put(std::move(last_));
    last_ = row;
    return true;
  }

  void finish() {
    header_.last_seq = header_.first_seq - 1 + count_;
    header_.last_link = chain_.link();
    if (count_ == 0) return;
    if (links_.empty() || links_.back().seq != *header_.last_seq) links_.push_back({*header_.last_seq, chain_.link()});
    // The last row stands where it is found without a search.
    others_.push_back(std::move(last_));
  }

  [[nodiscard]] Result<> write(const Database& db) {
    TRY_VOID(db.execute("BEGIN IMMEDIATE;" + sealed_tables_sql()));
    TRY_VOID(write_header(db, header_));
    TRY_VOID(write_dictionaries(db));
    TRY_VOID(write_blocks(db));
    TRY_VOID(write_others(db));
    TRY_VOID(write_marks(db));
    return db.execute(sealed_views_sql() + "COMMIT");
  }

  [[nodiscard]] SealReport report() const { return {count_, chain_.link()}; }

 private:
  void put(Row row) {
    if (!pack(row)) others_.push_back(std::move(row));
  }

  bool pack(const Row& row) {
    if (!about_block(row.kind) || !row.detail.empty()) return false;
    const auto ms = (row.wall - header_.base).count();
    const auto seq = row.seq - header_.first_seq;
    if (ms != static_cast<std::int32_t>(ms) || seq > std::numeric_limits<std::uint32_t>::max()) return false;
    packed_.push_back({.address = addresses_(row.external.host()),
                       .cut = cuts_(std::uint32_t{row.ports.first.value()} << 16 | row.ports.last.value()),
                       .ms = static_cast<std::int32_t>(ms),
                       .seq = static_cast<std::uint32_t>(seq),
                       .subscriber = number_of(row.subscriber, row.realm),
                       .sort = sort_of(row),
                       .age = (row.wall - row.allocated).count()});
    return true;
  }

  std::uint32_t number_of(const Prefix& prefix, const std::string& realm) {
    return subscribers_(std::uint64_t{prefix.address().host()} << 32 | std::uint64_t{prefix.length()} << 16 |
                        realms_(realm));
  }

  std::uint32_t sort_of(const Row& row) {
    const auto clock = to_ms(row.wall) - row.boot.count();
    return sorts_({static_cast<std::int64_t>(row.kind), pools_(row.pool), clock});
  }

  Result<> write_dictionaries(const Database& db);
  Result<> write_blocks(const Database& db);
  Result<> write_held(const Database& db);
  Result<> write_others(const Database& db) const;
  Result<> write_marks(const Database& db) const;

  Header header_;
  Chain chain_;
  std::uint64_t count_ = 0;
  std::vector<Packed> packed_;
  std::vector<Row> others_;
  std::vector<KeptLink> links_;
  std::set<unsigned> widths_;
  WallTime reach_{};
  Row last_{};

  Dictionary<std::string> realms_, pools_;
  Dictionary<std::uint32_t> addresses_, cuts_;  // a cut: first and last port in one number
  Dictionary<std::uint64_t> subscribers_;       // address, length and realm in one number
  Dictionary<Sort, Sort::Hash> sorts_;
};

Result<> Sealing::write_dictionaries(const Database& db) {
  const auto by_value = [](const auto& a, const auto& b) { return a < b; };
  const auto address_order = addresses_.ordered(by_value);
  TRY(address, db.prepare("INSERT INTO addresses VALUES (?1, ?2)"));
  for (std::int64_t rank = 0; const auto number : address_order) {
    address.bind(1, rank++);
    address.bind(2, std::int64_t{addresses_[number]});
    TRY_VOID(address.run());
  }
  const auto cut_order = cuts_.ordered(by_value);
  TRY(cut, db.prepare("INSERT INTO cuts VALUES (?1, ?2, ?3)"));
  for (std::int64_t rank = 0; const auto number : cut_order) {
    cut.bind(1, rank++);
    cut.bind(2, std::int64_t{cuts_[number] >> 16});
    cut.bind(3, std::int64_t{cuts_[number] & 0xffff});
    TRY_VOID(cut.run());
  }
  const auto sort_order = sorts_.ordered([this](const Sort& a, const Sort& b) {
    return std::tie(a.kind, pools_[a.pool], a.clock) < std::tie(b.kind, pools_[b.pool], b.clock);
  });
  TRY(sort, db.prepare("INSERT INTO sorts VALUES (?1, ?2, ?3, ?4)"));
  for (std::int64_t rank = 0; const auto number : sort_order) {
    sort.bind(1, rank++);
    sort.bind(2, sorts_[number].kind);
    bind_text(sort, 3, pools_[sorts_[number].pool]);
    sort.bind(4, sorts_[number].clock);
    TRY_VOID(sort.run());
  }
  const auto subscriber_order = subscribers_.ordered([this](std::uint64_t a, std::uint64_t b) {
    return a >> 16 != b >> 16 ? a < b : realms_[a & 0xffff] < realms_[b & 0xffff];
  });
  TRY(subscriber, db.prepare("INSERT INTO subscribers VALUES (?1, ?2, ?3, ?4)"));
  for (std::int64_t rank = 0; const auto number : subscriber_order) {
    const auto key = subscribers_[number];
    subscriber.bind(1, rank++);
    subscriber.bind(2, static_cast<std::int64_t>(key >> 32));
    subscriber.bind(3, static_cast<std::int64_t>(key >> 16 & 0xffff));
    bind_text(subscriber, 4, realms_[key & 0xffff]);
    TRY_VOID(subscriber.run());
  }
  const auto address_ranks = ranks(address_order);
  const auto cut_ranks = ranks(cut_order);
  const auto sort_ranks = ranks(sort_order);
  const auto subscriber_ranks = ranks(subscriber_order);
  for (auto& p : packed_) {
    p.address = address_ranks[p.address];
    p.cut = cut_ranks[p.cut];
    p.sort = sort_ranks[p.sort];
    p.subscriber = subscriber_ranks[p.subscriber];
  }
  return {};
}

Result<> Sealing::write_blocks(const Database& db) {
  std::ranges::sort(packed_, [](const Packed& a, const Packed& b) {
    return std::tie(a.address, a.cut, a.ms, a.seq) < std::tie(b.address, b.cut, b.ms, b.seq);
  });
  ManyRows<7> rows{db, "blocks"};
  for (const auto& p : packed_) TRY_VOID(rows.add({p.address, p.cut, p.ms, p.seq, p.subscriber, p.sort, p.age}));
  TRY_VOID(rows.finish());
  return write_held(db);
}

Result<> Sealing::write_held(const Database& db) {
  using Held = std::array<std::uint32_t, 3>;
  std::vector<Held> held;
  held.reserve(packed_.size());
  for (const auto& p : packed_) {
    const Held one{p.subscriber, p.address, p.cut};
    if (held.empty() || held.back() != one) held.push_back(one);
  }
  packed_ = {};
  std::ranges::sort(held);
  held.erase(std::unique(held.begin(), held.end()), held.end());
  ManyRows<3> rows{db, "held"};
  for (const auto& [subscriber, address, block] : held) TRY_VOID(rows.add({subscriber, address, block}));
  return rows.finish();
}

Result<> Sealing::write_others(const Database& db) const {
  TRY(insert, db.prepare(insert_row_sql("others")));
  for (const auto& row : others_) {
    bind_row(insert, row);
    TRY_VOID(insert.run());
  }
  return {};
}

Result<> Sealing::write_marks(const Database& db) const {
  TRY(link, db.prepare("INSERT INTO links VALUES (?1, ?2)"));
  for (const auto& kept : links_) {
    link.bind(1, static_cast<std::int64_t>(kept.seq));
    link.bind(2, std::span<const std::byte>{kept.link});
    TRY_VOID(link.run());
  }
  TRY(width, db.prepare("INSERT INTO widths VALUES (?1)"));
  for (const auto count : widths_) {
    width.bind(1, std::int64_t{count});
    TRY_VOID(width.run());
  }
  if (reach_ == header_.opened) return {};
  TRY(reach, db.prepare("INSERT INTO reach VALUES (?1)"));
  reach.bind(1, to_ms(reach_));
  return reach.run();
}

Result<SealReport> write(const fs::path& draft, const fs::path& to, Header header, const RowFeed& feed) {
  Sealing sealing{std::move(header)};
  std::uint64_t wrong = 0;
  TRY_VOID(feed([&](const Row& row) {
    if (!sealing.take(row)) wrong = row.seq;
    return wrong == 0;
  }));
  if (wrong != 0) return fail("row " + std::to_string(wrong) + " does not follow the row before it");
  sealing.finish();
  TRY(db, Database::open(draft, Database::Mode::create));
  // Nobody misses a draft: no journal, no sync. What it is copied into in full pages is synced.
  TRY_VOID(db.execute("PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"));
  TRY_VOID(sealing.write(db));
  TRY(vacuum, db.prepare("VACUUM INTO ?1"));
  vacuum.bind(1, std::string_view{to.native()});
  TRY_VOID(vacuum.run());
  TRY_VOID(sync_file(to));
  return sealing.report();
}

}  // namespace

Result<SealReport> seal(const fs::path& to, Header header, const RowFeed& feed) {
  const fs::path draft = to.string() + ".draft";
  std::error_code error;
  fs::remove(draft, error);
  fs::remove(to, error);
  auto report = write(draft, to, std::move(header), feed);
  fs::remove(draft, error);
  if (!report) fs::remove(to, error);
  return report;
}

}  // namespace cgn::journal
