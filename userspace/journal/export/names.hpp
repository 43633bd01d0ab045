// SPDX-License-Identifier: Apache-2.0
// Who the subscriber of a row was, as far as the record knew when it was written.
//
// What        PURE. Rows in, in order of seq; out comes the identity to whom the block of a row was lent: the term that held when
//             the block was allocated. So the release of a block names the customer who had it, not the next one. A row is
//             told in the same words whenever it is sent, because nothing later than it is asked.
#pragma once

#include <string>

#include "journal/identities.hpp"

namespace cgn::journal {

class Names {
 public:
  void apply(const Row&);
  // Empty: the record does not know.
  [[nodiscard]] std::string of(const Row& about_block) const;

 private:
  Identities identities_;
};

}  // namespace cgn::journal
