// SPDX-License-Identifier: Apache-2.0
// A RADIUS packet: its shape, its authenticator, its answer.
#include "radius/packet.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace cgn::radius {
namespace {

constexpr std::size_t kAuthenticatorAt = 4, kLengthAt = 2;

std::size_t length_of(Bytes bytes) {
  return std::to_integer<std::size_t>(bytes[kLengthAt]) << 8 | std::to_integer<std::size_t>(bytes[kLengthAt + 1]);
}

// MD5 over the packet with another authenticator, then the secret.
Authenticator hash(Bytes packet, const Authenticator& in_it, std::string_view secret) {
  std::vector<std::byte> text(packet.begin(), packet.end());
  std::ranges::copy(in_it, text.begin() + kAuthenticatorAt);
  const auto key = std::as_bytes(std::span{secret});
  text.insert(text.end(), key.begin(), key.end());
  Authenticator digest{};
  unsigned size = 0;
  const int done =
      EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_md5(), nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  // Where MD5 is forbidden (FIPS) nothing is authentic and no answer is good: a hash of nothing must not pass for one.
  if (done != 1 || size != digest.size()) digest.fill(std::byte{0});
  return digest;
}

}  // namespace

std::optional<Packet> parse(Bytes datagram) {
  if (datagram.size() < kHeaderSize) return std::nullopt;
  const auto length = length_of(datagram);
  if (length < kHeaderSize || length > kLongest || length > datagram.size()) return std::nullopt;
  Packet packet{.code = std::to_integer<std::uint8_t>(datagram[0]),
                .identifier = std::to_integer<std::uint8_t>(datagram[1]),
                .bytes = datagram.first(length)};
  std::ranges::copy(datagram.subspan(kAuthenticatorAt, packet.authenticator.size()), packet.authenticator.begin());
  for (auto rest = packet.bytes.subspan(kHeaderSize); !rest.empty();) {
    if (rest.size() < 2) return std::nullopt;
    const auto size = std::to_integer<std::size_t>(rest[1]);
    if (size < 2 || size > rest.size()) return std::nullopt;
    packet.attributes.push_back({std::to_integer<std::uint8_t>(rest[0]), rest.subspan(2, size - 2)});
    rest = rest.subspan(size);
  }
  return packet;
}

bool is_authentic(const Packet& packet, std::string_view secret) {
  const auto expected = hash(packet.bytes, {}, secret);
  if (expected == Authenticator{}) return false;
  return CRYPTO_memcmp(expected.data(), packet.authenticator.data(), expected.size()) == 0;
}

std::vector<std::byte> response_to(const Packet& request, std::string_view secret) {
  std::vector<std::byte> answer(kHeaderSize);
  answer[0] = std::byte{kAccountingResponse};
  answer[1] = std::byte{request.identifier};
  for (const auto& attribute : request.attributes) {
    if (attribute.type != kProxyState) continue;
    answer.push_back(std::byte{kProxyState});
    answer.push_back(static_cast<std::byte>(attribute.value.size() + 2));
    answer.insert(answer.end(), attribute.value.begin(), attribute.value.end());
  }
  answer[kLengthAt] = static_cast<std::byte>(answer.size() >> 8);
  answer[kLengthAt + 1] = static_cast<std::byte>(answer.size() & 0xff);
  std::ranges::copy(hash(answer, request.authenticator, secret), answer.begin() + kAuthenticatorAt);
  return answer;
}

}  // namespace cgn::radius
