// SPDX-License-Identifier: Apache-2.0
// The sealed form, asked.
//
// What        Rows about blocks are numbers that dictionaries explain. Look-ups join them in the order written here (CROSS
//             JOIN keeps SQLite to it); a reading of the whole file explains them itself, from dictionaries in memory.
#include <algorithm>
#include <limits>
#include <optional>

#include "journal/form.hpp"
#include "journal/schema.hpp"
#include "journal/sealed_schema.hpp"

namespace cgn::journal {
namespace {

// Of a day, in a busy network.
constexpr std::size_t kRowsOfAddress = 2048;

std::string select_others(std::string_view where) {
  return "SELECT " + std::string{kRowColumns} + " FROM others WHERE " + std::string{where};
}

// Rows about blocks, and what their numbers stand for.
std::string select_explained(std::string_view blocks, std::string_view where) {
  return "SELECT e.seq, k.kind, e.ms, k.clock_ms, a.external, c.first, c.last, s.address, s.length, s.realm, k.pool, "
         "e.age FROM " +
         std::string{blocks} + " CROSS JOIN sorts k CROSS JOIN subscribers s WHERE " + std::string{where} +
         " AND k.id = e.sort AND s.id = e.subscriber";
}

class SealedForm final : public Form {
 public:
  SealedForm(const Database& db, const Header& header)
      : db_{db},
        first_seq_{header.first_seq},
        rows_{static_cast<std::int64_t>(header.last_seq.value_or(0) - header.first_seq + 1)},
        base_ms_{to_ms(header.base)} {}

  Result<std::optional<Row>> last_row() override;
  Result<std::vector<Row>> turns() override;
  Result<> visit(std::uint64_t first, const RowVisitor&) override;
  Result<std::vector<Row>> rows(Ipv4 external, const std::optional<PortRange>& ports) override;
  Result<std::vector<Row>> rows(const Prefix& subscriber) override;
  Result<std::vector<Row>> identities(const Prefix& subscriber) override {
    return read_identities(identities_, subscriber);
  }
  Result<std::vector<Row>> rows_of_identity(const std::string& id) override;
  Result<std::vector<KeptLink>> links() override { return read_links(db_, "SELECT seq, hash FROM links ORDER BY 1"); }

 private:
  // What the numbers of a row stand for.
  struct Explained {
    std::int64_t seq, kind, ms, clock_ms, age;
    Row row;
  };
  struct Sort {
    RowKind kind;
    std::string pool;
    std::int64_t clock_ms;
  };
  struct Named {
    Prefix prefix;
    std::string realm;
  };
  // A row of `blocks`.
  struct Packed {
    std::int64_t seq, ms, age;
    std::uint32_t address, block, subscriber, sort;
  };

  [[nodiscard]] Row finish(Explained) const;
  [[nodiscard]] Result<> add_explained(Statement&, std::vector<Row>&) const;
  [[nodiscard]] Result<> add_wider(const Prefix& subscriber, std::vector<Row>&);
  [[nodiscard]] Result<> add_numbered(std::int64_t first, std::int64_t last, std::vector<Row>&);
  // How many the file knows.
  [[nodiscard]] Result<std::int64_t> subscribers();
  // The number of the first subscriber whose address is not below.
  [[nodiscard]] Result<std::int64_t> number_from(std::uint64_t address);
  [[nodiscard]] Result<> load();
  [[nodiscard]] Row row_of(const Packed&) const;
  // In order of seq, which counts from the file's first.
  [[nodiscard]] Result<std::vector<Packed>> packed_from(std::int64_t seq) const;

  const Database& db_;
  std::uint64_t first_seq_;
  std::int64_t rows_;  // as the header says
  std::int64_t base_ms_;
  LatentStatement by_external_{db_, select_explained("addresses a CROSS JOIN blocks e CROSS JOIN cuts c",
                                                     "a.external = ?1 AND e.address = a.id AND c.id = e.block")};
  LatentStatement by_ports_{db_, select_explained("addresses a CROSS JOIN cuts c CROSS JOIN blocks e",
                                                  "a.external = ?1 AND c.first <= ?2 AND c.last >= ?3 AND "
                                                  "e.address = a.id AND e.block = c.id")};
  LatentStatement by_number_{
      db_, select_explained("held h CROSS JOIN blocks e CROSS JOIN addresses a CROSS JOIN cuts c",
                            "h.subscriber BETWEEN ?1 AND ?2 AND e.address = h.address AND e.block = h.block AND "
                            "e.subscriber = h.subscriber AND a.id = e.address AND c.id = e.block")};
  LatentStatement address_of_{db_, "SELECT address FROM subscribers WHERE id = ?1"};
  LatentStatement others_by_external_{db_, select_others("external = ?1")};
  LatentStatement others_by_ports_{db_, select_others("external = ?1 AND first <= ?2 AND last >= ?3")};
  LatentStatement others_by_subscriber_{db_, select_others("subscriber BETWEEN ?1 AND ?2")};
  LatentStatement others_by_exact_subscriber_{db_, select_others("subscriber = ?1 AND subscriber_length = ?2")};
  LatentStatement identities_ = select_identities(db_, "others");
  std::optional<std::int64_t> subscribers_;
  bool loaded_ = false;
  std::vector<Ipv4> addresses_;
  std::vector<PortRange> cuts_;
  std::vector<Sort> sorts_;
  std::vector<Named> named_;
};

Result<std::int64_t> SealedForm::subscribers() {
  if (subscribers_) return *subscribers_;
  TRY(newest, db_.prepare("SELECT max(id) FROM subscribers"));
  TRY(found, newest.step());
  subscribers_ = found && !newest.is_null(0) ? newest.integer(0) + 1 : 0;
  return *subscribers_;
}

Result<std::optional<Row>> SealedForm::last_row() {
  TRY(last, db_.prepare(select_others("1 ORDER BY seq DESC LIMIT 1")));
  TRY(found, last.step());
  if (!found) return std::optional<Row>{};
  return std::optional{read_row(last)};
}

Result<std::vector<Row>> SealedForm::turns() {
  TRY(turns, db_.prepare(select_others(kTurnRows) + " ORDER BY seq"));
  return read_rows(turns);
}

Result<std::vector<Row>> SealedForm::rows_of_identity(const std::string& id) {
  TRY(rows, db_.prepare(select_others(kIdentityRows)));
  rows.bind(1, id);
  return read_rows(rows);
}

Row SealedForm::finish(Explained e) const {
  e.row.seq = first_seq_ + static_cast<std::uint64_t>(e.seq);
  e.row.kind = static_cast<RowKind>(e.kind);
  e.row.wall = from_ms(base_ms_ + e.ms);
  e.row.boot = BootTime{base_ms_ + e.ms - e.clock_ms};
  e.row.allocated = from_ms(base_ms_ + e.ms - e.age);
  return std::move(e.row);
}

Result<> SealedForm::add_explained(Statement& s, std::vector<Row>& into) const {
  const auto port = [&](int column) { return Port{static_cast<std::uint16_t>(s.integer(column))}; };
  const auto address = [&](int column) { return Ipv4::from_host(static_cast<std::uint32_t>(s.integer(column))); };
  for (;;) {
    TRY(more, s.step());
    if (!more) return {};
    Explained e{s.integer(0), s.integer(1), s.integer(2), s.integer(3), s.integer(11), {}};
    e.row.external = address(4);
    e.row.ports = {port(5), port(6)};
    e.row.subscriber = Prefix::of(address(7), static_cast<unsigned>(s.integer(8)));
    e.row.realm = s.text(9);
    e.row.pool = s.text(10);
    into.push_back(finish(std::move(e)));
  }
}

Result<std::vector<Row>> SealedForm::rows(Ipv4 external, const std::optional<PortRange>& ports) {
  TRY(blocks, (ports ? by_ports_ : by_external_).get());
  TRY(others, (ports ? others_by_ports_ : others_by_external_).get());
  for (auto* statement : {blocks, others}) {
    statement->bind(1, std::int64_t{external.host()});
    if (!ports) continue;
    statement->bind(2, std::int64_t{ports->last.value()});
    statement->bind(3, std::int64_t{ports->first.value()});
  }
  TRY(rows, read_rows(*others));
  if (!ports) rows.reserve(kRowsOfAddress);
  TRY_VOID(add_explained(*blocks, rows));
  std::ranges::sort(rows, {}, &Row::seq);
  return rows;
}

Result<std::int64_t> SealedForm::number_from(std::uint64_t address) {
  std::int64_t low = 0;
  TRY(high, subscribers());
  TRY(address_of, address_of_.get());
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    address_of->bind(1, middle);
    TRY(found, address_of->step());
    if (!found) return fail(db_.path().string() + ": subscriber " + std::to_string(middle) + " has no name");
    const bool below = static_cast<std::uint64_t>(address_of->integer(0)) < address;
    address_of->reset();
    (below ? low : high) = below ? middle + 1 : middle;
  }
  return low;
}

Result<> SealedForm::add_numbered(std::int64_t first, std::int64_t last, std::vector<Row>& into) {
  if (first > last) return {};
  TRY(by_number, by_number_.get());
  by_number->bind(1, first);
  by_number->bind(2, last);
  return add_explained(*by_number, into);
}

// Wider subscribers that hold the whole prefix; those that begin at its own first address are among the rows already.
Result<> SealedForm::add_wider(const Prefix& subscriber, std::vector<Row>& into) {
  TRY(exact, others_by_exact_subscriber_.get());
  std::optional<Ipv4> seen;
  for (unsigned length = 0; length < subscriber.length(); ++length) {
    const auto wider = Prefix::of(subscriber.address(), length);
    if (wider.address() == subscriber.address()) break;
    exact->bind(1, std::int64_t{wider.address().host()});
    exact->bind(2, std::int64_t{length});
    TRY(others, read_rows(*exact));
    into.insert(into.end(), others.begin(), others.end());
    if (seen == wider.address()) continue;
    seen = wider.address();
    TRY(first, number_from(wider.address().host()));
    TRY(end, number_from(std::uint64_t{wider.address().host()} + 1));
    std::vector<Row> candidates;
    TRY_VOID(add_numbered(first, end - 1, candidates));
    std::erase_if(candidates, [&](const Row& row) { return !row.subscriber.contains(subscriber); });
    into.insert(into.end(), candidates.begin(), candidates.end());
  }
  return {};
}

Result<std::vector<Row>> SealedForm::rows(const Prefix& subscriber) {
  TRY(others, others_by_subscriber_.get());
  others->bind(1, std::int64_t{subscriber.first().host()});
  others->bind(2, std::int64_t{subscriber.last().host()});
  TRY(rows, read_rows(*others));
  TRY(first, number_from(subscriber.first().host()));
  TRY(end, number_from(std::uint64_t{subscriber.last().host()} + 1));
  TRY_VOID(add_numbered(first, end - 1, rows));
  TRY_VOID(add_wider(subscriber, rows));
  std::ranges::sort(rows, {}, &Row::seq);
  return rows;
}

Result<> SealedForm::load() {
  if (loaded_) return {};
  const auto each = [this](std::string_view sql, const auto& take) -> Result<> {
    TRY(all, db_.prepare(sql));
    for (;;) {
      TRY(more, all.step());
      if (!more) return {};
      take(all);
    }
  };
  const auto address = [](std::int64_t host) { return Ipv4::from_host(static_cast<std::uint32_t>(host)); };
  const auto port = [](std::int64_t number) { return Port{static_cast<std::uint16_t>(number)}; };
  TRY_VOID(each("SELECT external FROM addresses ORDER BY id",
                [&](const Statement& s) { addresses_.push_back(address(s.integer(0))); }));
  TRY_VOID(each("SELECT first, last FROM cuts ORDER BY id", [&](const Statement& s) {
    cuts_.push_back({port(s.integer(0)), port(s.integer(1))});
  }));
  TRY_VOID(each("SELECT kind, pool, clock_ms FROM sorts ORDER BY id", [&](const Statement& s) {
    sorts_.push_back({static_cast<RowKind>(s.integer(0)), s.text(1), s.integer(2)});
  }));
  TRY_VOID(each("SELECT address, length, realm FROM subscribers ORDER BY id", [&](const Statement& s) {
    named_.push_back({Prefix::of(address(s.integer(0)), static_cast<unsigned>(s.integer(1))), s.text(2)});
  }));
  loaded_ = true;
  return {};
}

// A number that no dictionary knows stands for nothing; the chain then does not fit, and the verification says so.
Row SealedForm::row_of(const Packed& packed) const {
  const auto at = [](const auto& dictionary, std::uint32_t index) {
    return index < dictionary.size() ? dictionary[index] : std::decay_t<decltype(dictionary[0])>{};
  };
  const auto sort = at(sorts_, packed.sort);
  const auto named = at(named_, packed.subscriber);
  Explained e{packed.seq, static_cast<std::int64_t>(sort.kind), packed.ms, sort.clock_ms, packed.age, {}};
  e.row.external = at(addresses_, packed.address);
  e.row.ports = at(cuts_, packed.block);
  e.row.subscriber = named.prefix;
  e.row.realm = named.realm;
  e.row.pool = sort.pool;
  return finish(std::move(e));
}

// Read as they stand and put in order here: SQLite would do it three times slower, and through temporary files.
Result<std::vector<SealedForm::Packed>> SealedForm::packed_from(std::int64_t seq) const {
  TRY(blocks, db_.prepare("SELECT address, block, ms, seq, subscriber, sort, age FROM blocks WHERE seq >= ?1"));
  blocks.bind(1, seq);
  const auto index = [&blocks](int column) {
    constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
    const auto number = blocks.integer(column);
    return number < 0 || number > kNone ? kNone : static_cast<std::uint32_t>(number);
  };
  std::vector<Packed> packed;
  const auto promised = static_cast<std::uint64_t>(std::max(rows_ - seq, std::int64_t{0}));
  packed.reserve(std::min(promised, kRowsBelieved));
  for (;;) {
    TRY(more, blocks.step());
    if (!more) break;
    packed.push_back({.seq = blocks.integer(3),
                      .ms = blocks.integer(2),
                      .age = blocks.integer(6),
                      .address = index(0),
                      .block = index(1),
                      .subscriber = index(4),
                      .sort = index(5)});
  }
  std::ranges::sort(packed, {}, &Packed::seq);
  return packed;
}

Result<> SealedForm::visit(std::uint64_t first, const RowVisitor& visitor) {
  TRY_VOID(load());
  TRY(packed, packed_from(static_cast<std::int64_t>(first > first_seq_ ? first - first_seq_ : 0)));
  TRY(others, db_.prepare(select_others("seq >= ?1 ORDER BY seq")));
  others.bind(1, static_cast<std::int64_t>(first));
  TRY(other, others.step());
  auto block = packed.begin();
  while (block != packed.end() || other) {
    const auto next_block = block != packed.end() ? first_seq_ + static_cast<std::uint64_t>(block->seq) : 0;
    const auto next_other = other ? static_cast<std::uint64_t>(others.integer(0)) : 0;
    if (block != packed.end() && !(other && next_other <= next_block)) {
      if (!visitor(row_of(*block++))) return {};
      continue;
    }
    if (!visitor(read_row(others))) return {};
    TRY(more, others.step());
    other = more;
  }
  return {};
}

}  // namespace

std::unique_ptr<Form> sealed_form(const Database& db, const Header& header) {
  return std::make_unique<SealedForm>(db, header);
}

}  // namespace cgn::journal
