// SPDX-License-Identifier: Apache-2.0
// TLS over a connected socket that does not block, as a client.
//
// What        Thin over OpenSSL 3: context, session, certificate checks. Every call does what can be done now; `wants()` says
//             what to wait for before it is tried again.
// Ownership   Owns context and session; the socket is the caller's and must outlive it.
// Failure     Errors carry OpenSSL's own words; of a certificate, the reason that it was not believed.
// RFC         8446, 5425 section 5
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <span>

#include "cgn/collector.hpp"
#include "cgn/result.hpp"

namespace cgn::journal {

class Tls {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Tls>> make(const Collector&, int socket);

  // True: done. False: wait for wants().
  [[nodiscard]] Result<bool> shake_hands();
  // Octets taken; 0: wait.
  [[nodiscard]] Result<std::size_t> write(std::span<const std::uint8_t>);
  // Reads and forgets; an Error when the peer has hung up.
  [[nodiscard]] Result<> listen();
  void say_goodbye();

  [[nodiscard]] short wants() const { return wants_; }  // POLLIN or POLLOUT
  [[nodiscard]] std::uint64_t octets_written() const;   // records and all

 private:
  Tls() = default;
  [[nodiscard]] Result<> load_files(const Collector&);
  [[nodiscard]] Result<> expect_host(const Collector&);
  // What an unfinished call waits for, or why it failed.
  [[nodiscard]] Result<> judge(int result, std::string_view doing);

  struct Free {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
    void operator()(SSL* s) const { SSL_free(s); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> session_;
  short wants_ = 0;
};

}  // namespace cgn::journal
