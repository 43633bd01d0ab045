// SPDX-License-Identifier: Apache-2.0
// Requests, acknowledgements and dumps. libmnl does the arithmetic of messages and attributes.
#include "io/netlink.hpp"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace cgn::io {
namespace {

// Larger than any single answer: the kernel builds dump packets of at most 32 KiB.
constexpr std::size_t kReceiveSize = 64 * 1024;
// A dump is asked again when the tables changed under it. A machine that changes them faster than this is not one on
// which an answer of one moment exists.
constexpr int kDumpAttempts = 20;

}  // namespace

Attributes::Attributes(const nlmsghdr* header, std::size_t family_size) {
  const auto start = sizeof(nlmsghdr) + NLMSG_ALIGN(family_size);
  if (header->nlmsg_len > start) keep_all(reinterpret_cast<const char*>(header) + start, header->nlmsg_len - start);
}

Attributes::Attributes(const nlattr* nest) {
  keep_all(static_cast<const char*>(mnl_attr_get_payload(nest)), mnl_attr_get_payload_len(nest));
}

// libmnl's loops over attributes are macros for C; this is their body.
void Attributes::keep_all(const char* bytes, std::size_t size) {
  auto left = static_cast<int>(size);
  const auto* attribute = reinterpret_cast<const nlattr*>(bytes);
  while (mnl_attr_ok(attribute, left)) {
    const auto type = mnl_attr_get_type(attribute);
    if (type < kTypes) at_[type] = attribute;
    left -= MNL_ALIGN(attribute->nla_len);
    attribute = mnl_attr_next(attribute);
  }
}

std::optional<Ipv4> Attributes::ipv4(unsigned type) const {
  const auto value = read<__be32>(type);
  if (!value) return std::nullopt;
  return Ipv4::from_net(*value);
}

std::optional<Mac> Attributes::mac(unsigned type) const {
  const auto bytes = read<std::array<std::uint8_t, 6>>(type);
  if (!bytes) return std::nullopt;
  return Mac{*bytes};
}

std::string Attributes::text(unsigned type) const {
  const auto* attribute = find(type);
  if (attribute == nullptr) return {};
  const auto* start = static_cast<const char*>(mnl_attr_get_payload(attribute));
  return {start, ::strnlen(start, mnl_attr_get_payload_len(attribute))};
}

std::optional<Attributes> Attributes::nest(unsigned type) const {
  const auto* attribute = find(type);
  if (attribute == nullptr) return std::nullopt;
  return Attributes{attribute};
}

NetlinkRequest::NetlinkRequest(unsigned type, unsigned flags) {
  nlmsghdr header{};
  header.nlmsg_type = static_cast<std::uint16_t>(type);
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  append(&header, sizeof header);
}

NetlinkRequest::NetlinkRequest(const NetlinkMessage& seen, unsigned type) : message_{seen} {
  nlmsghdr header{};
  header.nlmsg_type = static_cast<std::uint16_t>(type);
  header.nlmsg_flags = NLM_F_REQUEST;
  std::memcpy(message_.data(), &header, sizeof header);
}

void NetlinkRequest::append(const void* bytes, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(bytes);
  message_.insert(message_.end(), first, first + size);
  message_.resize(NLMSG_ALIGN(message_.size()));
}

void NetlinkRequest::attribute(unsigned type, const void* bytes, std::size_t size) {
  const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + size), static_cast<std::uint16_t>(type)};
  append(&header, sizeof header);
  append(bytes, size);
}

NetlinkRequest& NetlinkRequest::u8(unsigned type, std::uint8_t value) {
  attribute(type, &value, sizeof value);
  return *this;
}

NetlinkRequest& NetlinkRequest::u32(unsigned type, std::uint32_t value) {
  attribute(type, &value, sizeof value);
  return *this;
}

NetlinkRequest& NetlinkRequest::ipv4(unsigned type, Ipv4 value) {
  const auto wire = value.net();
  attribute(type, &wire, sizeof wire);
  return *this;
}

NetlinkRequest& NetlinkRequest::text(unsigned type, const std::string& value) {
  attribute(type, value.c_str(), value.size() + 1);
  return *this;
}

NetlinkMessage NetlinkRequest::finish(unsigned extra_flags) const {
  auto message = message_;
  nlmsghdr header{};
  std::memcpy(&header, message.data(), sizeof header);
  header.nlmsg_len = static_cast<std::uint32_t>(message.size());
  header.nlmsg_flags = static_cast<std::uint16_t>(header.nlmsg_flags | extra_flags);
  std::memcpy(message.data(), &header, sizeof header);
  return message;
}

Result<Netlink> Netlink::open() {
  Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!socket) return fail_errno("open a netlink socket");
  // Makes the kernel take a dump's header as a filter and refuse what it does not understand, instead of ignoring both.
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on) != 0) {
    return fail_errno("ask netlink for strict checking");
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind a netlink socket");
  }
  return Netlink{std::move(socket)};
}

Result<> Netlink::send(const NetlinkMessage& message, std::string_view clause) {
  for (;;) {
    if (::send(socket_.get(), message.data(), message.size(), 0) >= 0) return {};
    if (errno != EINTR) return fail_errno(clause);
  }
}

Netlink::Collected Netlink::collect(std::uint32_t sequence) {
  Collected collected;
  std::vector<std::byte> buffer(kReceiveSize);
  for (;;) {
    const auto received = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) return {.error = errno};
    int left = static_cast<int>(received);
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
      if (header->nlmsg_seq != sequence) continue;  // the tail of an answer that an error cut short
      if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) collected.interrupted = true;
      if (header->nlmsg_type == NLMSG_ERROR || header->nlmsg_type == NLMSG_DONE) {
        // Both carry a negative errno (0 = done); NLMSG_DONE of an old kernel may carry nothing.
        const auto code = header->nlmsg_len >= sizeof(nlmsghdr) + sizeof(int) ? family_of<int>(header) : 0;
        collected.error = -code;
        return collected;
      }
      const auto* first = reinterpret_cast<const std::byte*>(header);
      collected.messages.emplace_back(first, first + header->nlmsg_len);
    }
  }
}

Result<> Netlink::order(const NetlinkRequest& request, std::string_view clause) {
  auto message = request.finish(NLM_F_ACK);
  const auto sequence = ++sequence_;
  std::memcpy(message.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
  TRY_VOID(send(message, clause));
  const auto answer = collect(sequence);
  if (answer.error != 0) return fail_errno(clause, answer.error);
  return {};
}

Result<std::vector<NetlinkMessage>> Netlink::dump(const NetlinkRequest& request, std::string_view clause) {
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    auto message = request.finish(NLM_F_DUMP);
    const auto sequence = ++sequence_;
    std::memcpy(message.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
    TRY_VOID(send(message, clause));
    auto answer = collect(sequence);
    if (answer.error != 0) return fail_errno(clause, answer.error);
    if (!answer.interrupted) return std::move(answer.messages);
  }
  return fail_errno(clause, EINTR, "the tables change without pause: look for a program that flaps routes or links");
}

}  // namespace cgn::io
