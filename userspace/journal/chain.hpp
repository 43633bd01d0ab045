// SPDX-License-Identifier: Apache-2.0
// The hash that ties the rows of the legal log together.
//
// What        PURE. Each row is tied to the one before by a SHA-256 link: the hash of the link before and of the row, field by
//             field in big-endian, strings with their length. Files keep the links of some rows only (the last of a commit
//             group; every 64th when sealed); the others are computed. Whoever changes, drops or inserts a row must change
//             every later link.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <span>
#include <vector>

#include "journal/link.hpp"
#include "journal/record.hpp"

namespace cgn::journal {

// The links of rows, one after the other.
class Chain {
 public:
  explicit Chain(const Link& before);
  void add(const Row&);
  // Of the newest row.
  [[nodiscard]] const Link& link() const { return link_; }

 private:
  struct Free {
    void operator()(EVP_MD_CTX*) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> hash_;
  std::vector<unsigned char> bytes_;
  Link link_;
};

// The link of the last of these rows, which follow the row of `before`.
[[nodiscard]] Link next_link(const Link& before, std::span<const Row>);

}  // namespace cgn::journal
