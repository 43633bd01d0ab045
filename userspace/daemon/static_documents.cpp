// SPDX-License-Identifier: Apache-2.0
#include "daemon/static_documents.hpp"

#include "daemon/entries.hpp"

namespace cgn::daemon {
namespace {

control::Static document_of(const core::StaticView& view, Facade& facade, const std::vector<config::Realm>& realms) {
  const auto& m = view.mapping;
  const bool whole = (m.features & CGN_FEATURE_WHOLE) != 0;
  control::Static document{.proto = whole ? "any" : to_string(m.proto),
                           .external = whole ? to_string(m.external.address) : to_string(m.external),
                           .internal = whole ? to_string(m.internal.address) : to_string(m.internal),
                           .realm = config::realm_name(realms, m.internal.realm),
                           .state = view.durable ? "installed" : "pending",
                           .since = view.durable ? control::to_text(view.allocated_at) : ""};
  if (const auto out = facade.read_entry(outbound_key(m))) {
    document.packets_out = out->packets;
    document.bytes_out = out->bytes;
  }
  if (const auto in = facade.read_entry(inbound_key(m))) {
    document.packets_in = in->packets;
    document.bytes_in = in->bytes;
  }
  return document;
}

}  // namespace

control::Statics statics_document(const std::vector<core::StaticView>& views, Facade& facade) {
  control::Statics document;
  const auto realms = facade.config().realms;
  for (const auto& view : views) document.statics.push_back(document_of(view, facade, realms));
  return document;
}

}  // namespace cgn::daemon
