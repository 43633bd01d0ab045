// SPDX-License-Identifier: Apache-2.0
// cgnctl clear: ends a subscriber's mappings, or one of them. What that will end is said first.
#include <fmt/format.h>

#include <ostream>

#include "cgn/net.hpp"
#include "cgnctl/client.hpp"
#include "cgnctl/verbs.hpp"

namespace cgn::cgnctl {

namespace {

Exit tell(const Session& session, const Reply& reply) {
  if (reply.exit != Exit::ok) return session.fail(reply.exit, reply.error);
  if (session.options.wants_json()) {
    session.print(reply.body);
  } else {
    session.out << fmt::format("{} mappings ended\n", reply.body.get<control::Cleared>().mappings) << std::flush;
  }
  return Exit::ok;
}

}  // namespace

Exit clear_subscriber(const Session& session, const std::string& address, const ClearArguments& how) {
  const Client client{session.options};
  const auto query = how.realm.empty() ? Query{} : Query{{"realm", how.realm}};
  const auto found = client.get(below(control::path::kSubscribers, address), query);
  if (found.exit != Exit::ok) return session.fail(found.exit, found.error);
  const auto s = found.body.get<control::Subscriber>();
  const auto effect =
      fmt::format("will end {} mappings of subscriber {} (TCP {}, UDP {}, ICMP {}) and return {} blocks",
                  s.mappings.tcp + s.mappings.udp + s.mappings.icmp + s.mappings.other, s.subscriber, s.mappings.tcp,
                  s.mappings.udp, s.mappings.icmp, s.blocks.size());
  if (!session.confirmed(effect, how.yes)) return Exit::usage;
  return tell(session, client.post(control::path::kClearSubscriber, {{"subscriber", address}, {"realm", s.realm}}));
}

Exit clear_mapping(const Session& session, const std::string& mapping, const ClearArguments& how) {
  const auto slash = mapping.find('/');
  const auto internal = parse_endpoint(mapping.substr(0, slash));
  const auto proto = slash == std::string::npos ? std::nullopt : parse_proto(mapping.substr(slash + 1));
  if (!internal || !proto) {
    return session.fail(Exit::usage, {"'" + mapping + "' is no mapping", "write IP:PORT/proto: 100.64.0.7:5000/udp"});
  }
  const auto effect =
      fmt::format("will end the {} mapping of internal endpoint {}", to_string(*proto), to_string(*internal));
  if (!session.confirmed(effect, how.yes)) return Exit::usage;
  control::Json body{{"internal", to_string(*internal)}, {"proto", to_string(*proto)}};
  if (!how.realm.empty()) body["realm"] = how.realm;
  return tell(session, Client{session.options}.post(control::path::kClearMapping, body));
}

}  // namespace cgn::cgnctl
