// The client's side of TLS: whom it talks to is proven, or nothing is said.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "server/core/result.h"

namespace mpim::chat {

// TLS 1.2 and 1.3. The server's certificate must be for the host that was asked for, and come from
// an authority of the system's, or of the file that SSL_CERT_FILE names.
// Threads  one.
class TlsClient {
 public:
  TlsClient();

  // A side for one connection to `host`, a name or an address. The caller frees it. kInternal: out
  // of memory.
  Result<SSL*> begin(const std::string& host);

  // Why the connection of `side` failed, as a sentence.
  static std::string reason(const SSL* side, unsigned long error);
  // Whether it failed for the server's certificate.
  static bool distrusted(const SSL* side);

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace mpim::chat
