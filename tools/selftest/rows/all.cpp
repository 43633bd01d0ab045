// SPDX-License-Identifier: Apache-2.0
// All rows, in the order in which the matrix shows them.
#include "rows.hpp"

namespace cgn::selftest {

std::vector<Row> all_rows() {
  Rows all;
  for (const auto& theme : {mapping_rows,    filtering_rows, dependent_filtering_rows,
                            hairpin_rows,    pooling_rows,   overloading_rows,
                            bypass_rows,     static_rows,    limit_rows,
                            hold_down_rows,  record_rows,    timer_rows,
                            tcp_rows,        tcp_timer_rows, icmp_query_rows,
                            icmp_error_rows, fragment_rows,  mtu_rows,
                            transport_rows,  tunnel_rows,    realm_rows,
                            hygiene_rows,    alg_rows,       pptp_rows}) {
    for (auto& row : theme()) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace cgn::selftest
