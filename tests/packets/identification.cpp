// SPDX-License-Identifier: Apache-2.0
#include "packets/row.hpp"
namespace cgn::test {
std::vector<Row> identification_rows() {
  return {{.says = "x",
           .in = Frame{}.eth(kAccessMac, kInternalMac).type(0x86dd).payload_of(60),
           .verdict = CGN_VERDICT_NOT_IPV4}};
}
}  // namespace cgn::test
