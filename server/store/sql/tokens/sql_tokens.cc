#include "server/store/sql/tokens/sql_tokens.h"

#include <algorithm>
#include <functional>

namespace mpim {
namespace {

constexpr Sql kKeys =
    "SELECT kid, algorithm, secret, created_at, retires_at, ends_at FROM signing_keys"
    " WHERE ends_at > ? ORDER BY ends_at DESC LIMIT ?";
constexpr Sql kDropEndedKeys = "DELETE FROM signing_keys WHERE ends_at <= ?";
constexpr Sql kCountKeys = "SELECT COUNT(*) FROM signing_keys WHERE ends_at > ?";
constexpr Sql kAddKey =
    "INSERT INTO signing_keys (kid, algorithm, secret, created_at, retires_at, ends_at)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr Sql kRetireKeys =
    "UPDATE signing_keys SET retires_at = ? WHERE ends_at > ? AND retires_at > ?";
constexpr Sql kDropKeys = "DELETE FROM signing_keys WHERE ends_at > 0";

#define MPIM_TOKEN_DEVICE                                                                   \
  "SELECT d.id, d.user, d.name, d.token_version, u.disabled, COALESCE(d.refresh_hash, '')," \
  " d.refresh_expires_at FROM devices d JOIN users u ON u.id = d.user "
constexpr Sql kDevice = MPIM_TOKEN_DEVICE "WHERE d.id = ?";
constexpr Sql kDeviceOfFamily = MPIM_TOKEN_DEVICE "WHERE d.refresh_family = ?";
#undef MPIM_TOKEN_DEVICE
constexpr Sql kSetRefresh =
    "UPDATE devices SET refresh_family = ?, refresh_hash = ?, refresh_expires_at = ? WHERE id = ?";

constexpr Sql kDropExpired = "DELETE FROM admin_tokens WHERE expires_at <= ?";
constexpr Sql kCountAdmin = "SELECT COUNT(*) FROM admin_tokens WHERE expires_at > ?";
constexpr Sql kAddAdmin =
    "INSERT INTO admin_tokens (jti, issued_by, issued_at, expires_at) VALUES (?, ?, ?, ?)";
constexpr Sql kAdmin =
    "SELECT jti, issued_by, issued_at, expires_at, revoked_at FROM admin_tokens WHERE jti = ?";
constexpr Sql kRevokeAdmin =
    "UPDATE admin_tokens SET revoked_at = ? WHERE jti = ? AND revoked_at = 0";

template <class Key>
Result<TokenDevice> one_device(Driver& driver, Sql sql, const Key& key) {
  MPIM_TRY(Rows rows, driver.ask(sql, key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no device has this token"};
  return TokenDevice{rows.id<DeviceId>(0), rows.id<UserId>(1), rows.text(2), rows.count(3),
                     rows.number(4) != 0,  rows.text(5),       rows.time(6)};
}

Result<uint64_t> count_above(Driver& driver, Sql sql, Timestamp time) {
  MPIM_TRY(Rows rows, driver.ask(sql, time));
  MPIM_CHECKED(rows.next());
  return rows.count(0);
}

}  // namespace

Result<std::vector<SigningKey>> SqlTokens::keys(Timestamp now) {
  MPIM_TRY(Rows rows, driver_.ask(kKeys, now, kKeysMax));
  std::vector<SigningKey> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    found.push_back(
        {rows.text(0), rows.text(1), rows.text(2), rows.time(3), rows.time(4), rows.time(5)});
  }
  std::ranges::sort(found, std::ranges::greater(), &SigningKey::created_at);
  return found;
}

Result<void> SqlTokens::add_key(const SigningKey& key) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kDropEndedKeys, key.created_at));
  MPIM_TRY(const uint64_t keys, count_above(driver_, kCountKeys, key.created_at));
  if (keys >= kKeysMax)
    return Error{Code::kLimit, "there are " + std::to_string(keys) +
                                   " signing keys already: the oldest go when what they signed "
                                   "has ended"};
  MPIM_CHECKED(driver_.run(kAddKey, key.kid, key.algorithm, Bytes{key.secret}, key.created_at,
                           key.retires_at, key.ends_at));
  return {};
}

Result<void> SqlTokens::retire_keys(Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kRetireKeys, now, now, now));
  return {};
}

Result<uint32_t> SqlTokens::drop_keys() {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const uint64_t dropped, driver_.run(kDropKeys));
  return static_cast<uint32_t>(dropped);
}

Result<TokenDevice> SqlTokens::device(DeviceId device) {
  return one_device(driver_, kDevice, device);
}

Result<TokenDevice> SqlTokens::device_of_family(const TokenHash& family) {
  return one_device(driver_, kDeviceOfFamily, family);
}

Result<void> SqlTokens::set_refresh(DeviceId device, const RefreshHashes& refresh) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kSetRefresh, refresh.family, refresh.hash, refresh.expires_at, device));
  return {};
}

Result<void> SqlTokens::add_admin(const AdminToken& token, uint32_t count_max) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(driver_.run(kDropExpired, token.issued_at));
  MPIM_TRY(const uint64_t count, count_above(driver_, kCountAdmin, token.issued_at));
  if (count >= count_max)
    return Error{Code::kLimit,
                 "there are " + std::to_string(count) +
                     " admin tokens already (tokens.admin_max): they go when they have expired"};
  MPIM_CHECKED(
      driver_.run(kAddAdmin, token.jti, token.issued_by, token.issued_at, token.expires_at));
  return {};
}

Result<AdminToken> SqlTokens::admin(const std::string& jti) {
  MPIM_TRY(Rows rows, driver_.ask(kAdmin, jti));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "there is no admin token of this id"};
  return AdminToken{rows.text(0), rows.text(1), rows.time(2), rows.time(3), rows.time(4)};
}

Result<void> SqlTokens::revoke_admin(const std::string& jti, Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_CHECKED(admin(jti));
  MPIM_CHECKED(driver_.run(kRevokeAdmin, now, jti));
  return {};
}

}  // namespace mpim
