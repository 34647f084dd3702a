// Operators' calls about tokens and the keys that sign them.
#include "server/service/admin/admin_change.h"
#include "server/service/resume_token.h"
#include "server/service/tokens/grant.h"

namespace mpim {
namespace {

constexpr Millis kAdminLife = std::chrono::hours(24);
constexpr uint32_t kDevicesMax = 256;  // an operator may go beyond what a user may have himself

Error revoked_admin() { return {Code::kBadToken, "this admin token was revoked"}; }

Result<Millis> life_of(Millis wanted, Millis usual, const TokenOptions& options) {
  if (wanted == Millis(0)) return std::min(usual, options.issued_max);
  if (wanted <= options.issued_max) return wanted;
  return Error{Code::kBadRequest, "a token may live for " +
                                      std::to_string(options.issued_max.count() / 86'400'000) +
                                      " days at most (tokens.issued_days_max)"};
}

TokenRow row_of_device(std::string kind, const TokenDevice& device) {
  TokenRow row;
  row.kind = std::move(kind);
  row.user = device.user;
  row.device_name = device.device_name;
  return row;
}

Result<AdminToken> standing_admin(Store& store, const std::string& jti) {
  Result<AdminToken> token = store.tokens().admin(jti);
  if (!token.ok() && token.error().code == Code::kNotFound) return revoked_admin();
  if (token.ok() && token->revoked_at.ms != 0) return revoked_admin();
  return token;
}

// What is needed beside the database to judge a token.
struct Judged {
  TokenRow row;
  DeviceId device;
};

Result<Judged> judge_jwt(Store& store, const std::string& token, const TokenOptions& options,
                         Timestamp now) {
  MPIM_TRY(const Jwt jwt, read_jwt(token));
  MPIM_TRY(const std::vector<SigningKey> keys, store.tokens().keys(now));
  const auto key = std::ranges::find(keys, jwt.kid, &SigningKey::kid);
  if (key == keys.end())
    return Error{Code::kBadToken, "it is signed with a key that is not, or no longer, in use"};
  MPIM_TRY(const Claims claims, check_jwt(jwt, *key, "", now, options.leeway));
  Judged judged;
  if (claims.audience == kAdminAudience) {
    MPIM_TRY(const AdminToken admin, standing_admin(store, claims.jti));
    judged.row.kind = "admin";
    judged.row.issued_by = admin.issued_by;
  } else {
    MPIM_TRY(const TokenDevice device, device_of_claims(store, claims));
    judged = {row_of_device("access", device), device.device};
  }
  judged.row.jti = claims.jti;
  judged.row.kid = jwt.kid;
  judged.row.issued_at = claims.issued_at;
  judged.row.expires_at = claims.expires_at;
  return judged;
}

Result<Judged> judge_refresh(Store& store, const RefreshToken& token, Timestamp now) {
  const Result<TokenDevice> device = store.tokens().device_of_family(token.family);
  if (!device.ok() && device.error().code != Code::kNotFound) return device.error();
  if (!device.ok() || device->refresh_hash != token.hash)
    return Error{Code::kBadToken, "this refresh token was used or revoked, or was never given out"};
  if (device->disabled) return Error{Code::kDisabled, "the account is disabled"};
  if (device->refresh_expires_at <= now)
    return Error{Code::kBadToken, "this refresh token has expired"};
  Judged judged{row_of_device("refresh", *device), device->device};
  judged.row.expires_at = device->refresh_expires_at;
  return judged;
}

Result<Judged> judge_resume(Store& store, const TokenHash& hash) {
  MPIM_TRY(const Device device, store.accounts().device_of(hash));
  TokenRow row;
  row.kind = "resume";
  row.user = device.user;
  row.device_name = device.name;
  return Judged{std::move(row), device.id};
}

Result<Judged> judge(Store& store, const std::string& token, const TokenOptions& options,
                     Timestamp now) {
  Result<Judged> judged = Error{Code::kBadToken, "this is no token of any kind"};
  if (looks_like_jwt(token))
    judged = judge_jwt(store, token, options, now);
  else if (const auto refresh = read_refresh_token(token))
    judged = judge_refresh(store, *refresh, now);
  else if (const auto resume = hash_of_token(token))
    judged = judge_resume(store, *resume);
  if (!judged.ok() || !judged->row.user) return judged;
  MPIM_TRY(const Account account, store.accounts().find(judged->row.user));
  judged->row.user_name = account.name;
  return judged;
}

SessionsEnded ended_by_operator(UserId user, DeviceId device) {
  return {
      user, device, {Code::kBadToken, "an operator revoked this device's tokens: log in again"}};
}

}  // namespace

void AdminService::admit(std::string token, std::string from, Reply<Operator> reply) {
  if (token.empty())
    return reply(Error{Code::kNotLoggedIn,
                       "send Authorization: Bearer and an admin token, which "
                       "`mpimctl token issue --admin` gives"});
  if (!looks_like_jwt(token)) {
    const std::optional<TokenHash> hash = hash_of_token(token);
    if (!hash) return reply(Error{Code::kBadToken, "this is no admin token"});
    auto job = [hash = *hash](Store& store) -> Result<Operator> {
      MPIM_CHECKED(store.accounts().device_of(hash));
      return Error{Code::kDenied, "this is a user's token: the admin API wants an admin token"};
    };
    return storage_.read(std::move(job), std::move(reply));
  }
  auto checked = [this, from = std::move(from),
                  reply = std::move(reply)](Result<Claims> claims) mutable {
    if (!claims.ok()) return reply(claims.error());
    if (claims->audience != kAdminAudience)
      return reply(
          Error{Code::kDenied, "this is a user's token: the admin API wants an admin token"});
    auto job = [jti = claims->jti, from = std::move(from)](Store& store) -> Result<Operator> {
      MPIM_TRY(const AdminToken admin, standing_admin(store, jti));
      return Operator{"token " + jti + " of " + admin.issued_by + " from " + from, false};
    };
    storage_.read(std::move(job), std::move(reply));
  };
  keys_->check(home_, storage_, token, "", Reply<Claims>(home_, std::move(checked)));
}

void AdminService::issue_token(const Operator& by, UserChoice user, std::string device_name,
                               Millis life, Reply<IssuedToken> reply) {
  const Result<Millis> lives = life_of(life, keys_->options().access, keys_->options());
  if (!lives.ok()) return reply(lives.error());
  auto key = std::make_shared<SigningKey>();
  auto job = [user = std::move(user), name = std::move(device_name), lives = *lives, key,
              options = keys_->options(),
              now = home_.clock().wall()](Store& store) -> Result<Changed<IssuedToken>> {
    MPIM_TRY(const Account account, resolve_person(store, user));
    if (account.disabled)
      return Error{Code::kDisabled, "the account " + account.name + " is disabled"};
    const DeviceName wanted = name.empty() ? DeviceName{} : DeviceName{name};
    MPIM_TRY(const Device made, store.accounts().have_device(account.id, wanted, kDevicesMax, now));
    MPIM_TRY(const TokenDevice device, store.tokens().device(made.id));
    MPIM_TRY(*key, key_for_signing(store, options, now));
    IssuedToken issued;
    issued.token = access_token(device, *key, lives, now);
    MPIM_TRY(Judged judged, judge_jwt(store, issued.token, options, now));
    issued.row = std::move(judged.row);
    issued.row.user_name = account.name;
    std::string subject =
        account.name + "'s device " + wanted.text + ": access token " + issued.row.jti;
    return Changed<IssuedToken>{.answer = std::move(issued), .subject = std::move(subject)};
  };
  auto stored = [this, key, reply = std::move(reply)](Result<IssuedToken> issued) mutable {
    if (issued.ok()) keys_->learn(*key);
    reply(std::move(issued));
  };
  change(by, "IssueToken", std::move(job), Reply<IssuedToken>(home_, std::move(stored)));
}

void AdminService::issue_admin_token(const Operator& by, Millis life, Reply<IssuedToken> reply) {
  if (!by.local)
    return reply(Error{Code::kDenied, "admin tokens are issued over the admin socket only"});
  const Result<Millis> lives = life_of(life, kAdminLife, keys_->options());
  if (!lives.ok()) return reply(lives.error());
  auto key = std::make_shared<SigningKey>();
  auto job = [by, lives = *lives, key, options = keys_->options(),
              now = home_.clock().wall()](Store& store) -> Result<Changed<IssuedToken>> {
    MPIM_TRY(*key, key_for_signing(store, options, now));
    Claims claims;
    claims.audience = kAdminAudience;
    claims.issued_at = now;
    claims.expires_at = std::min(now + lives, key->ends_at);
    claims.jti = random_name();
    MPIM_CHECKED(store.tokens().add_admin(
        {claims.jti, by.name, now, claims.expires_at + options.leeway, {}}, options.admin_max));
    IssuedToken issued;
    issued.token = write_jwt(*key, claims);
    MPIM_TRY(Judged judged, judge_jwt(store, issued.token, options, now));
    issued.row = std::move(judged.row);
    std::string subject = "admin token " + claims.jti;
    return Changed<IssuedToken>{.answer = std::move(issued), .subject = std::move(subject)};
  };
  auto stored = [this, key, reply = std::move(reply)](Result<IssuedToken> issued) mutable {
    if (issued.ok()) keys_->learn(*key);
    reply(std::move(issued));
  };
  change(by, "IssueToken", std::move(job), Reply<IssuedToken>(home_, std::move(stored)));
}

void AdminService::check_token(std::string token, Reply<TokenRow> reply) {
  auto job = [token = std::move(token), options = keys_->options(),
              now = home_.clock().wall()](Store& store) -> Result<TokenRow> {
    MPIM_TRY(Judged judged, judge(store, token, options, now));
    return std::move(judged.row);
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::revoke_token(const Operator& by, std::string token, Reply<RevokedTokens> reply) {
  auto job = [token = std::move(token), options = keys_->options(),
              now = home_.clock().wall()](Store& store) -> Result<Changed<RevokedTokens>> {
    const Result<AdminToken> named = store.tokens().admin(token);
    if (!named.ok() && named.error().code != Code::kNotFound) return named.error();
    Judged judged;
    if (named.ok()) {
      judged.row.kind = "admin";
      judged.row.jti = token;
    } else {
      MPIM_TRY(judged, judge(store, token, options, now));
    }
    if (judged.row.kind == "admin") {
      MPIM_CHECKED(store.tokens().revoke_admin(judged.row.jti, now));
      return Changed<RevokedTokens>{.answer = {"admin", 0},
                                    .subject = "admin token " + judged.row.jti};
    }
    MPIM_CHECKED(store.accounts().revoke_token(judged.device));
    return Changed<RevokedTokens>{
        .answer = {judged.row.kind, 1},
        .subject = judged.row.user_name + "'s device " + judged.row.device_name,
        .told = {{judged.row.user, ended_by_operator(judged.row.user, judged.device)}}};
  };
  change(by, "RevokeTokens", std::move(job), std::move(reply));
}

void AdminService::revoke_tokens_of(const Operator& by, UserChoice user, std::string device_name,
                                    Reply<RevokedTokens> reply) {
  auto job = [user = std::move(user),
              name = std::move(device_name)](Store& store) -> Result<Changed<RevokedTokens>> {
    MPIM_TRY(const Account account, resolve_person(store, user));
    std::vector<Device> devices;
    if (name.empty()) {
      MPIM_TRY(devices, store.accounts().devices(account.id));
    } else {
      MPIM_TRY(Device one, device_named(store, account, name));
      devices.push_back(std::move(one));
    }
    Changed<RevokedTokens> changed{
        .answer = {"", static_cast<uint32_t>(devices.size())},
        .subject = account.name + (name.empty() ? "" : "'s device " + name)};
    for (const Device& device : devices) {
      MPIM_CHECKED(store.accounts().revoke_token(device.id));
      changed.told.emplace_back(account.id, ended_by_operator(account.id, device.id));
    }
    return changed;
  };
  change(by, "RevokeTokens", std::move(job), std::move(reply));
}

void AdminService::list_keys(Reply<std::vector<SigningKey>> reply) {
  auto job = [now = home_.clock().wall()](Store& store) -> Result<std::vector<SigningKey>> {
    MPIM_TRY(std::vector<SigningKey> keys, store.tokens().keys(now));
    for (SigningKey& key : keys) key.secret.clear();
    return keys;
  };
  storage_.read(std::move(job), std::move(reply));
}

void AdminService::rotate_keys(const Operator& by, bool drop_old, Reply<RotatedKeys> reply) {
  auto job = [drop_old, options = keys_->options(),
              now = home_.clock().wall()](Store& store) -> Result<Changed<RotatedKeys>> {
    RotatedKeys rotated;
    if (drop_old) {
      MPIM_TRY(rotated.dropped, store.tokens().drop_keys());
    } else {
      MPIM_CHECKED(store.tokens().retire_keys(now));
    }
    rotated.key = new_signing_key(options, now);
    MPIM_CHECKED(store.tokens().add_key(rotated.key));
    std::string subject = "key " + rotated.key.kid + (drop_old ? ", the others dropped" : "");
    return Changed<RotatedKeys>{.answer = std::move(rotated), .subject = std::move(subject)};
  };
  auto stored = [this, reply = std::move(reply)](Result<RotatedKeys> rotated) mutable {
    if (!rotated.ok()) return reply(rotated.error());
    keys_->forget();
    rotated->key.secret.clear();
    reply(std::move(rotated));
  };
  change(by, "RotateSigningKeys", std::move(job), Reply<RotatedKeys>(home_, std::move(stored)));
}

}  // namespace mpim
