// SPDX-License-Identifier: Apache-2.0
// SIGHUP and `cgnctl reload`: the file is read again, and taken whole or not at all.
//
// What        Read and judge (any complaint: the old config stays) -> compare (a change that needs a restart: the old config
//             stays) -> hand over, on the brain's thread, between two packets. The order of hands: kernel settings first,
//             because only they can fail.
// Life-cycle  Lives as long as the loop. The config in force is asked for by config(), a copy.
// Ownership   Called from the control server's threads and from the one that waits for SIGHUP; one reload at a time.
// Failure     A file that cannot be read or a kernel that takes no settings is an error, and nothing has changed.
// RFC         6888 REQ-4A
#pragma once

#include <functional>
#include <mutex>

#include "config/reload.hpp"
#include "daemon/load_config.hpp"

namespace cgn::daemon {

struct ReloadReport {
  std::string file{};
  bool dry_run = false;
  bool applied = false;
  config::Reload plan{};
  config::Complaints complaints{};
};

[[nodiscard]] std::string sentence_of(const ReloadReport&);

class Reloader {
 public:
  using Read = std::function<Result<LoadedConfig>()>;
  // Makes the daemon follow, or leaves all as it was.
  using Apply = std::function<Result<>(const config::Config&)>;
  // Told of each config that was taken: by whom, and its text.
  using Taken = std::function<void(const ReloadReport&, const std::string& by, const std::string& text)>;
  struct Ways {
    Read read;
    Apply apply;
    Taken taken = {};
  };
  Reloader(std::string file, LoadedConfig first, WallTime now, Ways ways)
      : file_{std::move(file)}, ways_{std::move(ways)}, in_force_{std::move(first)}, loaded_at_{now} {}

  [[nodiscard]] Result<ReloadReport> reload(bool dry_run, WallTime now, const std::string& by = {});

  [[nodiscard]] config::Config config() const;
  struct Text {
    std::string text{};
    WallTime loaded_at{};
  };
  [[nodiscard]] Text text() const;

 private:
  std::string file_;
  Ways ways_;
  std::mutex one_at_a_time_;
  mutable std::mutex lock_;  // of what follows
  LoadedConfig in_force_;
  WallTime loaded_at_;
};

}  // namespace cgn::daemon
