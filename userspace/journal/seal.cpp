// SPDX-License-Identifier: Apache-2.0
// From the rows of a closed log file to its sealed form.
#include "journal/seal.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "journal/day_files.hpp"
#include "journal/schema.hpp"
#include "journal/sealed_schema.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

// A row about a block, as it waits to be written.
struct Packed {
  std::uint32_t external;
  std::uint16_t first;
  std::uint16_t last;
  std::int32_t ms;
  std::uint32_t seq;
  std::uint32_t subscriber;
  std::uint32_t sort;
  std::int64_t age;
};

using Cut = std::pair<std::uint16_t, std::uint16_t>;

// Gives what it is shown a number, first come, first served; afterwards numbers in the order of the keys.
template <class Key>
class Dictionary {
 public:
  std::uint32_t operator()(const Key& key) {
    return numbers_.try_emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  // What was given number n has number order()[n] in the file.
  [[nodiscard]] std::vector<std::uint32_t> order() const {
    std::vector<std::uint32_t> order(numbers_.size());
    for (std::uint32_t rank = 0; const auto& [key, number] : numbers_) order[number] = rank++;
    return order;
  }
  [[nodiscard]] const auto& keys() const { return numbers_; }

 private:
  std::map<Key, std::uint32_t> numbers_;
};

class Sealing {
 public:
  explicit Sealing(Header header) : header_{std::move(header)}, chain_{header_.previous_link} {
    header_.schema = kSealedSchema;
    header_.base = std::chrono::floor<std::chrono::days>(header_.opened);
    reach_ = header_.opened;
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
    last_ = row;
    last_is_packed_ = pack(row);
    if (!last_is_packed_) others_.push_back(row);
    return true;
  }

  void finish() {
    header_.last_seq = header_.first_seq - 1 + count_;
    header_.last_link = chain_.link();
    if (count_ == 0) return;
    if (links_.empty() || links_.back().seq != *header_.last_seq) links_.push_back({*header_.last_seq, chain_.link()});
    // The last row stands where it is found without a search.
    if (last_is_packed_) {
      packed_.pop_back();
      others_.push_back(last_);
    }
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
  bool pack(const Row& row) {
    if (!about_block(row.kind) || !row.detail.empty()) return false;
    const auto ms = (row.wall - header_.base).count();
    const auto seq = row.seq - header_.first_seq;
    if (ms != static_cast<std::int32_t>(ms) || seq > std::numeric_limits<std::uint32_t>::max()) return false;
    packed_.push_back({.external = row.external.host(),
                       .first = row.ports.first.value(),
                       .last = row.ports.last.value(),
                       .ms = static_cast<std::int32_t>(ms),
                       .seq = static_cast<std::uint32_t>(seq),
                       .subscriber = number_of(row.subscriber, row.realm),
                       .sort = sort_of(row),
                       .age = (row.wall - row.allocated).count()});
    return true;
  }

  std::uint32_t number_of(const Prefix& prefix, const std::string& realm) {
    const auto key =
        std::uint64_t{prefix.address().host()} << 32 | std::uint64_t{prefix.length()} << 16 | realms_(realm);
    const auto [found, fresh] = subscribers_.try_emplace(key, static_cast<std::uint32_t>(subscribers_.size()));
    return found->second;
  }

  std::uint32_t sort_of(const Row& row) {
    const auto clock = to_ms(row.wall) - row.boot.count();
    return sorts_({static_cast<std::int64_t>(row.kind), row.pool, clock});
  }

  Result<> write_dictionaries(const Database& db);
  Result<> write_subscribers(const Database& db);
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
  bool last_is_packed_ = false;

  Dictionary<std::string> realms_;
  Dictionary<std::tuple<std::int64_t, std::string, std::int64_t>> sorts_;
  std::unordered_map<std::uint64_t, std::uint32_t> subscribers_;  // address, length and realm in one number
  // From numbers as they came to numbers of the file.
  std::unordered_map<std::uint32_t, std::uint32_t> address_ranks_;
  std::map<Cut, std::uint32_t> cut_ranks_;
};

Result<> Sealing::write_dictionaries(const Database& db) {
  for (const auto& p : packed_) {
    address_ranks_.try_emplace(p.external, 0);
    cut_ranks_.try_emplace({p.first, p.last}, 0);
  }
  std::vector<std::uint32_t> addresses;
  for (const auto& [address, rank] : address_ranks_) addresses.push_back(address);
  std::ranges::sort(addresses);
  TRY(address, db.prepare("INSERT INTO addresses VALUES (?1, ?2)"));
  for (std::uint32_t rank = 0; rank < addresses.size(); ++rank) {
    address_ranks_[addresses[rank]] = rank;
    address.bind(1, std::int64_t{rank});
    address.bind(2, std::int64_t{addresses[rank]});
    TRY_VOID(address.run());
  }
  TRY(cut, db.prepare("INSERT INTO cuts VALUES (?1, ?2, ?3)"));
  for (std::uint32_t next = 0; auto& [ports, rank] : cut_ranks_) {
    rank = next++;
    cut.bind(1, std::int64_t{rank});
    cut.bind(2, std::int64_t{ports.first});
    cut.bind(3, std::int64_t{ports.second});
    TRY_VOID(cut.run());
  }
  TRY(sort, db.prepare("INSERT INTO sorts VALUES (?1, ?2, ?3, ?4)"));
  const auto sort_order = sorts_.order();
  for (const auto& [key, number] : sorts_.keys()) {
    sort.bind(1, std::int64_t{sort_order[number]});
    sort.bind(2, std::get<0>(key));
    bind_text(sort, 3, std::get<1>(key));
    sort.bind(4, std::get<2>(key));
    TRY_VOID(sort.run());
  }
  for (auto& p : packed_) p.sort = sort_order[p.sort];
  return write_subscribers(db);
}

Result<> Sealing::write_subscribers(const Database& db) {
  struct Known {
    std::uint64_t key;
    std::uint32_t number;
  };
  std::vector<Known> known;
  known.reserve(subscribers_.size());
  for (const auto& [key, number] : subscribers_) known.push_back({key, number});
  std::vector<std::string> realms(realms_.keys().size());
  for (const auto& [name, number] : realms_.keys()) realms[number] = name;
  std::ranges::sort(known, [&](const Known& a, const Known& b) {
    if (a.key >> 16 != b.key >> 16) return a.key < b.key;
    return realms[a.key & 0xffff] < realms[b.key & 0xffff];
  });
  std::vector<std::uint32_t> ranks(known.size());
  TRY(insert, db.prepare("INSERT INTO subscribers VALUES (?1, ?2, ?3, ?4)"));
  for (std::uint32_t rank = 0; rank < known.size(); ++rank) {
    const auto key = known[rank].key;
    ranks[known[rank].number] = rank;
    insert.bind(1, std::int64_t{rank});
    insert.bind(2, static_cast<std::int64_t>(key >> 32));
    insert.bind(3, static_cast<std::int64_t>(key >> 16 & 0xffff));
    bind_text(insert, 4, realms[key & 0xffff]);
    TRY_VOID(insert.run());
  }
  for (auto& p : packed_) p.subscriber = ranks[p.subscriber];
  return {};
}

Result<> Sealing::write_blocks(const Database& db) {
  std::ranges::sort(packed_, [](const Packed& a, const Packed& b) {
    return std::tie(a.external, a.first, a.last, a.ms, a.seq) < std::tie(b.external, b.first, b.last, b.ms, b.seq);
  });
  TRY(insert, db.prepare("INSERT INTO blocks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  Cut cut{1, 0};  // not one that occurs
  for (const auto& p : packed_) {
    if (cut != Cut{p.first, p.last}) {
      cut = {p.first, p.last};
      insert.bind(2, std::int64_t{cut_ranks_.at(cut)});
    }
    insert.bind(1, std::int64_t{address_ranks_.at(p.external)});
    insert.bind(3, std::int64_t{p.ms});
    insert.bind(4, std::int64_t{p.seq});
    insert.bind(5, std::int64_t{p.subscriber});
    insert.bind(6, std::int64_t{p.sort});
    insert.bind(7, p.age);
    TRY_VOID(insert.run());
  }
  return write_held(db);
}

Result<> Sealing::write_held(const Database& db) {
  using Held = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
  std::vector<Held> held;
  for (const auto& p : packed_) {
    const Held one{p.subscriber, address_ranks_.at(p.external), cut_ranks_.at({p.first, p.last})};
    if (held.empty() || held.back() != one) held.push_back(one);
  }
  packed_ = {};
  std::ranges::sort(held);
  held.erase(std::unique(held.begin(), held.end()), held.end());
  TRY(insert, db.prepare("INSERT INTO held VALUES (?1, ?2, ?3)"));
  for (const auto& [subscriber, address, block] : held) {
    insert.bind(1, std::int64_t{subscriber});
    insert.bind(2, std::int64_t{address});
    insert.bind(3, std::int64_t{block});
    TRY_VOID(insert.run());
  }
  return {};
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
