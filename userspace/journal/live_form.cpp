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

  Result<> prepare() {
    const auto make = [this](Statement& into, const std::string& sql) -> Result<> {
      TRY(statement, db_.prepare(sql));
      into = std::move(statement);
      return {};
    };
    TRY_VOID(make(by_external_, select_rows("external = ?1")));
    TRY_VOID(make(by_ports_, select_rows("external = ?1 AND first BETWEEN ?2 AND ?3 AND last >= ?4")));
    TRY_VOID(make(by_subscriber_, select_rows("subscriber BETWEEN ?1 AND ?2")));
    TRY_VOID(make(by_exact_subscriber_, select_rows("subscriber = ?1 AND subscriber_length = ?2")));
    TRY(identities, prepare_identities(db_, "events"));
    identities_ = std::move(identities);
    return {};
  }

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
    auto* statement = &by_external_;
    if (ports) {
      // A block that holds the port begins at most the widest block's size below it.
      TRY(width, widest_block(db_));
      statement = &by_ports_;
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
    by_subscriber_.bind(1, std::int64_t{subscriber.first().host()});
    by_subscriber_.bind(2, std::int64_t{subscriber.last().host()});
    TRY(rows, read_rows(by_subscriber_));
    // Wider subscribers that hold the whole prefix, one look-up for each length; those that begin at the prefix's own
    // first address are among the rows already.
    for (unsigned length = 0; length < subscriber.length(); ++length) {
      const auto wider = Prefix::of(subscriber.address(), length);
      if (wider.address() == subscriber.address()) continue;
      by_exact_subscriber_.bind(1, std::int64_t{wider.address().host()});
      by_exact_subscriber_.bind(2, std::int64_t{length});
      TRY(more, read_rows(by_exact_subscriber_));
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
  Statement by_external_, by_ports_, by_subscriber_, by_exact_subscriber_, identities_;
};

}  // namespace

Result<std::unique_ptr<Form>> live_form(const Database& db) {
  auto form = std::make_unique<LiveForm>(db);
  TRY_VOID(form->prepare());
  return std::unique_ptr<Form>{std::move(form)};
}

}  // namespace cgn::journal
