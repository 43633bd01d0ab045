// SPDX-License-Identifier: Apache-2.0
// [[export]]: what it says, and every complaint with its place.
#include <catch2/catch.hpp>

#include "config/parse.hpp"
#include "config/reload.hpp"
#include "unit/config_file.hpp"
#include "unit/config_judge.hpp"

namespace cgn::config {
namespace {

using namespace std::chrono_literals;

std::string given(const std::string& type, const std::string& to, const std::string& more = "") {
  return "[[export]]\nname = \"a\"\ntype = \"" + type + "\"\nto = \"" + to + "\"\n" + more;
}

Collector valid(const std::string& more) {
  const auto config = test::valid(test::file_with(more));
  REQUIRE(config.exports.size() == 1);
  return config.exports.front().collector;
}

std::string complaint(const std::string& more) { return test::only_complaint(test::file_with(more)); }

TEST_CASE("a collector with every key, and one with none but what it needs") {
  CHECK(valid(given("netflow9", "10.0.0.9:9995")) ==
        Collector{.name = "a", .type = ExportType::netflow9, .host = "10.0.0.9", .port = 9995});
  CHECK(valid(given("syslog", "tls://[2001:db8::9]:6514",
                    "format = \"nfware\"\ntemplate_refresh = \"30s\"\nrepeat = \"20s\"\nsessions = true\nca = \"/c\"\n"
                    "cert = \"/n\"\nkey = \"/k\"\n")) == Collector{.name = "a",
                                                                   .type = ExportType::syslog,
                                                                   .transport = Transport::tls,
                                                                   .host = "2001:db8::9",
                                                                   .port = 6514,
                                                                   .format = SyslogFormat::nfware,
                                                                   .template_refresh = 30s,
                                                                   .repeat = 20s,
                                                                   .sessions = true,
                                                                   .ca = "/c",
                                                                   .certificate = "/n",
                                                                   .key = "/k"});
}

TEST_CASE("what is written out reads as what it was") {
  for (const auto& more :
       {given("ipfix", "tcp://log.example.net:4739"), given("netflow9", "192.0.2.9:9995", "sessions = true\n"),
        given("syslog", "tls://[2001:db8::9]:6514",
              "format = \"junos\"\nca = \"/c\"\ncert = \"/n\"\nkey = \"/k\"\n")}) {
    const auto before = parse(test::file_with(more));
    const auto after = parse(to_toml(before.config));
    REQUIRE(after.complaints.empty());
    CHECK(after.config.exports.front().collector == before.config.exports.front().collector);
  }
}

TEST_CASE("each complaint about a collector has its line and column") {
  const std::string hint = " (such as \"10.0.0.9:9995\" or \"tls://log.example.net:6514\")";
  CHECK(complaint(given("ipfix", "10.0.0.9")) == "cgn.toml:17:6: '10.0.0.9' names no port" + hint);
  CHECK(complaint(given("ipfix", "10.0.0.9:0")) == "cgn.toml:17:6: '0' is no port" + hint);
  CHECK(complaint(given("ipfix", "10.0.0.9:99999")) == "cgn.toml:17:6: '99999' is no port" + hint);
  CHECK(complaint(given("ipfix", "2001:db8::9:4739")) ==
        "cgn.toml:17:6: '2001:db8::9:4739': an IPv6 address stands in brackets" + hint);
  CHECK(complaint(given("ipfix", "a b:4739")) == "cgn.toml:17:6: 'a b:4739' names no host" + hint);
  CHECK(complaint(given("ipfix", "sctp://a:4739")) == "cgn.toml:17:6: 'sctp' is no transport: udp, tcp or tls" + hint);
  CHECK(complaint(given("netflow9", "tcp://a:9995")) == "cgn.toml:17:6: NetFlow v9 goes over UDP alone");
  CHECK(complaint(given("ipfix", "a:4739", "format = \"junos\"\n")) ==
        "cgn.toml:18:10: 'format' is for type \"syslog\" alone");
  CHECK(complaint(given("syslog", "a:514", "format = \"junos\"\nsessions = true\n")) ==
        "cgn.toml:19:12: format \"junos\" has no words for single mappings");
  CHECK(complaint(given("syslog", "a:514", "ca = \"/c\"\n")) == "cgn.toml:18:6: 'ca' is for tls:// alone");
  CHECK(complaint(given("syslog", "tls://a:6514", "ca = \"c.pem\"\n")) == "cgn.toml:18:6: 'c.pem' is no absolute path");
  CHECK(complaint(given("syslog", "tls://a:6514", "cert = \"/c\"\n")) == "cgn.toml:18:8: 'cert' and 'key' go together");
  CHECK(complaint(given("ipfix", "a:4739") + given("ipfix", "b:4739")) ==
        "cgn.toml:19:8: [[export]] 'a' is there already");
}

TEST_CASE("a collector without name, type or address, and words that are none") {
  const auto parsed = parse(test::file_with("[[export]]\n"));
  CHECK(parsed.complaints.size() == 3);
  for (const auto& c : parsed.complaints) CHECK(c.place.line == 14);
  CHECK(complaint("[[export]]\nname = \"a\"\ntype = \"sflow\"\nto = \"a:1\"\n").starts_with("cgn.toml:16:8: "));
  CHECK(complaint(given("syslog", "a:1", "format = \"cef\"\n")).starts_with("cgn.toml:18:10: "));
  CHECK(complaint(given("ipfix", "a:1", "template_refresh = \"0s\"\n")).starts_with("cgn.toml:18:20: "));
}

TEST_CASE("collectors come, go and change while packets flow") {
  const auto none = parse(test::file_with("")).config;
  const auto one = parse(test::file_with(given("ipfix", "a:4739"))).config;
  const auto other = parse(test::file_with(given("ipfix", "b:4739"))).config;
  CHECK(compare(none, one).restart.empty());
  CHECK_FALSE(compare(none, one).live.empty());
  CHECK(compare(one, none).restart.empty());
  CHECK(compare(one, other).restart.empty());
  CHECK(compare(one, other).live.size() == 1);
}

}  // namespace
}  // namespace cgn::config
