// SPDX-License-Identifier: Apache-2.0
// The readers of the single tables of a file: each knows the keys of one table, their ranges and what an RFC demands.
#pragma once

#include "config/config.hpp"
#include "config/section.hpp"

namespace cgn::config {

void read_node(Section&, Node&);
void read_interfaces(Section&, Interfaces&);
void read_nat(Section&, Nat&);
void read_alg(Section&, Alg&);
void read_timeouts(Section&, Timeouts&);
void read_limits(Section&, Limits&);
void read_log(Section&, Log&);
void read_api(Section&, Api&);

// A name that stands in log rows, labels and answers: letters, digits, '.', '_', '-', 1 to 64 of them.
void read_name(Section&, std::string& into);

// The two marks of an alarm, in percent: it begins at `high` and ends at `low`. high = 0: none.
struct AlarmKeys {
  std::string_view high;
  std::string_view low;
};
void read_alarm(Section&, const AlarmKeys&, unsigned& high, unsigned& low);

// One prefix of an array; complains and returns nullopt when it is none that a packet can have as its address.
[[nodiscard]] std::optional<Prefix> read_prefix(Section&, std::string_view key, const std::string& text, Place);

}  // namespace cgn::config
