// SPDX-License-Identifier: Apache-2.0
// Closed log files become sealed ones.
#include "journal/sealer.hpp"

#include <algorithm>

#include "journal/attestation.hpp"
#include "journal/chain.hpp"
#include "journal/day_files.hpp"
#include "journal/schema.hpp"
#include "journal/seal.hpp"
#include "journal/source.hpp"

namespace cgn::journal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kDraft = ".sealing";

struct Closed {
  fs::path path;
  Header header;
};

// In the order of their rows.
std::vector<Closed> closed_files(const fs::path& directory, std::vector<std::string>& troubles) {
  std::vector<Closed> files;
  const auto paths = list_day_files(directory);
  if (!paths) return files;
  for (const auto& path : *paths) {
    if (auto source = Source::open(path)) {
      files.push_back({source->path(), source->header()});
    } else {
      troubles.push_back(source.error().what);
    }
  }
  std::ranges::sort(files, {}, [](const Closed& file) { return file.header.first_seq; });
  return files;
}

Result<Link> chain_of(const fs::path& path, const Link& before) {
  TRY(source, Source::open(path));
  Chain chain{before};
  TRY_VOID(source.visit(0, [&](const Row& row) {
    chain.add(row);
    return true;
  }));
  return chain.link();
}

Result<std::string> signature_before(const fs::path& directory, const std::string& previous) {
  if (previous.empty()) return std::string{};
  TRY(before, read_attestation(attestation_of(sealed_name(directory / previous))));
  return before ? before->signature : std::string{};
}

Result<> sign(const fs::path& draft, const fs::path& path, const SigningKey& key) {
  TRY(source, Source::open(draft));
  const auto& header = source.header();
  TRY(digest, digest_of(draft));
  TRY(before, signature_before(path.parent_path(), header.previous));
  return write_attestation(attestation_of(path),
                           {.file = path.filename().string(),
                            .node_id = header.node_id,
                            .node_name = header.node_name,
                            .first_seq = header.first_seq,
                            .last_seq = header.last_seq.value_or(0),
                            .previous_link = hex_of(header.previous_link),
                            .last_link = hex_of(header.last_link),
                            .sha256 = digest,
                            .previous = header.previous,
                            .previous_signature = before},
                           key);
}

// The file first: as long as it is there it has its -wal.
void remove_live(const fs::path& path) {
  std::error_code error;
  for (const auto& part : {path, wal_of(path), fs::path{path.string() + "-shm"}}) fs::remove(part, error);
}

Result<> seal_one(const Closed& file, const Header& next, const SigningKey* key) {
  const auto path = sealed_name(file.path);
  const fs::path draft = path.string() + std::string{kDraft};
  auto header = file.header;
  header.closed = next.opened;
  header.last_seq = next.first_seq - 1;
  TRY(source, Source::open(file.path));
  TRY(report, seal(draft, header, [&](const RowVisitor& visitor) {
        return source.visit(header.first_seq, [&](const Row& row) { return row.seq < next.first_seq && visitor(row); });
      }));
  TRY(link, chain_of(draft, header.previous_link));
  const bool whole = header.first_seq + report.rows == next.first_seq;
  if (!whole || report.last_link != next.previous_link || link != report.last_link) {
    return fail(file.path.string() + " is not sealed: its rows do not make the link that the next file builds on",
                "cgnctl log verify");
  }
  if (key != nullptr) TRY_VOID(sign(draft, path, *key));
  if (::rename(draft.c_str(), path.c_str()) != 0) return fail_errno("rename " + draft.string());
  TRY_VOID(sync_directory(path.parent_path()));
  remove_live(file.path);
  return {};
}

void remove_sealed_too(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> stale;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    const auto& name = at->path().native();
    for (const std::string_view part : {".cgnlog", ".cgnlog-wal", ".cgnlog-shm"}) {
      if (!name.ends_with(part) || is_sealed_name(at->path())) continue;
      const fs::path live = name.substr(0, name.size() - part.size()) + ".cgnlog";
      if (!is_sealed_name(live) && fs::exists(sealed_name(live), error)) stale.push_back(live);
    }
  }
  for (const auto& path : stale) remove_live(path);
}

}  // namespace

SealingReport seal_closed(const fs::path& directory, const std::string& in_use, const SigningKey* key) {
  SealingReport report;
  remove_drafts(directory);
  remove_sealed_too(directory);
  const auto files = closed_files(directory, report.troubles);
  for (std::size_t i = 0; i + 1 < files.size(); ++i) {
    const auto& file = files[i];
    if (file.header.schema == kSealedSchema || file.path.filename() == in_use) continue;
    if (auto sealed = seal_one(file, files[i + 1].header, key); sealed) {
      report.sealed.push_back(sealed_name(file.path).filename().string());
    } else {
      report.troubles.push_back(sealed.error().what);
    }
  }
  return report;
}

void remove_drafts(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> drafts;
  for (fs::directory_iterator at{directory, error}, end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().find(kDraft) != std::string::npos) drafts.push_back(at->path());
  }
  for (const auto& draft : drafts) fs::remove(draft, error);
}

}  // namespace cgn::journal
