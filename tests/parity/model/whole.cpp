// SPDX-License-Identifier: Apache-2.0
// Whole addresses: a mapping of every transport and every port, without either in its key; the ports of a packet stay.
#include "parity/model/visit.hpp"

namespace cgn::parity {

bool is_whole(const Visit& v, Ipv4 address) {
  const auto* c = class_of(v, address);
  return c != nullptr && (c->flags & CGN_CLASS_WHOLE);
}

bool is_whole(const Visit& v) {
  switch (v.direction) {
    case CGN_OUTBOUND: return is_whole(v, v.ip.source);
    case CGN_INBOUND: return is_whole(v, v.ip.destination);
    case CGN_HAIRPIN: return is_whole(v, v.ip.source) && is_whole(v, v.ip.destination);
    case CGN_BYPASS: break;
  }
  return false;
}

HalfKey key_of(const Visit& v, Endpoint end, Proto proto, std::uint8_t realm) {
  return is_whole(v, end.address) ? HalfKey{{end.address, {}}, Proto{0}, realm} : HalfKey{end, proto, realm};
}

Endpoint translated(Endpoint end, const HalfKey& key, const Half& half) {
  return key.proto == Proto{0} ? Endpoint{half.to.address, end.port} : half.to;
}

}  // namespace cgn::parity
