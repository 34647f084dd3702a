#include "server/service/resume_token.h"

#include <sodium.h>

#include <array>

namespace mpim {
namespace {

constexpr size_t kTokenBytes = 32;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr size_t kTokenChars = 43;
using TokenBytes = std::array<unsigned char, kTokenBytes>;

}  // namespace

std::string new_resume_token() {
  TokenBytes bytes;
  randombytes_buf(bytes.data(), bytes.size());
  std::string shown(sodium_base64_ENCODED_LEN(kTokenBytes, kVariant), '\0');
  sodium_bin2base64(shown.data(), shown.size(), bytes.data(), bytes.size(), kVariant);
  shown.resize(kTokenChars);
  return shown;
}

std::optional<TokenHash> hash_of_token(std::string_view token) {
  TokenBytes bytes;
  size_t length = 0;
  if (token.size() != kTokenChars) return std::nullopt;
  if (sodium_base642bin(bytes.data(), bytes.size(), token.data(), token.size(), nullptr, &length,
                        nullptr, kVariant) != 0)
    return std::nullopt;
  if (length != kTokenBytes) return std::nullopt;
  std::array<unsigned char, crypto_generichash_BYTES> digest;
  crypto_generichash(digest.data(), digest.size(), bytes.data(), bytes.size(), nullptr, 0);
  std::string hex(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.pop_back();
  return hex;
}

}  // namespace mpim
