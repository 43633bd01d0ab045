// SPDX-License-Identifier: Apache-2.0
// SHA-256 of texts, streams of texts, and files.
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cgn/result.hpp"
#include "journal/link.hpp"

namespace cgn::journal {

class Digest {
 public:
  Digest();
  void add(std::string_view);
  // Once, at the end.
  [[nodiscard]] Link finish();

 private:
  struct Free {
    void operator()(EVP_MD_CTX*) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

[[nodiscard]] Link sha256(std::string_view);
[[nodiscard]] Result<Link> sha256_of_file(const std::filesystem::path&);

[[nodiscard]] std::string hex(const Link&);
// Of 64 digits; an empty text is zero.
[[nodiscard]] std::optional<Link> from_hex(std::string_view);

}  // namespace cgn::journal
