// SPDX-License-Identifier: Apache-2.0
// What an Accounting-Request says.
#include "radius/accounting.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <bit>

namespace cgn::radius {
namespace {

constexpr std::uint8_t kNasAddress = 4, kFramedAddress = 8, kFramedNetmask = 9, kNasIdentifier = 32, kStatus = 40,
                       kDelay = 41, kSession = 44, kSessionTime = 46, kEventTime = 55, kClass = 25;
constexpr std::size_t kLongestText = 64;

std::string hexadecimal(Bytes bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

// The only attribute of its type; a Class may come several times, and the first one counts.
Result<std::optional<Bytes>> only(const Packet& packet, std::uint8_t type) {
  std::optional<Bytes> found;
  for (const auto& attribute : packet.attributes) {
    if (attribute.type != type) continue;
    if (found && type != kClass) return fail(fmt::format("attribute {} comes twice", type));
    if (!found) found = attribute.value;
  }
  return found;
}

Result<std::optional<std::uint32_t>> number(const Packet& packet, std::uint8_t type) {
  TRY(value, only(packet, type));
  if (!value) return std::optional<std::uint32_t>{};
  if (value->size() != 4) return fail(fmt::format("attribute {} has {} bytes instead of 4", type, value->size()));
  std::uint32_t result = 0;
  for (const auto byte : *value) result = result << 8 | std::to_integer<std::uint32_t>(byte);
  return std::optional{result};
}

Result<std::optional<std::chrono::seconds>> seconds_of(const Packet& packet, std::uint8_t type) {
  TRY(value, number(packet, type));
  return value ? std::optional{std::chrono::seconds{*value}} : std::nullopt;
}

Result<std::string> text_of(const Packet& packet, std::uint8_t type) {
  TRY(value, only(packet, type));
  return value ? printable(*value) : std::string{};
}

Status status_of(std::uint32_t value) {
  constexpr std::array kKnown{Status::start, Status::stop, Status::interim, Status::on, Status::off};
  const auto known = std::ranges::find(kKnown, value, [](Status s) { return static_cast<std::uint32_t>(s); });
  return known == kKnown.end() ? Status::other : *known;
}

Result<> read_address(const Packet& packet, Accounting& into) {
  TRY(address, number(packet, kFramedAddress));
  // All ones: the user chooses; all ones but the last: the NAS does. Neither is an address (RFC 2865 section 5.8).
  if (address && *address < 0xfffffffe) into.address = Ipv4::from_host(*address);
  TRY(mask, number(packet, kFramedNetmask));
  if (!mask || *mask == 0) return {};
  const auto ones = std::countl_one(*mask);
  if (ones + std::countr_zero(*mask) < 32) return fail("Framed-IP-Netmask is no netmask");
  into.prefix_length = static_cast<unsigned>(ones);
  return {};
}

Result<> read_nas(const Packet& packet, Accounting& into) {
  TRY(name, text_of(packet, kNasIdentifier));
  into.nas = std::move(name);
  TRY(address, number(packet, kNasAddress));
  if (into.nas.empty() && address) into.nas = to_string(Ipv4::from_host(*address));
  return {};
}

Result<> read_times(const Packet& packet, Accounting& into) {
  TRY(delay, seconds_of(packet, kDelay));
  into.delay = delay;
  TRY(session_time, seconds_of(packet, kSessionTime));
  into.session_time = session_time;
  TRY(event, seconds_of(packet, kEventTime));
  if (event) into.event_time = std::chrono::sys_seconds{*event};
  return {};
}

}  // namespace

std::string printable(Bytes bytes) {
  const bool plain = std::ranges::all_of(bytes, [](std::byte b) { return b >= std::byte{' '} && b <= std::byte{'~'}; });
  auto text =
      plain ? std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()} : "0x" + hexadecimal(bytes);
  if (text.size() <= kLongestText) return text;
  std::array<std::byte, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  const auto mark = "~" + hexadecimal(Bytes{digest}.first(8));
  return text.substr(0, kLongestText - mark.size()) + mark;
}

Result<Accounting> read_accounting(const Packet& packet, IdentityAttribute identity) {
  Accounting accounting;
  TRY(status, number(packet, kStatus));
  if (!status) return fail("there is no Acct-Status-Type");
  accounting.status = status_of(*status);
  TRY(session, text_of(packet, kSession));
  accounting.session = std::move(session);
  TRY(name, text_of(packet, static_cast<std::uint8_t>(identity)));
  accounting.identity = std::move(name);
  TRY_VOID(read_address(packet, accounting));
  TRY_VOID(read_nas(packet, accounting));
  TRY_VOID(read_times(packet, accounting));
  const bool of_session =
      accounting.status == Status::start || accounting.status == Status::stop || accounting.status == Status::interim;
  if (of_session && accounting.session.empty()) return fail("there is no Acct-Session-Id");
  return accounting;
}

}  // namespace cgn::radius
