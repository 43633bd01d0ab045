// SPDX-License-Identifier: Apache-2.0
// SHA-256 of texts, streams of texts, and files.
#include "journal/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <charconv>
#include <fstream>
#include <vector>

namespace cgn::journal {

void Digest::Free::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }

Digest::Digest() : context_{EVP_MD_CTX_new()} { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

void Digest::add(std::string_view text) { EVP_DigestUpdate(context_.get(), text.data(), text.size()); }

Link Digest::finish() {
  Link link{};
  EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(link.data()), nullptr);
  return link;
}

Link sha256(std::string_view text) {
  Digest digest;
  digest.add(text);
  return digest.finish();
}

Result<Link> sha256_of_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return fail_errno("read " + path.string());
  Digest digest;
  std::vector<char> piece(1 << 16);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
    digest.add({piece.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) return fail("read " + path.string() + ": it cannot be read to its end");
  return digest.finish();
}

std::string hex(const Link& link) {
  std::string text;
  for (const auto byte : link) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

std::optional<Link> from_hex(std::string_view text) {
  Link link{};
  if (text.empty()) return link;
  if (text.size() != 2 * link.size()) return std::nullopt;
  for (std::size_t i = 0; i < link.size(); ++i) {
    unsigned value = 0;
    const auto* const begin = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc{} || end != begin + 2) return std::nullopt;
    link[i] = std::byte{static_cast<unsigned char>(value)};
  }
  return link;
}

}  // namespace cgn::journal
