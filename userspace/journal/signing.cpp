// SPDX-License-Identifier: Apache-2.0
// The node's key, with which it signs its record.
#include "journal/signing.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include "journal/day_files.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;
struct FreeHash {
  void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
};
using Hash = std::unique_ptr<EVP_MD_CTX, FreeHash>;

constexpr std::size_t kSignatureSize = 64;
using Signature = std::array<unsigned char, kSignatureSize>;

std::string base64_of(std::span<const unsigned char> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

// A signature's 64 bytes end in two characters of padding.
bool read_base64(std::string_view text, Signature& into) {
  std::array<unsigned char, kSignatureSize + 2> bytes{};
  if (text.size() != 4 * bytes.size() / 3 || !text.ends_with("==")) return false;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DecodeBlock(bytes.data(), data, static_cast<int>(text.size())) < 0) return false;
  std::copy_n(bytes.begin(), into.size(), into.begin());
  return true;
}

std::string fingerprint_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::array<std::byte, 32> digest{};
  if (size > 0) {
    EVP_Digest(der, static_cast<std::size_t>(size), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
               EVP_sha256(), nullptr);
  }
  OPENSSL_free(der);
  return hex_of(std::span{digest}.first(8));
}

Unexpected refused(const fs::path& path, const std::string& why) {
  return fail("signing key " + path.string() + ": " + why, "make one with: cgnctl log key FILE");
}

Result<> write_pem(const fs::path& path, EVP_PKEY* key, bool secret) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
  if (fd < 0) return fail_errno("make " + path.string());
  const File file{::fdopen(fd, "w")};
  const bool written = secret ? PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1
                              : PEM_write_PUBKEY(file.get(), key) == 1;
  if (!written || std::fflush(file.get()) != 0 || ::fsync(fd) != 0) return fail_errno("write " + path.string());
  return {};
}

Result<> make_key(const fs::path& path) {
  const KeyHandle key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  if (!key) return refused(path, "OpenSSL makes no Ed25519 key");
  // Under its name it is whole: a crash leaves no half of a key.
  const fs::path unborn = path.string() + ".new";
  std::error_code error;
  fs::remove(unborn, error);
  fs::remove(public_half(path), error);
  TRY_VOID(write_pem(unborn, key.get(), true));
  if (::rename(unborn.c_str(), path.c_str()) != 0) return fail_errno("rename " + unborn.string());
  return sync_directory(path.parent_path());
}

}  // namespace

void FreeKey::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

fs::path public_half(const fs::path& key) { return fs::path{key}.replace_extension(".pub"); }

Result<SigningKey> SigningKey::open_or_make(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) TRY_VOID(make_key(path));
  TRY(key, open(path));
  if (!fs::exists(public_half(path), error)) {
    TRY_VOID(write_pem(public_half(path), key.key_.get(), false));
    TRY_VOID(sync_directory(path.parent_path()));
  }
  return key;
}

Result<SigningKey> SigningKey::open(const fs::path& path) {
  const File file{std::fopen(path.c_str(), "re")};
  if (!file) return fail_errno("open signing key " + path.string());
  struct stat found {};
  if (::fstat(::fileno(file.get()), &found) == 0 && (found.st_mode & 077) != 0) {
    return fail("signing key " + path.string() + " may be read by others", "chmod 0600 " + path.string());
  }
  SigningKey key;
  key.key_.reset(PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr));
  if (!key.key_) return refused(path, "no private key in PEM");
  if (EVP_PKEY_get_id(key.key_.get()) != EVP_PKEY_ED25519) return refused(path, "not an Ed25519 key");
  key.fingerprint_ = fingerprint_of(key.key_.get());
  return key;
}

Result<std::string> SigningKey::sign(std::string_view text) const {
  const Hash context{EVP_MD_CTX_new()};
  Signature signature{};
  auto size = signature.size();
  const bool made = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                    EVP_DigestSign(context.get(), signature.data(), &size,
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  if (!made || size != signature.size()) return fail("OpenSSL does not sign");
  return base64_of(signature);
}

Result<> Keyring::add(const fs::path& pem) {
  const File file{std::fopen(pem.c_str(), "re")};
  if (!file) return fail_errno("open public key " + pem.string());
  const auto before = keys_.size();
  for (;;) {
    KeyHandle key{PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr)};
    if (!key) break;
    auto fingerprint = fingerprint_of(key.get());
    keys_.push_back({std::move(fingerprint), std::move(key)});
  }
  if (keys_.size() == before)
    return fail(pem.string() + " holds no public key in PEM", "give the .pub file of the node");
  return {};
}

bool Keyring::holds(std::string_view fingerprint) const {
  return std::ranges::any_of(keys_, [&](const Known& known) { return known.fingerprint == fingerprint; });
}

bool Keyring::confirms(std::string_view fingerprint, std::string_view text, std::string_view base64) const {
  Signature signature{};
  if (!read_base64(base64, signature)) return false;
  for (const auto& known : keys_) {
    if (known.fingerprint != fingerprint) continue;
    const Hash context{EVP_MD_CTX_new()};
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, known.key.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  }
  return false;
}

std::string hex_of(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

Result<std::string> digest_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return fail_errno("open " + path.string());
  const Hash hash{EVP_MD_CTX_new()};
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  std::vector<char> buffer(1 << 18);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    EVP_DigestUpdate(hash.get(), buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return fail("read " + path.string() + ": the disk fails");
  std::array<std::byte, 32> digest{};
  EVP_DigestFinal_ex(hash.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return hex_of(digest);
}

}  // namespace cgn::journal
