// SPDX-License-Identifier: Apache-2.0
// A ClickHouse server, spoken to over its HTTP interface.
#include "cgnctl/clickhouse_server.hpp"

#include <httplib.h>

#include <cstdlib>

namespace cgn::cgnctl {
namespace {

using std::chrono::milliseconds;

constexpr int kTries = 8;
constexpr milliseconds kFirstWait{250};  // and twice as long each time
constexpr time_t kConnectSeconds = 10;
constexpr time_t kAnswerSeconds = 300;

// What the server says of a statement that makes no sense to it will not change by saying it again.
bool is_final(int status) { return status >= 400 && status < 500 && status != 408 && status != 429; }

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

struct ClickHouseServer::State {
  std::string url;
  Pause pause;
  httplib::Client client;
};

Result<ClickHouseServer> ClickHouseServer::at(const std::string& url, Pause pause) {
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!http || url.find('/', url.find("//") + 2) != std::string::npos || url.find('@') != std::string::npos) {
    return fail("'" + url + "' is no address of a ClickHouse server",
                "as http://HOST:8123; user and password in CLICKHOUSE_USER and CLICKHOUSE_PASSWORD");
  }
  auto state = std::make_unique<State>(State{url, std::move(pause), httplib::Client{url}});
  auto& client = state->client;
  client.set_connection_timeout(kConnectSeconds);
  client.set_read_timeout(kAnswerSeconds);
  client.set_write_timeout(kAnswerSeconds);
  client.set_keep_alive(true);
  httplib::Headers headers;
  if (const char* user = std::getenv("CLICKHOUSE_USER")) headers.emplace("X-ClickHouse-User", user);
  if (const char* password = std::getenv("CLICKHOUSE_PASSWORD")) headers.emplace("X-ClickHouse-Key", password);
  client.set_default_headers(std::move(headers));
  return ClickHouseServer{std::move(state)};
}

ClickHouseServer::ClickHouseServer(std::unique_ptr<State> state) : state_{std::move(state)} {}
ClickHouseServer::~ClickHouseServer() = default;
ClickHouseServer::ClickHouseServer(ClickHouseServer&&) noexcept = default;
ClickHouseServer& ClickHouseServer::operator=(ClickHouseServer&&) noexcept = default;

Result<std::string> ClickHouseServer::carry_out(const std::string& statement) {
  std::string trouble;
  for (auto [tries, wait] = std::pair{1, kFirstWait};; ++tries, wait *= 2) {
    const auto answer = state_->client.Post("/", statement, "text/plain");
    if (answer && answer->status == 200) return answer->body;
    trouble = answer ? first_line(answer->body) : httplib::to_string(answer.error());
    if (answer && is_final(answer->status)) break;
    if (tries == kTries || !state_->pause(wait)) break;
  }
  return fail("the ClickHouse server at " + state_->url + " did not take it: " + trouble,
              "when it is well, say the same again: what it has already is not doubled");
}

}  // namespace cgn::cgnctl
