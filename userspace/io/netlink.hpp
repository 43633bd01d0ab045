// SPDX-License-Identifier: Apache-2.0
// Questions and orders to the kernel over rtnetlink.
//
// What        NetlinkRequest builds one message; Netlink sends it and waits for the acknowledgement, or collects a
//             dump. Attributes finds the attributes of an answer by type.
// Ownership   A Netlink owns its socket, opened in the network namespace of the calling thread, and stays there. A
//             message is a value; Attributes borrows from one and must not outlive it.
// Failure     The kernel's errno, in the caller's clause. A dump that the kernel marks as interrupted by a change is
//             asked again, so an answer is always of one moment.
#pragma once

#include <linux/netlink.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cgn/net.hpp"
#include "cgn/result.hpp"
#include "io/fd.hpp"

namespace cgn::io {

// One message with its nlmsghdr first. The allocator aligns it enough for any netlink header.
using NetlinkMessage = std::vector<std::byte>;

[[nodiscard]] inline const nlmsghdr* header_of(const NetlinkMessage& message) {
  return reinterpret_cast<const nlmsghdr*>(message.data());
}

// The family header behind nlmsghdr, copied; zeros where the kernel sent a shorter one.
template <class Family>
[[nodiscard]] Family family_of(const nlmsghdr* header) {
  Family family{};
  const auto length = header->nlmsg_len - sizeof(nlmsghdr);
  std::memcpy(&family, header + 1, length < sizeof(Family) ? length : sizeof(Family));
  return family;
}

class Attributes {
 public:
  Attributes(const nlmsghdr* header, std::size_t family_size);
  explicit Attributes(const nlattr* nest);

  [[nodiscard]] bool has(unsigned type) const { return find(type) != nullptr; }
  [[nodiscard]] std::optional<std::uint8_t> u8(unsigned type) const { return read<std::uint8_t>(type); }
  [[nodiscard]] std::optional<std::uint16_t> u16(unsigned type) const { return read<std::uint16_t>(type); }
  [[nodiscard]] std::optional<std::uint32_t> u32(unsigned type) const { return read<std::uint32_t>(type); }
  [[nodiscard]] std::optional<Ipv4> ipv4(unsigned type) const;
  [[nodiscard]] std::optional<Mac> mac(unsigned type) const;
  [[nodiscard]] std::string text(unsigned type) const;  // empty when absent
  [[nodiscard]] std::optional<Attributes> nest(unsigned type) const;

 private:
  static constexpr unsigned kTypes = 96;  // more than any family of ours defines; later types are passed over
  void keep_all(const char* bytes, std::size_t size);
  [[nodiscard]] const nlattr* find(unsigned type) const { return type < kTypes ? at_[type] : nullptr; }
  template <class T>
  [[nodiscard]] std::optional<T> read(unsigned type) const {
    const auto* attribute = find(type);
    if (attribute == nullptr || attribute->nla_len < sizeof(nlattr) + sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, attribute + 1, sizeof value);
    return value;
  }
  std::array<const nlattr*, kTypes> at_{};
};

class NetlinkRequest {
 public:
  // NLM_F_REQUEST is implied.
  NetlinkRequest(unsigned type, unsigned flags);
  // A message of the kernel's, sent back under another type (how `ip rule flush` deletes exactly what it saw).
  NetlinkRequest(const NetlinkMessage&, unsigned type);

  template <class Family>
  NetlinkRequest& family(const Family& value) {
    append(&value, sizeof value);
    return *this;
  }
  NetlinkRequest& u8(unsigned attribute, std::uint8_t value);
  NetlinkRequest& u32(unsigned attribute, std::uint32_t value);
  NetlinkRequest& ipv4(unsigned attribute, Ipv4 value);
  NetlinkRequest& text(unsigned attribute, const std::string& value);

  [[nodiscard]] NetlinkMessage finish(unsigned extra_flags) const;

 private:
  void append(const void* bytes, std::size_t size);
  void attribute(unsigned type, const void* bytes, std::size_t size);
  NetlinkMessage message_;
};

class Netlink {
 public:
  [[nodiscard]] static Result<Netlink> open();
  // Waits for the acknowledgement; the Error's code is the kernel's errno.
  [[nodiscard]] Result<> order(const NetlinkRequest&, std::string_view clause);
  [[nodiscard]] Result<std::vector<NetlinkMessage>> dump(const NetlinkRequest&, std::string_view clause);

 private:
  explicit Netlink(Fd socket) : socket_{std::move(socket)} {}
  // 0 or a positive errno; `interrupted` when the dump saw a change.
  struct Collected {
    int error = 0;
    bool interrupted = false;
    std::vector<NetlinkMessage> messages{};
  };
  [[nodiscard]] Result<> send(const NetlinkMessage&, std::string_view clause);
  [[nodiscard]] Collected collect(std::uint32_t sequence);
  Fd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace cgn::io
