// SPDX-License-Identifier: Apache-2.0
// From what the daemon and its core know to the documents of the control API.
//
// What        Conversions, and the few judgements that a document adds: which verdicts are refusals, rates from two
//             samples, the warnings of the status screen.
// Ownership   Values in, values out.
#pragma once

#include "cgn/control.hpp"
#include "daemon/commands.hpp"

namespace cgn::daemon {

[[nodiscard]] control::Pool to_document(const core::PoolView&);
// What their numbers are called.
using Realms = std::vector<config::Realm>;
[[nodiscard]] control::Block to_document(const core::BlockView&, const Realms&);
[[nodiscard]] control::Subscriber to_document(const core::SubscriberView&, const std::vector<core::BlockView>&,
                                              const Realms&);
[[nodiscard]] control::BlockNews to_document(const BlockEvent&, std::uint64_t lost);

[[nodiscard]] control::Address address_document(Ipv4 external, const std::string& pool, std::vector<control::Block>);

// The core's part of the status screen, from one slice.
struct BrainFacts {
  std::vector<control::Pool> pools{};
  std::uint64_t subscribers = 0;
  std::uint64_t mappings = 0;
  control::PortUse by_protocol{};
  std::size_t refused_subscribers = 0;
  std::vector<std::string> shortages{};  // sentences
};
[[nodiscard]] BrainFacts brain_facts(const core::Translator&);

[[nodiscard]] control::Status status_document(Facade&, const BrainFacts&);
[[nodiscard]] control::Drops drops_document(Facade&);
[[nodiscard]] control::Dataplane dataplane_document(Facade&, std::uint64_t mappings);

}  // namespace cgn::daemon
