// SPDX-License-Identifier: Apache-2.0
// The hash that ties the rows of the legal log together.
#include "journal/chain.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <string_view>

namespace cgn::journal {
namespace {

// The canonical bytes of rows. Its layout is part of the file format: a change is a new schema version.
class Canonical {
 public:
  Canonical(std::vector<unsigned char>& bytes, const Link& before) : bytes_{bytes} {
    bytes_.resize(before.size());
    std::memcpy(bytes_.data(), before.data(), before.size());
  }
  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes_.push_back(static_cast<unsigned char>(value >> shift));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  void time(WallTime value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  void row(const Row& row) {
    number(row.seq);
    number(static_cast<std::uint64_t>(row.kind));
    time(row.wall);
    number(static_cast<std::uint64_t>(row.boot.count()));
    number(row.external.host());
    number(row.ports.first.value());
    number(row.ports.last.value());
    number(row.subscriber.address().host());
    number(row.subscriber.length());
    text(row.realm);
    text(row.pool);
    time(row.allocated);
    text(row.detail);
  }

 private:
  std::vector<unsigned char>& bytes_;
};

}  // namespace

void Chain::Free::operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }

Chain::Chain(const Link& before) : hash_{EVP_MD_CTX_new()}, link_{before} {
  EVP_DigestInit_ex(hash_.get(), EVP_sha256(), nullptr);
}

void Chain::add(const Row& row) {
  Canonical{bytes_, link_}.row(row);
  // Initialised anew without a type, OpenSSL does not look the algorithm up again, which costs more than the hash.
  EVP_DigestInit_ex(hash_.get(), nullptr, nullptr);
  EVP_DigestUpdate(hash_.get(), bytes_.data(), bytes_.size());
  EVP_DigestFinal_ex(hash_.get(), reinterpret_cast<unsigned char*>(link_.data()), nullptr);
}

Link next_link(const Link& before, std::span<const Row> rows) {
  Chain chain{before};
  for (const auto& row : rows) chain.add(row);
  return chain.link();
}

}  // namespace cgn::journal
