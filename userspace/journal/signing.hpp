// SPDX-License-Identifier: Apache-2.0
// The node's key, with which it signs its record.
//
// What        Ed25519 (RFC 8032) by OpenSSL. The private key is a PEM file that only its owner reads; the public half lies
//             beside it (NAME.pub) and is what a verifier needs. A key is known by its fingerprint: the first 16 hex digits
//             of the SHA-256 of its public half in DER.
// Failure     A key file that others may read, or that is no Ed25519 key, is refused.
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/result.hpp"

namespace cgn::journal {

struct FreeKey {
  void operator()(EVP_PKEY*) const;
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;

class SigningKey {
 public:
  // Made, 0600, when there is none.
  [[nodiscard]] static Result<SigningKey> open_or_make(const std::filesystem::path&);
  [[nodiscard]] static Result<SigningKey> open(const std::filesystem::path&);

  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  // In base64, without line breaks.
  [[nodiscard]] Result<std::string> sign(std::string_view text) const;

 private:
  KeyHandle key_;
  std::string fingerprint_;
};

// "NAME.key" -> "NAME.pub"
[[nodiscard]] std::filesystem::path public_half(const std::filesystem::path& key);

// Public keys that a verifier trusts.
class Keyring {
 public:
  // Every public key in the PEM file.
  [[nodiscard]] Result<> add(const std::filesystem::path& pem);
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] bool holds(std::string_view fingerprint) const;
  // True if the key with this fingerprint is here and made this signature over this text.
  [[nodiscard]] bool confirms(std::string_view fingerprint, std::string_view text, std::string_view base64) const;

 private:
  struct Known {
    std::string fingerprint;
    KeyHandle key;
  };
  std::vector<Known> keys_;
};

[[nodiscard]] std::string hex_of(std::span<const std::byte>);
// SHA-256 of the bytes of the file, in hex.
[[nodiscard]] Result<std::string> digest_of(const std::filesystem::path&);

}  // namespace cgn::journal
