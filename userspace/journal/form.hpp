// SPDX-License-Identifier: Apache-2.0
// How the rows of a log file stand in its tables, seen by who asks.
//
// What        Two forms exist: the *live* one (schema 2), in which the writer appends, and the *sealed* one (schema 3),
//             small and never changed again. Both answer the same questions with the same rows.
// Ownership   A form belongs to its Source, which holds the connection.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/header.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

using RowVisitor = std::function<bool(const Row&)>;  // false: enough

// A link that the file keeps: that of the row with this number.
struct KeptLink {
  std::uint64_t seq = 0;
  Link link{};
};

class Form {
 public:
  virtual ~Form() = default;
  [[nodiscard]] virtual Result<std::optional<Row>> last_row() = 0;
  [[nodiscard]] virtual Result<std::vector<Row>> turns() = 0;
  [[nodiscard]] virtual Result<> visit(std::uint64_t first, const RowVisitor&) = 0;
  [[nodiscard]] virtual Result<std::vector<Row>> rows(Ipv4 external, const std::optional<PortRange>& ports) = 0;
  [[nodiscard]] virtual Result<std::vector<Row>> rows(const Prefix& subscriber) = 0;
  // Of kind identity, of subscribers that contain the prefix; in order of seq.
  [[nodiscard]] virtual Result<std::vector<Row>> identities(const Prefix& subscriber) = 0;
  // Of kind identity, with this one; in order of seq.
  [[nodiscard]] virtual Result<std::vector<Row>> rows_of_identity(const std::string& id) = 0;
  [[nodiscard]] virtual Result<std::vector<KeptLink>> links() = 0;
};

// The form in which this file is; the database outlives it.
[[nodiscard]] std::unique_ptr<Form> form_of(const Database&, const Header&);
[[nodiscard]] std::unique_ptr<Form> live_form(const Database&);
[[nodiscard]] std::unique_ptr<Form> sealed_form(const Database&, const Header&);

// Of either form, whose rows with a detail stand in `table`: the statement, and what it finds of this subscriber.
[[nodiscard]] LatentStatement select_identities(const Database&, std::string_view table);
[[nodiscard]] Result<std::vector<Row>> read_identities(LatentStatement&, const Prefix& subscriber);

// Of either form: tables of these names are in both.
[[nodiscard]] Result<unsigned> widest_block(const Database&);
[[nodiscard]] Result<std::optional<WallTime>> reach_of(const Database&);

}  // namespace cgn::journal
