// SPDX-License-Identifier: Apache-2.0
// The four lines of FTP that name an endpoint: read, and written with another.
//
// What        find_endpoint() looks through the whole lines of one segment for the first PORT or EPRT of a client, or the
//             first 227 or 229 of a server, and says where in the segment the endpoint's text stands; text_of() is what is to
//             stand there instead. Everything around it stays as it is, byte for byte.
// Failure     A line that is cut by the segment's end, longer than 512 bytes, or anything else but exactly such a line: not
//             found, and so left as it is. Whose endpoint it is, the caller judges.
// RFC         959 (PORT, 227), 2428 (EPRT, 229), 1123 section 4.1.2.6 (227 is searched for its numbers)
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cgn/net.hpp"

namespace cgn::alg::ftp {

inline constexpr Port kControl{21};
inline constexpr Port kData{20};  // from which a server calls, as a rule
inline constexpr std::size_t kLongestLine = 512;

enum class Side { client, server };  // who sends the segment

enum class Form {
  port,           // h1,h2,h3,h4,p1,p2 of PORT and 227
  extended_port,  // 1|address|port of EPRT, its delimiters around them left alone
  port_alone,     // of 229: the address is that of the control connection
};

struct Found {
  std::size_t begin = 0;  // of the text, in the segment's payload
  std::size_t end = 0;
  Form form = Form::port;
  char delimiter = '|';           // of EPRT
  std::optional<Ipv4> address{};  // none with port_alone
  Port port{};
};

[[nodiscard]] std::optional<Found> find_endpoint(std::string_view payload, Side);
[[nodiscard]] std::string text_of(const Found&, Endpoint instead);

}  // namespace cgn::alg::ftp
