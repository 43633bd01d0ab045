// SPDX-License-Identifier: Apache-2.0
// TLS over a connected socket that does not block.
#include "journal/export/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <array>

namespace cgn::journal {
namespace {

std::string last_words() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

Result<std::unique_ptr<Tls>> Tls::make(const Collector& to, int socket) {
  auto tls = std::unique_ptr<Tls>{new Tls};
  tls->context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!tls->context_) return fail("make a TLS context: " + last_words());
  SSL_CTX_set_min_proto_version(tls->context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(tls->context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(tls->context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  TRY_VOID(tls->load_files(to));
  tls->session_.reset(SSL_new(tls->context_.get()));
  if (!tls->session_ || SSL_set_fd(tls->session_.get(), socket) != 1)
    return fail("make a TLS session: " + last_words());
  SSL_set_connect_state(tls->session_.get());
  TRY_VOID(tls->expect_host(to));
  return tls;
}

Result<> Tls::load_files(const Collector& to) {
  auto* context = context_.get();
  const bool trusted = to.ca.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                     : SSL_CTX_load_verify_file(context, to.ca.c_str()) == 1;
  if (!trusted) return fail("read the authorities in " + to.ca + ": " + last_words(), "check 'ca' of [[export]]");
  if (to.certificate.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, to.certificate.c_str()) != 1) {
    return fail("read certificate " + to.certificate + ": " + last_words(), "check 'cert' of [[export]]");
  }
  if (SSL_CTX_use_PrivateKey_file(context, to.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return fail("read key " + to.key + ": " + last_words(), "check 'key' of [[export]]");
  }
  return {};
}

Result<> Tls::expect_host(const Collector& to) {
  auto* checks = SSL_get0_param(session_.get());
  if (is_address(to.host)) {
    if (X509_VERIFY_PARAM_set1_ip_asc(checks, to.host.c_str()) == 1) return {};
  } else {
    SSL_set_tlsext_host_name(session_.get(), to.host.c_str());
    if (SSL_set1_host(session_.get(), to.host.c_str()) == 1) return {};
  }
  return fail("expect a certificate of " + to.host + ": " + last_words());
}

Result<> Tls::judge(int result, std::string_view doing) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ: wants_ = POLLIN; return {};
    case SSL_ERROR_WANT_WRITE: wants_ = POLLOUT; return {};
    case SSL_ERROR_ZERO_RETURN: return fail(std::string{doing} + ": the collector hung up");
    case SSL_ERROR_SYSCALL: return fail_errno(doing, errno == 0 ? ECONNRESET : errno);
    default: break;
  }
  const auto verdict = SSL_get_verify_result(session_.get());
  if (verdict != X509_V_OK) {
    ERR_clear_error();
    return fail(
        std::string{doing} + ": the collector's certificate is not believed: " + X509_verify_cert_error_string(verdict),
        "check 'ca' of [[export]], and that the certificate names the host in 'to'");
  }
  return fail(std::string{doing} + ": " + last_words());
}

Result<bool> Tls::shake_hands() {
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  if (result == 1) return true;
  TRY_VOID(judge(result, "shake hands"));
  return false;
}

Result<std::size_t> Tls::write(std::span<const std::uint8_t> bytes) {
  ERR_clear_error();
  std::size_t done = 0;
  const int result = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &done);
  if (result == 1) return done;
  TRY_VOID(judge(result, "send"));
  return std::size_t{0};
}

Result<> Tls::listen() {
  std::array<char, 512> what{};
  for (;;) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(session_.get(), what.data(), what.size(), &count);
    if (result != 1) return judge(result, "listen");
  }
}

void Tls::say_goodbye() {
  ERR_clear_error();
  SSL_shutdown(session_.get());
}

std::uint64_t Tls::octets_written() const { return BIO_number_written(SSL_get_wbio(session_.get())); }

}  // namespace cgn::journal
