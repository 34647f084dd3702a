// The certificate a node shows, and what TLS it speaks.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "server/core/clock.h"
#include "server/core/result.h"

struct ssl_st;
struct ssl_ctx_st;

namespace mpim {

struct FreeTls {
  void operator()(ssl_st* one) const;
  void operator()(ssl_ctx_st* one) const;
};
// One connection's side of TLS.
using TlsOwner = std::unique_ptr<ssl_st, FreeTls>;

// PEM files: the certificate with the chain behind it, and its key without a password.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

// TLS 1.2 and 1.3, with the ciphers of Mozilla's "intermediate" list (forward secrecy and AEAD
// alone), session tickets, no compression, no renegotiation; of ALPN it takes http/1.1, and lets
// pass whoever asks for nothing it knows.
// Threads  any.
// Errors   kBadRequest with a sentence: a file that cannot be read, no PEM, a key of another
//          certificate, one that has expired or is not valid yet. A reload that fails changes
//          nothing, and is told by status() until one succeeds.
// Lifetime connections may outlive it. The process ignores SIGPIPE.
class TlsContext {
 public:
  struct Status {
    Timestamp expires_at;
    std::string trouble;  // why the files that lie there now are not served; empty: they are
  };

  static Result<std::unique_ptr<TlsContext>> open(TlsFiles files, const Clock& clock);
  ~TlsContext();

  // Reads the files again. Connections that are open keep what they have.
  Result<void> reload();
  // The same, if they were changed since they were last looked at, or could not be served then.
  // True: and they are served now.
  Result<bool> reload_if_changed();
  Status status() const;

  // The server's side for a non-blocking socket; none: out of memory.
  TlsOwner accept(int fd) const;

 private:
  using ContextOwner = std::shared_ptr<ssl_ctx_st>;
  // What tells one version of the two files from the next.
  struct Stamp {
    int64_t certificate_ns = 0;
    int64_t key_ns = 0;
    uint64_t certificate_file = 0;
    uint64_t key_file = 0;
    bool operator==(const Stamp&) const = default;
  };
  TlsContext(TlsFiles files, const Clock& clock);
  Stamp stamp() const;
  Result<void> load();

  const TlsFiles files_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // over the three below
  ContextOwner current_;
  Status status_;
  Stamp seen_;
};

}  // namespace mpim
