// SPDX-License-Identifier: Apache-2.0
// The live form, asked: one table of rows, with indices by external address and by subscriber.
#include <algorithm>
#include <cstring>

#include "journal/form.hpp"
#include "journal/schema.hpp"

namespace cgn::journal {
namespace {

std::string select_rows(std::string_view where) {
  return "SELECT " + std::string{kRowColumns} + " FROM events WHERE " + std::string{where};
}

class LiveForm final : public Form {
 public:
  explicit LiveForm(const Database& db) : db_{db} {}

  Result<std::optional<Row>> last_row() override {
    TRY(last, db_.prepare(select_rows("1 ORDER BY seq DESC LIMIT 1")));
    TRY(found, last.step());
    if (!found) return std::optional<Row>{};
    return std::optional{read_row(last)};
  }

  Result<std::vector<Row>> identities(const Prefix& subscriber) override {
    return read_identities(identities_, subscriber);
  }

  Result<std::vector<Row>> rows_of_identity(const std::string& id) override {
    TRY(rows, db_.prepare(select_rows(kIdentityRows)));
    rows.bind(1, id);
    return read_rows(rows);
  }
  Result<std::vector<Row>> turns() override {
    TRY(turns, db_.prepare(select_rows(kTurnRows) + " ORDER BY seq"));
    return read_rows(turns);
  }

  Result<> visit(std::uint64_t first, const RowVisitor& visitor) override { return visit_rows(db_, first, visitor); }

  Result<std::vector<Row>> rows(Ipv4 external, const std::optional<PortRange>& ports) override {
    TRY(statement, (ports ? by_ports_ : by_external_).get());
    if (ports) {
      // A block that holds the port begins at most the widest block's size below it.
      TRY(width, widest_block(db_));
      statement->bind(2, std::int64_t{ports->first.value()} - width + 1);
      statement->bind(3, std::int64_t{ports->last.value()});
      statement->bind(4, std::int64_t{ports->first.value()});
    }
    statement->bind(1, std::int64_t{external.host()});
    TRY(rows, read_rows(*statement));
    std::ranges::sort(rows, {}, &Row::seq);
    return rows;
  }

  Result<std::vector<Row>> rows(const Prefix& subscriber) override {
    TRY(by_subscriber, by_subscriber_.get());
    TRY(by_exact_subscriber, by_exact_subscriber_.get());
    by_subscriber->bind(1, std::int64_t{subscriber.first().host()});
    by_subscriber->bind(2, std::int64_t{subscriber.last().host()});
    TRY(rows, read_rows(*by_subscriber));
    // Wider subscribers that hold the whole prefix, one look-up for each length; those that begin at the prefix's own
    // first address are among the rows already.
    for (unsigned length = 0; length < subscriber.length(); ++length) {
      const auto wider = Prefix::of(subscriber.address(), length);
      if (wider.address() == subscriber.address()) continue;
      by_exact_subscriber->bind(1, std::int64_t{wider.address().host()});
      by_exact_subscriber->bind(2, std::int64_t{length});
      TRY(more, read_rows(*by_exact_subscriber));
      rows.insert(rows.end(), more.begin(), more.end());
    }
    std::ranges::sort(rows, {}, &Row::seq);
    return rows;
  }

  Result<std::vector<KeptLink>> links() override {
    return read_links(db_, "SELECT last_seq, hash FROM commits ORDER BY 1");
  }

 private:
  const Database& db_;
  LatentStatement by_external_{db_, select_rows("external = ?1")};
  LatentStatement by_ports_{db_, select_rows("external = ?1 AND first BETWEEN ?2 AND ?3 AND last >= ?4")};
  LatentStatement by_subscriber_{db_, select_rows("subscriber BETWEEN ?1 AND ?2")};
  LatentStatement by_exact_subscriber_{db_, select_rows("subscriber = ?1 AND subscriber_length = ?2")};
  LatentStatement identities_ = select_identities(db_, "events");
};

}  // namespace

std::unique_ptr<Form> live_form(const Database& db) { return std::make_unique<LiveForm>(db); }

}  // namespace cgn::journal
