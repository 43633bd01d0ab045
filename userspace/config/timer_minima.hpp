// SPDX-License-Identifier: Apache-2.0
// How long the RFCs let each timer be at least: one table for the reader of the file and for the status screen.
//
// What        Key, member, minimum, and the sentence that asks for it; besides it the rest of ports and blocks.
// RFC         4787 REQ-5, 5382 REQ-5, 5508 REQ-2, 6888 REQ-8, 8512
#pragma once

#include <array>
#include <string_view>

#include "config/config.hpp"

namespace cgn::config {

struct TimerMinimum {
  std::string_view key;
  Duration Timeouts::*timer;
  Duration least;
  std::string_view rfc;
};

inline constexpr std::array<TimerMinimum, 6> kTimerMinima{{
    {"udp", &Timeouts::udp, seconds{120}, "RFC 4787 REQ-5"},
    {"icmp", &Timeouts::icmp, seconds{60}, "RFC 5508 REQ-2"},
    {"tcp_opening", &Timeouts::tcp_opening, seconds{240}, "RFC 5382 REQ-5"},
    {"tcp_established", &Timeouts::tcp_established, seconds{7440}, "RFC 5382 REQ-5"},
    {"tcp_closing", &Timeouts::tcp_closing, seconds{240}, "RFC 5382 REQ-5"},
    {"fragment", &Timeouts::fragment, seconds{2}, "RFC 8512 fragment-min-timeout"},
}};

inline constexpr Duration kLeastHoldDown = seconds{120};
inline constexpr std::string_view kHoldDownRfc = "RFC 6888 REQ-8";

}  // namespace cgn::config
