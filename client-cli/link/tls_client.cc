#include "client-cli/link/tls_client.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace mpim::chat {
namespace {

bool is_address(const std::string& host) {
  in6_addr room{};
  return ::inet_pton(AF_INET, host.c_str(), &room) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &room) == 1;
}

// Another file of authorities may know the certificate's.
bool of_no_authority(long verdict) {
  return verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

}  // namespace

TlsClient::TlsClient() : context_(SSL_CTX_new(TLS_client_method())) {
  if (context_ == nullptr) return;
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_verify_paths(context_.get());
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
}

Result<SSL*> TlsClient::begin(const std::string& host) {
  SSL* const side = context_ == nullptr ? nullptr : SSL_new(context_.get());
  if (side == nullptr) return Error{Code::kInternal, "there is no memory for TLS"};
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(side), host.c_str());
  } else {
    SSL_set1_host(side, host.c_str());
    SSL_set_tlsext_host_name(side, host.c_str());
  }
  return side;
}

std::string TlsClient::reason(const SSL* side, unsigned long error) {
  const long verdict = SSL_get_verify_result(side);
  if (verdict != X509_V_OK)
    return std::string("its certificate is not trusted: ") +
           X509_verify_cert_error_string(verdict) +
           (of_no_authority(verdict) ? "; an authority of your own goes into the PEM file that the "
                                       "variable SSL_CERT_FILE names"
                                     : "");
  if (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER)
    return "TLS failed: there is none at this port";
  const char* const text = ERR_reason_error_string(error);
  return std::string("TLS failed: ") + (text == nullptr ? "is it a port for TLS?" : text);
}

bool TlsClient::distrusted(const SSL* side) { return SSL_get_verify_result(side) != X509_V_OK; }

}  // namespace mpim::chat
