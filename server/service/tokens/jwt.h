// Access tokens: JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, HS256.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/store/tokens.h"

namespace mpim {

inline constexpr size_t kJwtChars = 1'024;  // ours have some 400
inline constexpr std::string_view kJwtAlgorithm = "HS256";
inline constexpr std::string_view kUserAudience = "mpim";
inline constexpr std::string_view kAdminAudience = "mpim-admin";

// What a token says of who shows it. An admin token has no user and no device.
struct Claims {
  std::string audience;
  UserId user;
  DeviceId device;
  uint64_t version = 0;  // the device's, when it was issued
  Timestamp issued_at;
  Timestamp expires_at;
  std::string jti;
};

// A token taken apart; nothing of it is believed yet.
struct Jwt {
  std::string algorithm;
  std::string kid;
  std::string signed_part;
  std::array<unsigned char, 32> signature;
  std::string payload;
};

// Whether it has a token's outer form, so that nothing else is asked.
inline bool looks_like_jwt(std::string_view token) { return token.find('.') != token.npos; }

// kBadToken: too long, not three parts, no strict base64url, no flat JSON, or without alg or kid.
// Cost     at most kJwtChars are looked at.
Result<Jwt> read_jwt(std::string_view token);

// The claims, if `key` signed them for `audience` (empty: for anybody of ours) and they hold at
// `now`, give or take `leeway`. kBadToken says which of these it is not. The algorithm is the
// key's, never the token's own word.
Result<Claims> check_jwt(const Jwt& jwt, const SigningKey& key, std::string_view audience,
                         Timestamp now, Millis leeway);

std::string write_jwt(const SigningKey& key, const Claims& claims);

// HMAC with SHA-256, as HS256 wants it.
std::array<unsigned char, 32> hs256(std::string_view secret, std::string_view text);
// Url-safe, without padding.
std::string base64url(std::string_view bytes);
// A random name of 128 bits, for keys and tokens.
std::string random_name();

}  // namespace mpim
