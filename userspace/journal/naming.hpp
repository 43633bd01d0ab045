// SPDX-License-Identifier: Apache-2.0
// The names behind the addresses of an answer: which identity was valid then.
//
// What        Reads the identity rows of a subscriber from the files that may tell of a time: those of the answer's run, and
//             those after it for kLatestReport, because reports come late.
// Ownership   Borrows the shelf.
// Failure     A file that cannot be read is an Error; the answer is not given without its name.
#pragma once

#include <map>

#include "journal/identities.hpp"
#include "journal/identity_terms.hpp"
#include "journal/reader.hpp"
#include "journal/shelf.hpp"

namespace cgn::journal {

class Naming {
 public:
  // Of the run that begins with volume `first`.
  Naming(Shelf& shelf, std::size_t first) : shelf_{shelf}, first_{first} {}

  // The terms of this subscriber; of changes up to `until` all that is known.
  [[nodiscard]] Result<const IdentityTerms*> terms(const Prefix& subscriber, const std::string& realm, WallTime until);
  // Gives every holder its name, as this epoch saw it; a holder with several possible ones stands once for each, and then
  // the answer is no longer one.
  [[nodiscard]] Result<> name(Answer&, std::size_t epoch, const Window&);
  // Of a list of what was held, where a name is a help and no judgement. With `only`, what was not this one's goes.
  [[nodiscard]] Result<> name(std::vector<Holding>&, const Window&, const std::optional<std::string>& only);
  // Whose subscribers the rows of these files show to have been this one's.
  [[nodiscard]] static Result<std::vector<Identities::Key>> subscribers(Shelf&, const std::string& id, const Window&);

 private:
  [[nodiscard]] Result<IdentityTerms> read(const Identities::Key&, WallTime until);

  Shelf& shelf_;
  std::size_t first_;
  std::map<Identities::Key, IdentityTerms> read_;
};

}  // namespace cgn::journal
