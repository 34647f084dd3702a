// What access tokens, refresh tokens and operators' tokens are checked against.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/accounts.h"

namespace mpim {

// Signs access tokens until `retires_at`; what it signed is believed until `ends_at`.
struct SigningKey {
  std::string kid;
  std::string algorithm;  // the only one it is for: "HS256"
  std::string secret;     // bytes
  Timestamp created_at;
  Timestamp retires_at;
  Timestamp ends_at;
};

// A device as a token is held against it.
struct TokenDevice {
  DeviceId device;
  UserId user;
  std::string device_name;
  uint64_t version = 0;  // access tokens of an older one have ended
  bool disabled = false;
  TokenHash refresh_hash;  // fits the one refresh token that was not used yet
  Timestamp refresh_expires_at;
};

// A refresh token as it is stored: both parts hashed.
struct RefreshHashes {
  TokenHash family;
  TokenHash hash;
  Timestamp expires_at;
};

struct AdminToken {
  std::string jti;
  std::string issued_by;
  Timestamp issued_at;
  Timestamp expires_at;
  Timestamp revoked_at;  // 0: it is not
};

// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails; the others as each function says.
class Tokens {
 public:
  static constexpr uint32_t kKeysMax = 64;

  virtual ~Tokens() = default;

  // Those that have not ended, newest first, at most kKeysMax.
  virtual Result<std::vector<SigningKey>> keys(Timestamp now) = 0;
  // Drops those that have ended. kLimit: there are kKeysMax already.
  virtual Result<void> add_key(const SigningKey& key) = 0;
  // No key of today signs any more.
  virtual Result<void> retire_keys(Timestamp now) = 0;
  // Whatever was signed until now is worth nothing. Answers how many there were.
  virtual Result<uint32_t> drop_keys() = 0;

  virtual Result<TokenDevice> device(DeviceId device) = 0;                    // kNotFound
  virtual Result<TokenDevice> device_of_family(const TokenHash& family) = 0;  // kNotFound
  virtual Result<void> set_refresh(DeviceId device, const RefreshHashes& refresh) = 0;

  // Drops those that have expired. kLimit: `count_max` are there already.
  virtual Result<void> add_admin(const AdminToken& token, uint32_t count_max) = 0;
  virtual Result<AdminToken> admin(const std::string& jti) = 0;                  // kNotFound
  virtual Result<void> revoke_admin(const std::string& jti, Timestamp now) = 0;  // kNotFound
};

}  // namespace mpim
