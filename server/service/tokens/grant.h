// Handing out a device's access token and refresh token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/service/tokens/signing_keys.h"

namespace mpim {

// What a client is given. Both are shown once; only hashes of the second are kept.
struct TokenPair {
  UserId user;
  DeviceId device;
  std::string device_name;
  std::string access;
  uint64_t access_s = 0;  // how long it lives
  std::string refresh;
};

// What a grant leaves behind: the pair, and the key that signed it.
struct Grant {
  TokenPair pair;
  SigningKey key;
  bool reused = false;  // nothing was granted: the refresh token was used before
};

// 48 random bytes as url-safe base64: 16 that all tokens of one log-in share, and 32 of its own.
struct RefreshToken {
  std::string shown;
  TokenHash family;  // hashes of the two parts
  TokenHash hash;
};
// Of the same family as `before`, a refresh token, or of a new one when that is empty.
RefreshToken new_refresh_token(std::string_view before = {});
// None when `shown` cannot be one of ours.
std::optional<RefreshToken> read_refresh_token(std::string_view shown);

// Inside a transaction. `before` is the refresh token that this one comes after.
Result<Grant> grant_tokens(Store& store, DeviceId device, const TokenOptions& options,
                           Timestamp now, std::string_view before = {});
// An access token alone, for `life`, which is cut where its key ends.
std::string access_token(const TokenDevice& device, const SigningKey& key, Millis life,
                         Timestamp now);
// kBadToken unless the device stands as it did when the token was issued; kDisabled.
Result<TokenDevice> device_of_claims(Store& store, const Claims& claims);

}  // namespace mpim
