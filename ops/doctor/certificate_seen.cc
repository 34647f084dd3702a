#include "ops/doctor/certificate_seen.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include <memory>

namespace mpim::ops {
namespace {

Timestamp time_of(const ASN1_TIME* when) {
  tm parts{};
  if (ASN1_TIME_to_tm(when, &parts) != 1) return {};
  return {static_cast<int64_t>(::timegm(&parts)) * 1'000};
}

}  // namespace

Result<CertificateSeen> certificate_seen(const std::string& path) {
  errno = 0;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (file == nullptr) return Error{Code::kBadRequest, path + ": " + ::strerror(errno)};
  const std::unique_ptr<X509, decltype(&X509_free)> found(
      PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  if (found == nullptr) return Error{Code::kBadRequest, path + ": there is no certificate in PEM"};
  CertificateSeen seen{"", time_of(X509_get0_notBefore(found.get())),
                       time_of(X509_get0_notAfter(found.get()))};
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(found.get()), 0, XN_FLAG_RFC2253);
  char* begin = nullptr;
  const long length = BIO_get_mem_data(text.get(), &begin);
  if (length > 0) seen.subject.assign(begin, static_cast<size_t>(length));
  return seen;
}

}  // namespace mpim::ops
