// SPDX-License-Identifier: Apache-2.0
// RTM_NEWRULE and RTM_NEWROUTE, and what of them comes back in a dump. Entries are deleted by sending back the very
// message that listed them, so that nothing but that entry can match.
#include "io/blackholes.hpp"

#include <fmt/core.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include <cerrno>

#include "io/guard.hpp"

namespace cgn::io {
namespace {

fib_rule_hdr rule_header(const BlackholeRule& rule) {
  fib_rule_hdr header{};
  header.family = AF_INET;
  header.action = FR_ACT_BLACKHOLE;
  const auto length = static_cast<std::uint8_t>(rule.prefix.length());
  (rule.matches == RuleMatches::source ? header.src_len : header.dst_len) = length;
  return header;
}

std::optional<BlackholeRule> meaning_of(const fib_rule_hdr& header, const Attributes& attributes) {
  const bool plain = header.action == FR_ACT_BLACKHOLE && header.tos == 0 && (header.flags & FIB_RULE_INVERT) == 0 &&
                     attributes.u32(FRA_PRIORITY) == kGuardPriority && !attributes.has(FRA_FWMARK) &&
                     !attributes.has(FRA_OIFNAME);
  const auto source = attributes.ipv4(FRA_SRC);
  const auto destination = attributes.ipv4(FRA_DST);
  if (!plain || source.has_value() == destination.has_value()) return std::nullopt;
  return BlackholeRule{
      .iif = attributes.text(FRA_IIFNAME),
      .matches = source ? RuleMatches::source : RuleMatches::destination,
      .prefix = source ? Prefix::of(*source, header.src_len) : Prefix::of(*destination, header.dst_len)};
}

std::optional<Prefix> meaning_of(const rtmsg& header, const Attributes& attributes) {
  const auto table = attributes.u32(RTA_TABLE).value_or(header.rtm_table);
  if (header.rtm_type != RTN_BLACKHOLE || table != RT_TABLE_MAIN || header.rtm_tos != 0) return std::nullopt;
  if (attributes.u32(RTA_PRIORITY) != kGuardMetric) return std::nullopt;
  // 0.0.0.0/0 has no RTA_DST.
  return Prefix::of(attributes.ipv4(RTA_DST).value_or(Ipv4{}), header.rtm_dst_len);
}

NetlinkRequest route_request(const Prefix& prefix, unsigned flags) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = static_cast<std::uint8_t>(prefix.length());
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kGuardProtocol;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_BLACKHOLE;
  NetlinkRequest request{RTM_NEWROUTE, flags};
  request.family(header).ipv4(RTA_DST, prefix.address()).u32(RTA_PRIORITY, kGuardMetric);
  return request;
}

Result<> forgive(Result<> result, int code) {
  if (!result && result.error().code == code) return {};
  return result;
}

}  // namespace

std::string to_string(const BlackholeRule& rule) {
  return fmt::format("rule iif {} {} {} blackhole", rule.iif, rule.matches == RuleMatches::source ? "from" : "to",
                     to_string(rule.prefix));
}

std::string route_to_string(const Prefix& prefix) { return fmt::format("route {} blackhole", to_string(prefix)); }

Result<> add_rule(Netlink& netlink, const BlackholeRule& rule) {
  NetlinkRequest request{RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL};
  request.family(rule_header(rule))
      .ipv4(rule.matches == RuleMatches::source ? FRA_SRC : FRA_DST, rule.prefix.address())
      .text(FRA_IIFNAME, rule.iif)
      .u32(FRA_PRIORITY, kGuardPriority)
      .u8(FRA_PROTOCOL, kGuardProtocol);
  return forgive(netlink.order(request, fmt::format("add {}", to_string(rule))), EEXIST);
}

Result<std::vector<Listed<BlackholeRule>>> list_rules(Netlink& netlink) {
  fib_rule_hdr filter{};
  filter.family = AF_INET;
  NetlinkRequest request{RTM_GETRULE, 0};
  TRY(messages, netlink.dump(request.family(filter), "list the policy rules"));
  std::vector<Listed<BlackholeRule>> rules;
  for (auto& message : messages) {
    const auto header = family_of<fib_rule_hdr>(header_of(message));
    const Attributes attributes{header_of(message), sizeof header};
    if (attributes.u8(FRA_PROTOCOL) != kGuardProtocol) continue;
    auto meaning = meaning_of(header, attributes);
    rules.push_back({std::move(meaning), std::move(message)});
  }
  return rules;
}

Result<> delete_rule(Netlink& netlink, const NetlinkMessage& listed) {
  return forgive(netlink.order(NetlinkRequest{listed, RTM_DELRULE}, "delete a policy rule of the guard"), ENOENT);
}

Result<> add_route(Netlink& netlink, const Prefix& prefix) {
  // Without NLM_F_EXCL: a foreign route of the same prefix and metric stays, and ours goes before it.
  const auto request = route_request(prefix, NLM_F_CREATE);
  return forgive(netlink.order(request, fmt::format("add {}", route_to_string(prefix))), EEXIST);
}

Result<bool> has_route(Netlink& netlink, const Prefix& prefix) {
  // An order to add that may not create: the kernel looks for the very route (type, metric, protocol) and answers
  // EEXIST, or ENOENT when it would have had to create it. Nothing changes either way.
  auto answer = netlink.order(route_request(prefix, 0), fmt::format("look for {}", route_to_string(prefix)));
  if (!answer && answer.error().code == ENOENT) return false;
  if (!answer && answer.error().code != EEXIST) return Unexpected{std::move(answer).error()};
  return true;
}

Result<std::vector<Listed<Prefix>>> list_routes(Netlink& netlink) {
  // The kernel filters by protocol: a full table is never copied to us.
  rtmsg filter{};
  filter.rtm_family = AF_INET;
  filter.rtm_protocol = kGuardProtocol;
  NetlinkRequest request{RTM_GETROUTE, 0};
  TRY(messages, netlink.dump(request.family(filter), "list the routes of the guard"));
  std::vector<Listed<Prefix>> routes;
  for (auto& message : messages) {
    const auto header = family_of<rtmsg>(header_of(message));
    if (header.rtm_protocol != kGuardProtocol) continue;
    auto meaning = meaning_of(header, Attributes{header_of(message), sizeof header});
    routes.push_back({std::move(meaning), std::move(message)});
  }
  return routes;
}

Result<> delete_route(Netlink& netlink, const NetlinkMessage& listed) {
  return forgive(netlink.order(NetlinkRequest{listed, RTM_DELROUTE}, "delete a route of the guard"), ESRCH);
}

}  // namespace cgn::io
