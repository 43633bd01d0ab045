// SPDX-License-Identifier: Apache-2.0
// Every look-up is itself recorded, before its answer is printed.
#include "cgnctl/recording.hpp"

#include <unistd.h>

#include <filesystem>
#include <ostream>

#include "cgn/audit.hpp"
#include "cgnctl/client.hpp"
#include "cgnctl/log_directory.hpp"

namespace cgn::cgnctl {

namespace {

Error refused(const Error& why) {
  return {"the look-up cannot be recorded, so it is not answered: " + why.what,
          why.hint.empty() ? "sudo, or start cgnd, which records for group cgn-legal" : why.hint};
}

}  // namespace

Result<Recording> Recording::begin(const Session& session, const Place& place, journal::Reader& reader) {
  Recording recording{session};
  if (place.audit_file.empty() && !place.log_dir.empty() && !reader.original()) {
    session.err << "note: " << reader.directory().string()
                << " is a copy: nothing was recorded of this look-up (--audit FILE does)\n";
    return recording;
  }
  const std::filesystem::path path =
      place.audit_file.empty() ? journal::audit_path(reader.directory()) : std::filesystem::path{place.audit_file};
  auto store = journal::AuditStore::open(path);
  if (store) {
    TRY(wanted, store->require_case());
    recording.require_case_ = wanted;
    recording.store_ = std::move(*store);
    return recording;
  }
  const auto socket = std::filesystem::path{session.options.socket}.replace_filename(control::kLegalName).string();
  std::error_code error;
  const bool may_ask = place.audit_file.empty() && ::geteuid() != 0 && std::filesystem::exists(socket, error);
  if (!may_ask) return Unexpected{refused(store.error())};
  recording.socket_ = socket;
  recording.require_case_ = journal::reads_require_case(path).value_or(false);
  return recording;
}

Result<std::optional<journal::AuditReceipt>> Recording::note(const Recorded& recorded) {
  std::optional<journal::AuditReceipt> receipt;
  if (store_) {
    auto made = store_->append({.at = session_->clock(),
                                .uid = ::getuid(),
                                .login = asking_user(),
                                .verb = recorded.verb,
                                .case_reference = recorded.case_reference,
                                .query = recorded.query,
                                .verdict = recorded.verdict,
                                .result = recorded.result});
    if (!made) return Unexpected{refused(made.error())};
    receipt = *made;
  } else if (!socket_.empty()) {
    TRY(made, tell_daemon(recorded));
    receipt = made;
  }
  return receipt;
}

Result<journal::AuditReceipt> Recording::tell_daemon(const Recorded& recorded) const {
  const control::AuditRequest request{.verb = recorded.verb,
                                      .case_reference = recorded.case_reference,
                                      .query = recorded.query,
                                      .verdict = recorded.verdict,
                                      .result = journal::hex(recorded.result)};
  Options options = session_->options;
  options.socket = socket_;
  options.socket_given = true;
  const auto reply = Client{options}.post(control::path::kAudit, control::Json(request));
  // Who cannot reach it needs no other socket.
  if (reply.exit == Exit::unreachable) return Unexpected{refused({reply.error.what})};
  if (reply.exit != Exit::ok) return Unexpected{refused(reply.error)};
  const auto receipt = reply.body.get<control::AuditReceipt>();
  const auto link = journal::from_hex(receipt.link);
  if (!link || receipt.seq == 0) return Unexpected{refused({"cgnd's answer is no receipt"})};
  return journal::AuditReceipt{receipt.seq, *link};
}

control::Json to_json(const std::optional<journal::AuditReceipt>& receipt, const journal::Link& result) {
  if (!receipt) return nullptr;
  return {{"entry", receipt->seq}, {"link", journal::hex(receipt->link)}, {"result_sha256", journal::hex(result)}};
}

}  // namespace cgn::cgnctl
