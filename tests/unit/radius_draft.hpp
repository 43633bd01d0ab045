// SPDX-License-Identifier: Apache-2.0
// An accounting request by hand: attribute by attribute, then signed.
#pragma once

#include <openssl/evp.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "radius/packet.hpp"

namespace cgn::radius {

struct Draft {
  std::vector<std::byte> bytes = std::vector<std::byte>(kHeaderSize);
  Draft& text(std::uint8_t type, std::string_view value) {
    bytes.push_back(std::byte{type});
    bytes.push_back(static_cast<std::byte>(value.size() + 2));
    const auto raw = std::as_bytes(std::span{value});
    bytes.insert(bytes.end(), raw.begin(), raw.end());
    return *this;
  }
  Draft& number(std::uint8_t type, std::uint32_t value) {
    std::string raw;
    for (int shift = 24; shift >= 0; shift -= 8) raw += static_cast<char>(value >> shift & 0xff);
    return text(type, raw);
  }
  // With the authenticator that RFC 2866 section 3 demands, computed beside the code under test.
  std::vector<std::byte> signed_with(std::string_view secret, std::uint8_t identifier = 1) {
    bytes[0] = std::byte{kAccountingRequest};
    bytes[1] = std::byte{identifier};
    bytes[2] = static_cast<std::byte>(bytes.size() >> 8);
    bytes[3] = static_cast<std::byte>(bytes.size() & 0xff);
    std::fill(bytes.begin() + 4, bytes.begin() + 20, std::byte{0});
    auto hashed = bytes;
    for (const char c : secret) hashed.push_back(static_cast<std::byte>(c));
    unsigned size = 0;
    REQUIRE(EVP_Digest(hashed.data(), hashed.size(), reinterpret_cast<unsigned char*>(bytes.data() + 4), &size,
                       EVP_md5(), nullptr) == 1);
    return bytes;
  }
};

}  // namespace cgn::radius
