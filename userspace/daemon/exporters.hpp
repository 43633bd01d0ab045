// SPDX-License-Identifier: Apache-2.0
// The exporters of the config, and what they are told besides the legal record.
//
// What        One Exporter for each [[export]]; a config taken while running ends those that changed and begins the new ones, each
//             where its collector got to. Rows reach them from the record's files; notices and, for those that asked, single
//             mappings are handed to them here as they happen.
// Life-cycle  Made once the journal is open, before anything is written for this start; ends before the journal does.
// Ownership   Owns the exporters. tell() and rows_durable() come from the brain's thread and never wait; status() from the
//             control server's; follow() from whoever reloads, one at a time.
// RFC         8158 (events 3, 4, 5, 8, 9, 12, 13, 18)
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "core/effects.hpp"
#include "journal/export/exporter.hpp"

namespace cgn::daemon {

struct ExportFacts {
  Collector collector{};
  journal::ExporterStatus status{};
};

class Exporters {
 public:
  // Of every exporter alike.
  Exporters(journal::ExporterOptions options, const config::Config&);

  // The exporters of this config: what has not changed goes on.
  void follow(const config::Config&);
  [[nodiscard]] std::vector<ExportFacts> status() const;

  void rows_durable();
  // `external`: of the subscriber's blocks, if it holds any.
  void tell(const core::Alarm&, const std::optional<Ipv4>& external, const Now&);
  void tell(const core::Threshold&, const Now&);
  // Of a mapping that came or went; nobody is asked unless somebody wants them.
  void tell(const core::MappingView&, bool created, const Now&);

 private:
  void publish(journal::Event);
  [[nodiscard]] bool idle() const { return !any_.load(std::memory_order_relaxed); }

  const journal::ExporterOptions options_;
  std::atomic<bool> any_ = false;
  std::atomic<bool> sessions_ = false;  // somebody wants them
  mutable std::mutex lock_;             // of what follows
  std::vector<std::unique_ptr<journal::Exporter>> exporters_;
  config::Limits limits_;
  std::vector<config::Pool> pools_;
  std::vector<config::Realm> realms_;
};

}  // namespace cgn::daemon
