// SPDX-License-Identifier: Apache-2.0
// A look-up's question, read from text.
#include "cgnctl/question.hpp"

#include <algorithm>
#include <charconv>

#include "cgnctl/instant.hpp"

namespace cgn::cgnctl {

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

std::optional<Port> parse_port(const std::string& text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Port{value};
}

// "13000" or "13000-13010".
std::optional<PortRange> parse_ports(const std::string& text) {
  const auto dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

}  // namespace

Result<journal::Question> parse_question(const QuestionText& text, Duration tolerance, WallTime now) {
  journal::Question question{.tolerance = tolerance};
  const auto address = Ipv4::parse(text.address);
  if (!address) return fail("'" + text.address + "' is no IPv4 address", "the external address, as 203.0.113.10:13000");
  question.external = *address;
  if (!text.port.empty()) {
    question.ports = parse_ports(text.port);
    if (!question.ports) return fail("'" + text.port + "' is no port", "0 to 65535, or a range as 13000-13010");
  }
  if (!text.proto.empty()) {
    question.proto = parse_proto(lower(text.proto));
    if (!question.proto)
      return fail("'" + text.proto + "' is no protocol that is translated", "tcp, udp, icmp, udplite, dccp or sctp");
  }
  TRY(at, parse_time(text.time, now));
  question.at = at;
  return question;
}

}  // namespace cgn::cgnctl
