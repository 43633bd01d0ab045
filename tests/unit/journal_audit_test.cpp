// SPDX-License-Identifier: Apache-2.0
// The record of look-ups: appended to, chained, never changed.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/journal_desk.hpp"

#include "journal/audit.hpp"

using namespace cgn;
using namespace cgn::journal;
using namespace cgn::journal::test;

namespace {

AuditEntry entry(const std::string& query, const std::string& case_reference = "AZ-1") {
  return {.at = at(0s).wall,
          .uid = 1000,
          .login = "marta",
          .verb = "lookup",
          .case_reference = case_reference,
          .query = query,
          .verdict = "ONE HOLDER",
          .result = sha256("an answer")};
}

// Past the store's own triggers, as somebody with an editor would.
void tamper(const std::filesystem::path& path, const std::string& sql) {
  auto db = Database::open(path, Database::Mode::write);
  REQUIRE(db);
  REQUIRE(db->execute("DROP TRIGGER never_changed; DROP TRIGGER never_deleted;" + sql));
}

class Store {
 public:
  Store() {
    auto opened = AuditStore::open(path);
    REQUIRE(opened);
    for (const auto* query : {"first", "second", "third", "fourth"}) REQUIRE(opened->append(entry(query)));
  }
  [[nodiscard]] AuditVerdict verify() const {
    auto verdict = verify_audit(path);
    REQUIRE(verdict);
    return *verdict;
  }
  Directory directory{};
  std::filesystem::path path = directory / "audit.cgnaudit";
};

}  // namespace

TEST_CASE("look-ups are numbered and read back as they were recorded", "[journal][audit]") {
  Store store;
  auto again = AuditStore::open(store.path);
  REQUIRE(again);
  const auto receipt = again->append(entry("of another case", "AZ-2"));
  REQUIRE(receipt);
  CHECK(receipt->seq == 5);
  const auto rows = read_audit(store.path);
  REQUIRE(rows);
  REQUIRE(rows->size() == 5);
  CHECK(rows->front().entry.query == "first");
  CHECK(rows->front().entry.login == "marta");
  CHECK(rows->front().entry.uid == 1000);
  CHECK(rows->front().entry.result == sha256("an answer"));
  CHECK(rows->back().link == receipt->link);
  CHECK(read_audit(store.path, "AZ-2")->size() == 1);
  CHECK(read_audit(store.path, "AZ-9")->empty());
  CHECK(store.verify().rows == 5);
  CHECK_FALSE(store.verify().broken_at);
}

TEST_CASE("the store itself refuses to change or delete a row", "[journal][audit]") {
  Store store;
  auto db = Database::open(store.path, Database::Mode::write);
  REQUIRE(db);
  CHECK_FALSE(db->execute("UPDATE audit SET query = 'another' WHERE seq = 2"));
  CHECK_FALSE(db->execute("DELETE FROM audit WHERE seq = 4"));
}

TEST_CASE("a row changed, removed or slipped in behind the store's back is found, and where", "[journal][audit]") {
  Store store;
  SECTION("changed") { tamper(store.path, "UPDATE audit SET query = 'another' WHERE seq = 3"); }
  SECTION("its case changed") { tamper(store.path, "UPDATE audit SET case_reference = 'AZ-7' WHERE seq = 3"); }
  SECTION("removed") { tamper(store.path, "DELETE FROM audit WHERE seq = 3"); }
  SECTION("one field's end moved to the next") {
    tamper(store.path, "UPDATE audit SET login = 'mart', verb = 'alookup' WHERE seq = 3");
  }
  SECTION("two exchanged") {
    tamper(store.path,
           "UPDATE audit SET seq = 9 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 "
           "WHERE seq = 9");
  }
  CHECK(store.verify().broken_at == std::uint64_t{3});
  CHECK_FALSE(store.verify().reason.empty());
}

TEST_CASE("a log that wants a case refuses a look-up without one", "[journal][audit]") {
  Store store;
  auto opened = AuditStore::open(store.path);
  REQUIRE(opened);
  REQUIRE(opened->set_require_case(true));
  const auto refused = opened->append(entry("no case", ""));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().hint.find("--case") != std::string::npos);
  CHECK(opened->append(entry("with case")));
  CHECK(*reads_require_case(store.path));
  REQUIRE(opened->set_require_case(false));
  CHECK(opened->append(entry("no case", "")));
  CHECK(store.verify().rows == 6);
}

TEST_CASE("several processes append at once, and the chain is one", "[journal][audit]") {
  Store store;
  constexpr int kProcesses = 4;
  constexpr int kEach = 10;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (int n = 0; n < kEach; ++n) {
        auto opened = AuditStore::open(store.path);
        if (!opened || !opened->append(entry("of process " + std::to_string(i)))) ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(store.verify().rows == 4 + kProcesses * kEach);
  CHECK_FALSE(store.verify().broken_at);
}

TEST_CASE("the store is readable by its group and nobody else, and may lie elsewhere behind a link",
          "[journal][audit]") {
  Directory directory;
  std::filesystem::create_directory(directory.log());
  const auto elsewhere = directory / "elsewhere.cgnaudit";
  REQUIRE(place_audit(directory.log(), elsewhere));
  REQUIRE(place_audit(directory.log(), elsewhere));
  auto opened = AuditStore::open(audit_path(directory.log()));
  INFO((opened ? std::string{} : opened.error().what));
  REQUIRE(opened);
  REQUIRE(opened->append(entry("first")));
  struct stat found {};
  REQUIRE(::stat(elsewhere.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0640);
  CHECK(read_audit(elsewhere)->size() == 1);
  // A store in use is never orphaned by a change of the config.
  Store kept;
  CHECK_FALSE(place_audit(kept.directory / "", elsewhere));
}

TEST_CASE("what is no audit store is not taken for one", "[journal][audit]") {
  Directory directory;
  std::ofstream{directory / "audit.cgnaudit"} << "a text that somebody left here, long enough to look like something";
  CHECK_FALSE(AuditStore::open(directory / "audit.cgnaudit"));
  CHECK_FALSE(read_audit(directory / "none.cgnaudit"));
}

TEST_CASE("who may read the store and not write it is told so when it is opened, not when a row is appended",
          "[journal][audit]") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: becoming an unprivileged user needs root");
    return;
  }
  Store store;
  std::filesystem::permissions(store.path.parent_path(), std::filesystem::perms{0755});
  std::filesystem::permissions(store.path, std::filesystem::perms{0644});
  const auto child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(1);
    if (!read_audit(store.path)) ::_exit(2);
    ::_exit(AuditStore::open(store.path) ? 3 : 0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(store.verify().rows == 4);
}
