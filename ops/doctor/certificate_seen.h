// A certificate in a file, as whoever diagnoses a deployment sees it.
#pragma once

#include <string>

#include "server/core/clock.h"
#include "server/core/result.h"

namespace mpim::ops {

struct CertificateSeen {
  std::string subject;  // "CN=chat.example.org"
  Timestamp begins_at;
  Timestamp expires_at;
};

// The first of a PEM file. kBadRequest: the file cannot be read, or has none.
Result<CertificateSeen> certificate_seen(const std::string& path);

// Whether a node can serve the certificate with this key. kBadRequest with a sentence: the key
// cannot be read, is no PEM without a password, or is another certificate's.
Result<void> check_key(const std::string& certificate, const std::string& key);

}  // namespace mpim::ops
