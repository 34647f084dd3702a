#include "server/service/tokens/grant.h"

#include <sodium.h>

#include <array>

namespace mpim {
namespace {

constexpr size_t kFamilyBytes = 16;
constexpr size_t kSecretBytes = 32;
constexpr size_t kTokenChars = 64;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

TokenHash hash_of(std::string_view part) {
  std::array<unsigned char, crypto_generichash_BYTES> digest;
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(part.data()), part.size(), nullptr, 0);
  std::string hex(digest.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
  hex.pop_back();
  return hex;
}

std::optional<std::string> bytes_of(std::string_view shown) {
  std::string bytes(kFamilyBytes + kSecretBytes, '\0');
  size_t length = 0;
  if (shown.size() != kTokenChars) return std::nullopt;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), shown.data(),
                        shown.size(), nullptr, &length, nullptr, kVariant) != 0)
    return std::nullopt;
  return bytes;
}

RefreshToken token_of(const std::string& bytes) {
  return {base64url(bytes), hash_of(bytes.substr(0, kFamilyBytes)),
          hash_of(bytes.substr(kFamilyBytes))};
}

}  // namespace

RefreshToken new_refresh_token(std::string_view before) {
  std::string bytes(kFamilyBytes + kSecretBytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  if (const auto older = bytes_of(before)) bytes.replace(0, kFamilyBytes, *older, 0, kFamilyBytes);
  return token_of(bytes);
}

std::optional<RefreshToken> read_refresh_token(std::string_view shown) {
  const auto bytes = bytes_of(shown);
  if (!bytes) return std::nullopt;
  return token_of(*bytes);
}

Result<Grant> grant_tokens(Store& store, DeviceId device, const TokenOptions& options,
                           Timestamp now, std::string_view before) {
  MPIM_TRY(const TokenDevice holder, store.tokens().device(device));
  MPIM_TRY(SigningKey key, key_for_signing(store, options, now));
  const RefreshToken refresh = new_refresh_token(before);
  MPIM_CHECKED(
      store.tokens().set_refresh(device, {refresh.family, refresh.hash, now + options.refresh}));
  std::string access = access_token(holder, key, options.access, now);
  TokenPair pair{holder.user,
                 device,
                 holder.device_name,
                 std::move(access),
                 static_cast<uint64_t>(options.access.count()) / 1'000,
                 refresh.shown};
  return Grant{std::move(pair), std::move(key)};
}

std::string access_token(const TokenDevice& device, const SigningKey& key, Millis life,
                         Timestamp now) {
  Claims claims;
  claims.audience = kUserAudience;
  claims.user = device.user;
  claims.device = device.device;
  claims.version = device.version;
  claims.issued_at = now;
  claims.expires_at = std::min(now + life, key.ends_at);
  claims.jti = random_name();
  return write_jwt(key, claims);
}

Result<TokenDevice> device_of_claims(Store& store, const Claims& claims) {
  Result<TokenDevice> device = store.tokens().device(claims.device);
  if (!device.ok() && device.error().code != Code::kNotFound) return device.error();
  if (device.ok() && device->user == claims.user && device->disabled)
    return Error{Code::kDisabled, "this account is disabled: ask the operator"};
  if (!device.ok() || device->user != claims.user || device->version != claims.version)
    return Error{Code::kBadToken, "this access token was revoked: log in again"};
  return device;
}

}  // namespace mpim
