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

using BioOwner = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificateOwner = std::unique_ptr<X509, decltype(&X509_free)>;

Error bad(const std::string& path, const std::string& why) {
  return {Code::kBadRequest, path + ": " + why};
}

Result<BioOwner> open_file(const std::string& path) {
  errno = 0;
  BioOwner file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (file == nullptr) return bad(path, ::strerror(errno));
  return file;
}

Result<CertificateOwner> read_certificate(const std::string& path) {
  MPIM_TRY(const BioOwner file, open_file(path));
  CertificateOwner found(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  if (found == nullptr) return bad(path, "there is no certificate in PEM");
  return found;
}

}  // namespace

Result<CertificateSeen> certificate_seen(const std::string& path) {
  MPIM_TRY(const CertificateOwner found, read_certificate(path));
  CertificateSeen seen{"", time_of(X509_get0_notBefore(found.get())),
                       time_of(X509_get0_notAfter(found.get()))};
  const BioOwner text(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(text.get(), X509_get_subject_name(found.get()), 0, XN_FLAG_RFC2253);
  char* begin = nullptr;
  const long length = BIO_get_mem_data(text.get(), &begin);
  if (length > 0) seen.subject.assign(begin, static_cast<size_t>(length));
  return seen;
}

Result<void> check_key(const std::string& certificate, const std::string& key) {
  MPIM_TRY(const CertificateOwner shown, read_certificate(certificate));
  MPIM_TRY(const BioOwner file, open_file(key));
  // A key with a password is refused instead of asking the terminal.
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> found(
      PEM_read_bio_PrivateKey(
          file.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr),
      EVP_PKEY_free);
  if (found == nullptr) return bad(key, "there is no key in PEM without a password");
  if (X509_check_private_key(shown.get(), found.get()) != 1)
    return bad(key, "it is not the key of " + certificate);
  return {};
}

}  // namespace mpim::ops
