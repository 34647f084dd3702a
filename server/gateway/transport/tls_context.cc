#include "server/gateway/transport/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <string_view>
#include <system_error>

namespace mpim {
namespace {

constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::string_view kProtocols("\x08http/1.1", 9);

Error refused(std::string what) { return {Code::kBadRequest, std::move(what)}; }

std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  return text == nullptr ? "it is not what OpenSSL takes" : text;
}

Result<void> check_readable(const char* setting, const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  return refused(fmt::format("{} = {}: {}", setting, path, std::generic_category().message(errno)));
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                    const unsigned char* in, unsigned in_bytes, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_bytes,
                                          reinterpret_cast<const unsigned char*>(kProtocols.data()),
                                          static_cast<unsigned>(kProtocols.size()), in, in_bytes);
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool set_up(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   // Whoever just closes has closed; what he sent is framed anyway.
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets keep them for us
  // A key with a password is refused instead of asking a terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
         SSL_CTX_set1_groups_list(context, kGroups) == 1;
}

Timestamp time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return {static_cast<int64_t>(::timegm(&parts)) * 1'000};
}

std::string day_of(Timestamp time) {
  const auto seconds = static_cast<std::time_t>(time.ms / 1'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

// When it ends; refused if that is over, or it has not begun.
Result<Timestamp> check_times(const X509* certificate, const std::string& path, Timestamp now) {
  const Timestamp begins = time_of(X509_get0_notBefore(certificate));
  const Timestamp ends = time_of(X509_get0_notAfter(certificate));
  if (ends <= now)
    return refused(fmt::format("tls.certificate = {}: it expired on {}", path, day_of(ends)));
  if (now < begins)
    return refused(
        fmt::format("tls.certificate = {}: it is not valid before {}", path, day_of(begins)));
  return ends;
}

Result<void> read_files(SSL_CTX* context, const TlsFiles& files) {
  MPIM_CHECKED(check_readable("tls.certificate", files.certificate));
  MPIM_CHECKED(check_readable("tls.key", files.key));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    return refused(fmt::format("tls.certificate = {}: no certificate in PEM ({})",
                               files.certificate, reason()));
  ERR_clear_error();
  const bool read = SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1;
  const bool foreign = !read && ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
  if (!read && !foreign)
    return refused(
        fmt::format("tls.key = {}: no key in PEM without a password ({})", files.key, reason()));
  // Of another kind than the certificate's, a key is kept beside it.
  if (foreign || SSL_CTX_check_private_key(context) != 1)
    return refused(fmt::format("tls.key = {}: it is not the key of tls.certificate = {}", files.key,
                               files.certificate));
  return {};
}

}  // namespace

void FreeTls::operator()(ssl_st* one) const { SSL_free(one); }
void FreeTls::operator()(ssl_ctx_st* one) const { SSL_CTX_free(one); }

TlsContext::TlsContext(TlsFiles files, const Clock& clock)
    : files_(std::move(files)), clock_(clock) {}

TlsContext::~TlsContext() = default;

Result<std::unique_ptr<TlsContext>> TlsContext::open(TlsFiles files, const Clock& clock) {
  std::unique_ptr<TlsContext> made(new TlsContext(std::move(files), clock));
  MPIM_CHECKED(made->reload());
  return made;
}

TlsContext::Stamp TlsContext::stamp() const {
  struct stat certificate {};
  struct stat key {};
  if (::stat(files_.certificate.c_str(), &certificate) != 0) certificate = {};
  if (::stat(files_.key.c_str(), &key) != 0) key = {};
  const auto ns = [](const timespec& at) { return at.tv_sec * 1'000'000'000 + at.tv_nsec; };
  return {ns(certificate.st_mtim), ns(key.st_mtim), certificate.st_ino, key.st_ino};
}

Result<void> TlsContext::reload() {
  const Stamp now = stamp();
  Result<void> loaded = load();
  const std::lock_guard lock(mutex_);
  seen_ = now;
  status_.trouble = loaded.ok() ? "" : loaded.error().message;
  return loaded;
}

Result<bool> TlsContext::reload_if_changed() {
  const Stamp now = stamp();
  {
    const std::lock_guard lock(mutex_);
    // What is refused today may be served tomorrow, without a touch: it was not valid yet.
    if (seen_ == now && status_.trouble.empty()) return false;
  }
  MPIM_CHECKED(reload());
  return true;
}

Result<void> TlsContext::load() {
  const ContextOwner made(SSL_CTX_new(TLS_server_method()), FreeTls());
  if (made == nullptr || !set_up(made.get()))
    return Error{Code::kInternal, "OpenSSL makes no context: " + reason()};
  MPIM_CHECKED(read_files(made.get(), files_));
  MPIM_TRY(const Timestamp ends,
           check_times(SSL_CTX_get0_certificate(made.get()), files_.certificate, clock_.wall()));
  const std::lock_guard lock(mutex_);
  current_ = made;
  status_.expires_at = ends;
  return {};
}

TlsContext::Status TlsContext::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

TlsOwner TlsContext::accept(int fd) const {
  const std::lock_guard lock(mutex_);
  TlsOwner made(SSL_new(current_.get()));
  if (made == nullptr || SSL_set_fd(made.get(), fd) != 1) return nullptr;
  SSL_set_accept_state(made.get());
  return made;
}

}  // namespace mpim
