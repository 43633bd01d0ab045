// SPDX-License-Identifier: Apache-2.0
// How failure travels.
//
// What        Result<T> is a T or an Error. An Error is one sentence without a full stop, grown clause by clause on its
//             way up ("attach cgn_xdp to eth1: operation not permitted"), and, where we know it, the next step.
// Failure     Result is for outside reasons. Our own mistakes are asserts; absence is std::optional.
#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace cgn {

struct Error {
  std::string what;    // the sentence
  std::string hint{};  // the next step, empty when none is known
  int code = 0;        // errno, 0 when there is none

  // The same error with the caller's clause in front.
  [[nodiscard]] Error in(std::string_view clause) && {
    what.insert(0, ": ");
    what.insert(0, clause);
    return std::move(*this);
  }
};

template <class T = void>
using Result = std::expected<T, Error>;

using Unexpected = std::unexpected<Error>;

[[nodiscard]] inline Unexpected fail(std::string what, std::string hint = {}) {
  return Unexpected{Error{std::move(what), std::move(hint), 0}};
}

// "clause: strerror(code)"; code is a positive errno.
[[nodiscard]] inline Unexpected fail_errno(std::string_view clause, int code = errno, std::string hint = {}) {
  return Unexpected{Error{std::string{clause} + ": " + std::strerror(code), std::move(hint), code}};
}

// The only macro of userspace: TRY(name, expression) declares `name`, or returns the error.
#define CGN_CONCAT_(a, b) a##b
#define CGN_CONCAT(a, b) CGN_CONCAT_(a, b)
#define TRY(name, ...)                                                       \
  auto CGN_CONCAT(try_, __LINE__) = (__VA_ARGS__);                           \
  if (!CGN_CONCAT(try_, __LINE__)) {                                         \
    return ::cgn::Unexpected{std::move(CGN_CONCAT(try_, __LINE__)).error()}; \
  }                                                                          \
  auto name = std::move(*CGN_CONCAT(try_, __LINE__))

// TRY for Result<>: there is nothing to name.
#define TRY_VOID(...)                                        \
  if (auto try_result = (__VA_ARGS__); !try_result) {        \
    return ::cgn::Unexpected{std::move(try_result).error()}; \
  }

}  // namespace cgn
