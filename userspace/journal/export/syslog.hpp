// SPDX-License-Identifier: Apache-2.0
// Events as lines of syslog, in the words of rfc5424 (ours), junos or nfware (those that collectors know already).
//
// What        PURE. The line depends on the event alone: time and host are the event's, so that what is sent twice is the same,
//             byte for byte. Every line carries (node, boot, seq). rfc5424 has a line for every row of the record, so that a
//             collector can see by `seq` that it misses nothing; junos and nfware have words for blocks and sessions only.
// RFC         5424 section 6; 6587 section 3.4.1 and 5425 section 4.3 (octet counting)
#pragma once

#include <optional>
#include <string>

#include "cgn/collector.hpp"
#include "journal/export/event.hpp"

namespace cgn::journal {

// Without frame or newline; nullopt when the format has no words for it.
[[nodiscard]] std::optional<std::string> syslog_line(const Event&, SyslogFormat);
// "LENGTH LINE": on a stream, where nothing else would tell one line from the next.
[[nodiscard]] std::string counted(const std::string& line);

}  // namespace cgn::journal
