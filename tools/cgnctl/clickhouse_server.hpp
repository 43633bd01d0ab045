// SPDX-License-Identifier: Apache-2.0
// A ClickHouse server, spoken to over its HTTP interface.
//
// What        carry_out() gives it one statement and gives back its answer. What may pass (no connection, a server that is
//             starting or has too much to do) is tried again for about half a minute.
// Ownership   User and password come from CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, so that they stand on no command line.
// Failure     A statement may have been carried out although its answer was lost: only statements that may be repeated.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "cgn/result.hpp"

namespace cgn::cgnctl {

class ClickHouseServer {
 public:
  using Pause = std::function<bool(std::chrono::milliseconds)>;  // false: give up
  // "http://HOST:8123", or https.
  [[nodiscard]] static Result<ClickHouseServer> at(const std::string& url, Pause);
  ~ClickHouseServer();
  ClickHouseServer(ClickHouseServer&&) noexcept;
  ClickHouseServer& operator=(ClickHouseServer&&) noexcept;

  [[nodiscard]] Result<std::string> carry_out(const std::string& statement);

 private:
  struct State;
  explicit ClickHouseServer(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace cgn::cgnctl
