// SPDX-License-Identifier: Apache-2.0
// The themes: one file, one list of rows each.
#pragma once

#include "connection.hpp"
#include "craft.hpp"
#include "row.hpp"

namespace cgn::selftest {

using Rows = std::vector<Row>;

[[nodiscard]] Rows mapping_rows();
[[nodiscard]] Rows filtering_rows();
[[nodiscard]] Rows dependent_filtering_rows();
[[nodiscard]] Rows hairpin_rows();
[[nodiscard]] Rows pooling_rows();
[[nodiscard]] Rows overloading_rows();
[[nodiscard]] Rows bypass_rows();
[[nodiscard]] Rows static_rows();
[[nodiscard]] Rows limit_rows();
[[nodiscard]] Rows hold_down_rows();
[[nodiscard]] Rows record_rows();
[[nodiscard]] Rows timer_rows();
[[nodiscard]] Rows tcp_rows();
[[nodiscard]] Rows tcp_timer_rows();
[[nodiscard]] Rows icmp_query_rows();
[[nodiscard]] Rows icmp_error_rows();
[[nodiscard]] Rows fragment_rows();
[[nodiscard]] Rows mtu_rows();
[[nodiscard]] Rows transport_rows();
[[nodiscard]] Rows tunnel_rows();
[[nodiscard]] Rows realm_rows();
[[nodiscard]] Rows hygiene_rows();
[[nodiscard]] Rows alg_rows();
[[nodiscard]] Rows pptp_rows();

}  // namespace cgn::selftest
