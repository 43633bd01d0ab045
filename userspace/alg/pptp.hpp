// SPDX-License-Identifier: Apache-2.0
// The call ids in PPTP's control messages: found, with whose they are.
//
// What        ids_in() walks through the messages of one segment, which begins with one, and says where call ids stand. Each
//             is the sender's own or the one that its peer has chosen. A message's ids stand in its first sixteen bytes:
//             one that is cut behind them is read as if it were whole, and is the segment's last.
// Failure     What is no message (another cookie, a length that its type cannot have, an unknown type) ends the walk: it and
//             whatever follows is left as it is. Nothing but bytes inside the segment is read.
// RFC         2637 section 2
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cgn/net.hpp"

namespace cgn::alg::pptp {

inline constexpr Port kControl{1723};

using CallId = std::uint16_t;  // 0 is none

enum class Message : std::uint16_t {
  start_request = 1,
  start_reply = 2,
  stop_request = 3,
  stop_reply = 4,
  echo_request = 5,
  echo_reply = 6,
  outgoing_request = 7,
  outgoing_reply = 8,
  incoming_request = 9,
  incoming_reply = 10,
  incoming_connected = 11,
  clear_request = 12,
  disconnect_notify = 13,
  wan_error = 14,
  set_link_info = 15,
};

enum class Whose { own, peer };

struct Id {
  std::size_t at = 0;  // in the payload; two bytes
  Message message = Message::start_request;
  Whose whose = Whose::own;
  CallId value = 0;
  CallId beside = 0;  // of `own`: the peer's id in the same message, 0 if it has none
  friend bool operator==(const Id&, const Id&) = default;
};

[[nodiscard]] std::vector<Id> ids_in(std::string_view payload);

// These ask for a call, or grant one: they may name an id of the sender's that is new.
[[nodiscard]] constexpr bool begins_call(Message m) {
  return m == Message::outgoing_request || m == Message::outgoing_reply || m == Message::incoming_request ||
         m == Message::incoming_reply;
}

}  // namespace cgn::alg::pptp
