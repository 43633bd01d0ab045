// SPDX-License-Identifier: Apache-2.0
// cgnctl log verify: has anybody changed the record, or that of look-ups beside it? Reads its files, never the daemon;
// exit 0 when all is as written.
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <ostream>

#include "cgnctl/log_directory.hpp"
#include "cgnctl/log_verbs.hpp"
#include "cgnctl/render.hpp"
#include "journal/audit.hpp"
#include "journal/verify.hpp"

namespace cgn::cgnctl {
namespace {

namespace fs = std::filesystem;

// The public half lies beside the log directory, or in a copy of it.
Result<journal::Keyring> keys_for(const LogArguments& arguments, const fs::path& directory) {
  journal::Keyring keys;
  if (arguments.unsigned_) return keys;
  for (const auto& file : arguments.keys) TRY_VOID(keys.add(file));
  if (!keys.empty()) return keys;
  std::error_code error;
  for (const auto& place : {directory.parent_path() / "sign.pub", directory / "sign.pub"}) {
    if (!fs::exists(place, error)) continue;
    TRY_VOID(keys.add(place));
    return keys;
  }
  return fail("there is no public key to verify signatures with",
              "give the node's sign.pub with --key, or --unsigned to look at the chain alone");
}

// The record of look-ups, where there is one: nobody may have asked yet. Answers how many it holds.
std::uint64_t verify_look_ups(const fs::path& directory, std::vector<journal::Finding>& findings) {
  const auto path = journal::audit_path(directory);
  const std::string name{journal::kAuditName};
  std::error_code error;
  if (!fs::exists(path, error)) {
    const bool placed = fs::is_symlink(path, error);
    if (placed) findings.push_back({name, 0, 0, "the record of look-ups is not where its link leads"});
    return 0;
  }
  const auto done = journal::verify_audit(path);
  if (!done) {
    findings.push_back({name, 0, 0, done.error().what});
    return 0;
  }
  if (done->broken_at) findings.push_back({name, *done->broken_at, *done->broken_at, done->reason});
  return done->rows;
}

control::Json document_of(const journal::Verification& done, std::uint64_t look_ups, double seconds) {
  control::Json files = control::Json::array();
  for (const auto& f : done.files) {
    files.push_back({{"name", f.name},
                     {"sealed", f.sealed},
                     {"signed_by", f.key},
                     {"first_seq", f.first_seq},
                     {"last_seq", f.last_seq},
                     {"rows", f.rows},
                     {"last_link", f.last_link}});
  }
  control::Json findings = control::Json::array();
  for (const auto& f : done.findings) {
    findings.push_back({{"file", f.file}, {"first_seq", f.first_seq}, {"last_seq", f.last_seq}, {"what", f.what}});
  }
  return {{"schema", "cgn/log-verify/1"},
          {"intact", done.findings.empty()},
          {"rows", done.rows},
          {"last_seq", done.last_seq},
          {"signed_seq", done.signed_seq},
          {"look_ups", look_ups},
          {"rows_per_second", seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(done.rows) / seconds) : 0},
          {"files", files},
          {"findings", findings}};
}

std::string text_of(const journal::Finding& finding) {
  std::string where = finding.file.empty() ? "the record" : finding.file;
  if (finding.first_seq != 0 && finding.first_seq == finding.last_seq)
    where += fmt::format(", row {}", finding.first_seq);
  if (finding.first_seq != finding.last_seq) where += fmt::format(", rows {}-{}", finding.first_seq, finding.last_seq);
  return fmt::format("{}: {}", where, finding.what);
}

void tell(const Session& session, const LogArguments& arguments, const journal::Verification& done, double seconds) {
  for (const auto& finding : done.findings) session.out << text_of(finding) << "\n";
  const auto rate = seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(done.rows) / seconds) : 0;
  session.out << fmt::format("{} files, {} rows read, {} rows/s\n", done.files.size(), grouped(done.rows),
                             grouped(rate));
  if (arguments.unsigned_) {
    session.out << "signatures were not looked at\n";
  } else if (done.signed_seq < done.last_seq) {
    session.out << fmt::format("signed up to row {}; the newest {} rows are not signed yet\n", done.signed_seq,
                               done.last_seq - done.signed_seq);
  }
  session.out << (done.findings.empty() ? "INTACT\n" : fmt::format("NOT INTACT: {} findings\n", done.findings.size()));
}

}  // namespace

Exit log_verify(const Session& session, const LogArguments& arguments) {
  const fs::path directory = log_directory(session, arguments.log_dir);
  const auto keys = keys_for(arguments, directory);
  if (!keys) return session.fail(Exit::failed, keys.error());
  const auto began = std::chrono::steady_clock::now();
  auto done =
      journal::verify({.directory = directory, .day = arguments.day, .keys = arguments.unsigned_ ? nullptr : &*keys});
  if (!done) return session.fail(Exit::failed, done.error());
  const auto look_ups = verify_look_ups(directory, done->findings);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!session.options.wants_json()) {
    tell(session, arguments, *done, took.count());
  } else {
    session.print(document_of(*done, look_ups, took.count()));
  }
  return done->findings.empty() ? Exit::ok : Exit::failed;
}

}  // namespace cgn::cgnctl
