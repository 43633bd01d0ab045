// SPDX-License-Identifier: Apache-2.0
// Who the subscriber of a row was.
#include "journal/export/names.hpp"

namespace cgn::journal {

void Names::apply(const Row& row) {
  if (row.kind == RowKind::identity) return identities_.apply(row);
  // Terms that ended before the file before this one: no block of theirs is open any more.
  if (row.kind == RowKind::opened) identities_.forget_before(row.wall - kLatestReport);
}

std::string Names::of(const Row& row) const {
  if (!about_block(row.kind)) return {};
  const auto lent = row.kind == RowKind::allocated ? row.wall : row.allocated;
  const auto key = Identities::key_of(row);
  if (const auto* current = identities_.find(key)) {
    const auto term = read_identity(*current);
    if (term && term->from.latest <= lent) return term->id;
  }
  if (const auto* over = identities_.find_over(key)) {
    const auto term = read_identity(*over);
    if (term && term->from.latest <= lent && lent <= term->to.latest) return term->id;
  }
  return {};
}

}  // namespace cgn::journal
