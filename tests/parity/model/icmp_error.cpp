// SPDX-License-Identifier: Apache-2.0
// ICMP errors: they are about a packet that went the other way, so that its ends are the ones that name mappings.
//
// What        Coming in, the quoted source is an external end; going out, the quoted destination is an internal one; in
//             hairpin both. Any router may tell, but a subscriber tells of itself alone. Nothing is touched: errors keep
//             no mapping alive and end none. Reading and checking the message is packet/quote.cpp, which is judged here.
// RFC         5508 REQ-3 to REQ-7; 1122 section 3.2.2 (no error about an error)
#include "parity/model/visit.hpp"

namespace cgn::parity {
namespace {

constexpr unsigned kIcmp = 1, kUnreachable = 3, kTimeExceeded = 11, kParameterProblem = 12;
constexpr std::size_t kErrorSize = 8, kQuotedHeader = 20;

bool is_subscriber(const Visit& v, Ipv4 address) {
  const auto* c = class_of(v, address);
  return c != nullptr && (c->flags & CGN_CLASS_SUBSCRIBER);
}

// The other end of the quoted packet, as its sender's external side called it.
Heard said_of(const Visit& v, Endpoint external) {
  auto remote = v.view.quote->destination;
  if (v.direction == CGN_HAIRPIN) remote = *v.to.source;
  return {v.view.quote->proto, external, remote};
}

// The quote names the remote, too: the connection with it comes first.
const Half* find(const Visit& v, Endpoint end, Endpoint remote, std::uint8_t realm) {
  const auto& halves = v.state.scene.halves;
  if (v.view.quote->opaque && !is_whole(v, end.address))
    return nullptr;  // of a transport that only whole addresses speak
  auto found = halves.find({end, v.view.quote->proto, realm, remote});
  if (found == halves.end()) found = halves.find(key_of(v, end, v.view.quote->proto, realm));
  return found != halves.end() ? &found->second : nullptr;
}

bool same_subscriber(const Visit& v, Ipv4 other) {
  return ((v.ip.source.host() ^ other.host()) & v.subscriber_mask) == 0;
}

// A hairpinned query turned around with its sender's external identifier, which its receiver's side translated once more:
// so that is the one to look for, once the receiver has been found.
Endpoint quoted_source(const Visit& v) {
  auto end = v.view.quote->source;
  if (v.view.quote->proto == Proto::icmp && v.to.source) end.port = v.to.source->port;
  return end;
}

}  // namespace

// Of an access router of ours, about a subscriber's packet, to somebody who does not know subscribers by their addresses.
bool tells_of_subscriber(const Visit& v) {
  const auto at = v.ip.transport();
  if (!(v.role & CGN_ROLE_INTERNAL) || !(v.source_class & CGN_CLASS_TRANSIT)) return false;
  if (v.destination_class & (CGN_CLASS_SUBSCRIBER | CGN_CLASS_BYPASS_REMOTE)) return false;
  if (v.ip.protocol != kIcmp || v.ip.fragment_offset != 0 || v.ip.transport_length() < kErrorSize + kQuotedHeader) {
    return false;
  }
  const auto type = byte_at(v.in.frame, at);
  if (type != kUnreachable && type != kTimeExceeded && type != kParameterProblem) return false;
  return is_subscriber(v, address_at(v.in.frame, at + kErrorSize + 12)) ||
         is_subscriber(v, address_at(v.in.frame, at + kErrorSize + 16));
}

Step find_quoted_mapping(Visit& v) {
  const auto& quote = *v.view.quote;
  if (v.direction != CGN_INBOUND) {
    const bool of_subscriber = v.source_class & CGN_CLASS_SUBSCRIBER;
    if (of_subscriber && !same_subscriber(v, quote.destination.address)) return CGN_VERDICT_ICMP_UNMATCHED;
    if (is_tunnel(quote.proto) && !is_whole(v, quote.destination.address)) return find_quoted_tunnel(v);
    const auto* receiver = find(v, quote.destination, quote.source, v.looks());
    if (receiver == nullptr) return CGN_VERDICT_ICMP_UNMATCHED;
    v.to.source = translated(quote.destination, key_of(v, quote.destination, quote.proto, v.looks()), *receiver);
  }
  if (v.direction != CGN_OUTBOUND) {
    const auto external = quoted_source(v);
    if (is_tunnel(quote.proto) && !is_whole(v, external.address)) return find_quoted_tunnel(v);
    const auto* sender = find(v, external, v.to.source.value_or(quote.destination), CGN_REALM_EXTERNAL);
    if (sender == nullptr || !is_heard_of(v, *sender, said_of(v, external))) return CGN_VERDICT_ICMP_UNMATCHED;
    v.goes_to = sender->realm;
    v.to.destination = translated(external, key_of(v, external, quote.proto, CGN_REALM_EXTERNAL), *sender);
    if (!is_whole(v, external.address)) v.to.identification_offset = identification_offset(v, external, quote.proto);
  }
  return kGoOn;
}

}  // namespace cgn::parity
