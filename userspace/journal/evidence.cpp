// SPDX-License-Identifier: Apache-2.0
// The files that an answer stands on, as evidence.
#include "journal/evidence.hpp"

#include <algorithm>

#include "journal/day_files.hpp"

namespace cgn::journal {

std::vector<FileEvidence> evidence_of(const Answer& answer) {
  std::vector<FileEvidence> files;
  for (const auto& path : answer.files) {
    if (std::ranges::any_of(files, [&](const FileEvidence& f) { return f.path == path; })) continue;
    std::error_code error;
    FileEvidence file{.path = path, .closed = !std::filesystem::exists(wal_of(path), error)};
    if (file.closed) {
      if (auto hash = sha256_of_file(path)) file.sha256 = *hash;
    }
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace cgn::journal
