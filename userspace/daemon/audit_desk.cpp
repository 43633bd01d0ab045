// SPDX-License-Identifier: Apache-2.0
// Where those who may read the legal record, but not write beside it, have their look-ups recorded.
#include "daemon/audit_desk.hpp"

#include <pwd.h>

#include <array>

#include "cgn/audit.hpp"
#include "journal/audit.hpp"

namespace cgn::daemon {
namespace {

std::string name_of(unsigned uid) {
  std::array<char, 4096> space{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return std::to_string(uid);
}

io::ControlResponse record(const io::ControlRequest& request, const std::filesystem::path& directory, WallTime now) {
  const auto body = control::Json::parse(request.body, nullptr, false);
  control::AuditRequest asked;
  try {
    asked = body.get<control::AuditRequest>();
  } catch (const control::Json::exception&) {  // the library's only way to say no
    return io::refusal(400, {"the body is no look-up", "docs/api.md lists its fields"});
  }
  const auto result = journal::from_hex(asked.result);
  if (asked.verb.empty() || asked.query.empty() || !result) {
    return io::refusal(400, {"a look-up has a verb, a query and a result in hex", "docs/api.md lists its fields"});
  }
  auto store = journal::AuditStore::open(journal::audit_path(directory));
  if (!store) return io::refusal(500, store.error());
  const auto wanted = store->require_case();
  if (wanted && *wanted && asked.case_reference.empty()) return io::refusal(400, journal::case_is_missing());
  const auto receipt = store->append({.at = now,
                                      .uid = request.peer_uid,
                                      .login = name_of(request.peer_uid),
                                      .verb = asked.verb,
                                      .case_reference = asked.case_reference,
                                      .query = asked.query,
                                      .verdict = asked.verdict,
                                      .result = *result});
  if (!receipt) return io::refusal(500, receipt.error());
  const control::AuditReceipt answer{.seq = receipt->seq, .link = journal::hex(receipt->link)};
  return {200, control::to_text(control::Json(answer))};
}

}  // namespace

Result<> prepare_audit(const config::Log& log) {
  TRY_VOID(journal::place_audit(log.path, log.audit_path));
  TRY(store, journal::AuditStore::open(journal::audit_path(log.path)));
  return store.set_require_case(log.require_case);
}

std::vector<io::ControlRoute> audit_routes(const std::filesystem::path& log_directory,
                                           std::function<WallTime()> clock) {
  return {{.method = "POST",
           .pattern = std::string{control::path::kAudit},
           .access = io::Access::write,
           .handle = [log_directory, clock = std::move(clock)](const io::ControlRequest& request) {
             return record(request, log_directory, clock());
           }}};
}

}  // namespace cgn::daemon
