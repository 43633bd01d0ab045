// SPDX-License-Identifier: Apache-2.0
// The call ids in PPTP's control messages.
#include "alg/pptp.hpp"

#include <array>
#include <optional>

namespace cgn::alg::pptp {
namespace {

constexpr std::uint32_t kCookie = 0x1a2b3c4d;
constexpr std::uint16_t kControlMessage = 1;
constexpr std::size_t kHeader = 12;  // length, kind, cookie, type, reserved
constexpr std::size_t kFirst = 12, kSecond = 14, kIdsEnd = 16;

// Where a message of this type has ids, and how long it is. 0: none.
struct Shape {
  std::size_t length = 0;
  std::size_t own = 0;
  std::size_t peer = 0;
};

constexpr std::array<Shape, 16> kShapes{{
    {},
    {.length = 156},
    {.length = 156},
    {.length = 16},
    {.length = 16},
    {.length = 16},
    {.length = 20},
    {.length = 168, .own = kFirst},
    {.length = 32, .own = kFirst, .peer = kSecond},
    {.length = 220, .own = kFirst},
    {.length = 24, .own = kFirst, .peer = kSecond},
    {.length = 28, .peer = kFirst},
    {.length = 16, .own = kFirst},
    {.length = 148, .own = kFirst},
    {.length = 40, .peer = kFirst},
    {.length = 24, .peer = kFirst},
}};

std::uint16_t load16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8 |
                                    static_cast<std::uint8_t>(bytes[at + 1]));
}

std::uint32_t load32(std::string_view bytes, std::size_t at) {
  return std::uint32_t{load16(bytes, at)} << 16 | load16(bytes, at + 2);
}

std::optional<Shape> shape_of(std::string_view rest) {
  if (rest.size() < kHeader) return std::nullopt;
  const auto type = load16(rest, 8);
  const bool known = load16(rest, 2) == kControlMessage && load32(rest, 4) == kCookie && type < kShapes.size();
  if (!known || kShapes[type].length == 0 || load16(rest, 0) != kShapes[type].length) return std::nullopt;
  return kShapes[type];
}

}  // namespace

std::vector<Id> ids_in(std::string_view payload) {
  std::vector<Id> ids;
  for (std::size_t begin = 0; begin < payload.size();) {
    const auto rest = payload.substr(begin);
    const auto shape = shape_of(rest);
    if (!shape || rest.size() < kIdsEnd) return ids;
    const auto message = static_cast<Message>(load16(rest, 8));
    const auto id_at = [&](std::size_t at) { return at == 0 ? CallId{0} : load16(rest, at); };
    const auto own = id_at(shape->own), peer = id_at(shape->peer);
    if (own != 0) {
      ids.push_back({.at = begin + shape->own, .message = message, .whose = Whose::own, .value = own, .beside = peer});
    }
    if (peer != 0) {
      ids.push_back({.at = begin + shape->peer, .message = message, .whose = Whose::peer, .value = peer});
    }
    begin += shape->length;
  }
  return ids;
}

}  // namespace cgn::alg::pptp
