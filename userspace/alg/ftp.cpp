// SPDX-License-Identifier: Apache-2.0
// The four lines of FTP that name an endpoint.
#include "alg/ftp.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace cgn::alg::ftp {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What is left of a line, read from its front.
class Rest {
 public:
  explicit Rest(std::string_view line) : line_{line} {}

  // Letters in either case.
  bool word(std::string_view expected) {
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    if (line_.size() - at_ < expected.size()) return false;
    if (!std::equal(expected.begin(), expected.end(), line_.begin() + static_cast<std::ptrdiff_t>(at_), same))
      return false;
    at_ += expected.size();
    return true;
  }
  bool skip(char c) {
    if (at_ == line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  // One at least.
  bool spaces() {
    if (!skip(' ')) return false;
    while (skip(' ')) {
    }
    return true;
  }
  std::optional<unsigned> number(unsigned most) {
    unsigned value = 0;
    const auto begin = at_;
    while (at_ < line_.size() && is_digit(line_[at_]) && at_ - begin < 5)
      value = value * 10 + static_cast<unsigned>(line_[at_++] - '0');
    const bool more = at_ < line_.size() && is_digit(line_[at_]);
    return begin == at_ || more || value > most ? std::nullopt : std::optional{value};
  }
  std::optional<char> any() { return at_ == line_.size() ? std::nullopt : std::optional{line_[at_++]}; }
  // Nothing but spaces.
  bool over() {
    while (skip(' ')) {
    }
    return at_ == line_.size();
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

// Six numbers with commas between them.
std::optional<Found> read_numbers(Rest& rest) {
  std::array<unsigned, 6> n{};
  Found found{.begin = rest.at()};
  for (std::size_t i = 0; i < n.size(); ++i) {
    if (i > 0 && !rest.skip(',')) return std::nullopt;
    const auto value = rest.number(255);
    if (!value) return std::nullopt;
    n[i] = *value;
  }
  found.end = rest.at();
  found.address = Ipv4::from_host(n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3]);
  found.port = Port{static_cast<std::uint16_t>(n[4] << 8 | n[5])};
  return found;
}

std::optional<Found> read_port(std::string_view line) {
  Rest rest{line};
  if (!rest.word("PORT") || !rest.spaces()) return std::nullopt;
  const auto found = read_numbers(rest);
  return found && rest.over() ? found : std::nullopt;
}

std::optional<Ipv4> read_address(Rest& rest) {
  std::uint32_t address = 0;
  for (unsigned i = 0; i < 4; ++i) {
    if (i > 0 && !rest.skip('.')) return std::nullopt;
    const auto part = rest.number(255);
    if (!part) return std::nullopt;
    address = address << 8 | *part;
  }
  return Ipv4::from_host(address);
}

std::optional<Port> read_port_number(Rest& rest) {
  const auto port = rest.number(65535);
  return port ? std::optional{Port{static_cast<std::uint16_t>(*port)}} : std::nullopt;
}

// EPRT |1|100.64.0.7|5001| ; any printable character may stand for the bar.
std::optional<Found> read_extended_port(std::string_view line) {
  Rest rest{line};
  if (!rest.word("EPRT") || !rest.spaces()) return std::nullopt;
  const auto bar = rest.any();
  if (!bar || *bar < 33 || *bar > 126 || is_digit(*bar) || *bar == '.') return std::nullopt;
  Found found{.begin = rest.at(), .form = Form::extended_port, .delimiter = *bar};
  if (rest.number(65535) != 1U || !rest.skip(*bar)) return std::nullopt;
  found.address = read_address(rest);
  if (!found.address || !rest.skip(*bar)) return std::nullopt;
  const auto port = read_port_number(rest);
  found.end = rest.at();
  if (!port || !rest.skip(*bar) || !rest.over()) return std::nullopt;
  found.port = *port;
  return found;
}

// The numbers stand anywhere in the line, with or without parentheses; the first six that are six are it.
std::optional<Found> read_passive(std::string_view line) {
  if (!line.starts_with("227 ")) return std::nullopt;
  for (std::size_t at = 4; at < line.size(); ++at) {
    if (!is_digit(line[at]) || is_digit(line[at - 1]) || line[at - 1] == ',') continue;
    Rest rest{line.substr(at)};
    auto found = read_numbers(rest);
    if (!found || rest.skip(',')) continue;
    found->begin += at;
    found->end += at;
    return found;
  }
  return std::nullopt;
}

// 229 Entering Extended Passive Mode (|||6446|)
std::optional<Found> read_extended_passive(std::string_view line) {
  const auto open = line.find('(');
  if (!line.starts_with("229 ") || open == std::string_view::npos) return std::nullopt;
  const auto from = open + 1;
  Rest rest{line.substr(from)};
  const auto bar = rest.any();
  if (!bar || is_digit(*bar) || !rest.skip(*bar) || !rest.skip(*bar)) return std::nullopt;
  Found found{.begin = from + rest.at(), .form = Form::port_alone, .delimiter = *bar};
  const auto port = read_port_number(rest);
  found.end = from + rest.at();
  if (!port || !rest.skip(*bar) || !rest.skip(')')) return std::nullopt;
  found.port = *port;
  return found;
}

std::optional<Found> read_line(std::string_view line, Side side) {
  const bool client = side == Side::client;
  if (auto found = client ? read_port(line) : read_passive(line)) return found;
  return client ? read_extended_port(line) : read_extended_passive(line);
}

}  // namespace

std::optional<Found> find_endpoint(std::string_view payload, Side side) {
  std::size_t begin = 0;
  for (auto end = payload.find('\n'); end != std::string_view::npos; end = payload.find('\n', begin)) {
    auto line = payload.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto found = line.size() <= kLongestLine ? read_line(line, side) : std::nullopt;
    if (found) {
      found->begin += begin;
      found->end += begin;
      return found;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::string text_of(const Found& found, Endpoint instead) {
  const auto port = instead.port.value();
  switch (found.form) {
    case Form::port: {
      auto text = to_string(instead.address);
      std::ranges::replace(text, '.', ',');
      return fmt::format("{},{},{}", text, port >> 8, port & 0xff);
    }
    case Form::extended_port: return fmt::format("1{0}{1}{0}{2}", found.delimiter, to_string(instead.address), port);
    case Form::port_alone: return fmt::format("{}", port);
  }
  return {};  // not reached: the enum is closed
}

}  // namespace cgn::alg::ftp
