#include "server/store/sql/sql_accounts.h"

#include "server/store/sql/rows/full_count.h"

namespace mpim {
namespace {

#define MPIM_ACCOUNT "SELECT id, name, password_hash, disabled, created_at, name_key FROM users "
constexpr Sql kFind = MPIM_ACCOUNT "WHERE id = ? AND removed = 0";
constexpr Sql kFindByName = MPIM_ACCOUNT "WHERE name_key = ?";
constexpr Sql kList = MPIM_ACCOUNT "WHERE id > ? AND removed = 0 ORDER BY id LIMIT ?";
#undef MPIM_ACCOUNT
constexpr Sql kCreate =
    "INSERT INTO users (name, name_key, password_hash, created_at) VALUES (?, ?, ?, ?)";
constexpr Sql kSetPassword = "UPDATE users SET password_hash = ? WHERE id = ? AND removed = 0";
#define MPIM_END_TOKENS                                       \
  "token_version = token_version + 1, refresh_family = NULL," \
  " refresh_hash = NULL, refresh_expires_at = 0 "
constexpr Sql kRevokeAll =
    "UPDATE devices SET token_hash = NULL, " MPIM_END_TOKENS "WHERE user = ?";
constexpr Sql kRevoke = "UPDATE devices SET token_hash = NULL, " MPIM_END_TOKENS "WHERE id = ?";
constexpr Sql kEndAll = "UPDATE devices SET " MPIM_END_TOKENS "WHERE user = ?";
#undef MPIM_END_TOKENS
constexpr Sql kSetDisabled = "UPDATE users SET disabled = ? WHERE id = ? AND removed = 0";
constexpr Sql kRemove =
    "UPDATE users SET removed = 1, name_key = NULL, password_hash = '' WHERE id = ? AND removed = "
    "0";
constexpr Sql kRemoveDevices = "DELETE FROM devices WHERE user = ?";
constexpr Sql kRemoveDevice = "DELETE FROM devices WHERE id = ? AND user = ?";
constexpr Sql kRemoveCursorsOf = "DELETE FROM cursors WHERE user = ? AND device = ?";
constexpr Sql kRemoveCursors = "DELETE FROM cursors WHERE user = ?";
constexpr Sql kRemoveRequests = "DELETE FROM group_requests WHERE user = ?";
constexpr Sql kGroupsOf =
    "SELECT c.id FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.user = ? AND m.to_seq = ? AND c.group_id IS NOT NULL";

#define MPIM_DEVICE                                                                \
  "SELECT d.id, d.user, d.name, d.generation, d.created_at, d.seen_at, u.disabled" \
  " FROM devices d JOIN users u ON u.id = d.user "
constexpr Sql kFindDevice = MPIM_DEVICE "WHERE d.user = ? AND d.name = ?";
constexpr Sql kDeviceOfToken = MPIM_DEVICE "WHERE d.token_hash = ?";
constexpr Sql kDevices = MPIM_DEVICE "WHERE d.user = ? ORDER BY d.id";
#undef MPIM_DEVICE
constexpr Sql kCountDevices = "SELECT COUNT(*) FROM devices WHERE user = ?";
constexpr Sql kMakeDevice =
    "INSERT INTO devices (user, name, generation, created_at, seen_at) VALUES (?, ?, 0, ?, ?)";
// Where no read cursor stands none is written, and the new device begins where membership does.
constexpr Sql kStartCursors =
    "INSERT INTO cursors (user, device, conversation, seq)"
    " SELECT user, ?, conversation, seq FROM cursors WHERE user = ? AND device = 0";
constexpr Sql kCurrent =
    "SELECT u.disabled, d.generation FROM users u LEFT JOIN devices d ON d.id = ?"
    " WHERE u.id = ? AND u.removed = 0";
constexpr Sql kLogIn = "UPDATE devices SET generation = ?, seen_at = ? WHERE id = ?";
constexpr Sql kSetToken = "UPDATE devices SET token_hash = ? WHERE id = ?";

Account account_from(Rows& rows) {
  return {rows.id<UserId>(0),  rows.text(1), rows.text(2),
          rows.number(3) != 0, rows.time(4), rows.text(5)};
}

Device device_from(Rows& rows) {
  return {rows.id<DeviceId>(0), rows.id<UserId>(1), rows.text(2),
          rows.count(3),        rows.time(4),       rows.time(5)};
}

Error no_user(UserId user) { return {Code::kNotFound, "no user " + std::to_string(user.value)}; }

}  // namespace

Result<UserId> SqlAccounts::create(const UserName& name, const std::string& password_hash,
                                   Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(Rows rows, driver_.ask(kFindByName, name.key));
  MPIM_TRY(const bool taken, rows.next());
  if (taken) return Error{Code::kExists, "the name " + name.shown + " is taken: choose another"};
  MPIM_CHECKED(driver_.run(kCreate, name.shown, name.key, password_hash, now));
  const UserId user(driver_.inserted_id());
  MPIM_CHECK(user.value <= kPersonIdMax, "all user ids are used up");
  rights_.account_changed(user);
  return user;
}

Result<Account> SqlAccounts::find(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kFind, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return no_user(user);
  return account_from(rows);
}

Result<Account> SqlAccounts::find(const std::string& name_key) {
  MPIM_TRY(Rows rows, driver_.ask(kFindByName, name_key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user @" + name_key};
  return account_from(rows);
}

Result<std::vector<Account>> SqlAccounts::list(UserId after, uint32_t count_max) {
  const UserId from = std::max(after, UserId(kFirstPersonId - 1));
  MPIM_TRY(Rows rows, driver_.ask(kList, from, count_max));
  std::vector<Account> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(account_from(rows));
  }
}

Result<void> SqlAccounts::set_password(UserId user, const std::string& password_hash) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const uint64_t changed, driver_.run(kSetPassword, password_hash, user));
  if (changed == 0) return no_user(user);
  MPIM_CHECKED(driver_.run(kRevokeAll, user));
  return {};
}

Result<void> SqlAccounts::set_disabled(UserId user, bool disabled) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const uint64_t changed, driver_.run(kSetDisabled, disabled, user));
  rights_.account_changed(user);
  if (changed == 0) return no_user(user);
  if (disabled) MPIM_CHECKED(driver_.run(kEndAll, user));
  return {};
}

Result<void> SqlAccounts::remove(UserId user) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  if (user == kSystemUser) return Error{Code::kDenied, "the system user cannot be removed"};
  MPIM_TRY(const uint64_t changed, driver_.run(kRemove, user));
  if (changed == 0) return no_user(user);
  rights_.account_removed(user);
  MPIM_CHECKED(end_memberships(user));
  MPIM_CHECKED(driver_.run(kRemoveDevices, user));
  MPIM_CHECKED(driver_.run(kRemoveCursors, user));
  MPIM_CHECKED(driver_.run(kRemoveRequests, user));
  return {};
}

// Direct talks keep their two members: the other one goes on reading them.
Result<void> SqlAccounts::end_memberships(UserId user) {
  std::vector<ConversationId> groups;
  MPIM_TRY(Rows rows, driver_.ask(kGroupsOf, user, kStillMember));
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    groups.push_back(rows.id<ConversationId>(0));
  }
  for (const ConversationId group : groups) {
    MPIM_TRY(ConversationHead* const head, heads_.find(group));
    MPIM_CHECKED(memberships_.close(*head, user, head->head));
  }
  return {};
}

Result<Device> SqlAccounts::open_device(UserId user, const DeviceName& name,
                                        const std::optional<TokenHash>& token, uint32_t devices_max,
                                        Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const AccountState state, rights_.account(user));
  if (state == AccountState::kAbsent) return no_user(user);
  if (state == AccountState::kDisabled) {
    return Error{Code::kDisabled, "this account is disabled: ask the operator"};
  }
  MPIM_TRY(Device device, have_device(user, name, devices_max, now));
  if (token) MPIM_CHECKED(driver_.run(kSetToken, Bytes{*token}, device.id));
  return open_again(std::move(device), now);
}

Result<Device> SqlAccounts::have_device(UserId user, const DeviceName& name, uint32_t devices_max,
                                        Timestamp now) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(std::optional<Device> device, find_device(user, name));
  if (!device) {
    MPIM_TRY(device, make_device(user, name, devices_max, now));
  }
  return *std::move(device);
}

Result<Device> SqlAccounts::open_again(Device device, Timestamp now) {
  ++device.generation;
  device.seen_at = now;
  MPIM_CHECKED(driver_.run(kLogIn, device.generation, now, device.id));
  return device;
}

Result<void> SqlAccounts::check_current(UserId user, DeviceId device, uint64_t generation) {
  MPIM_TRY(Rows rows, driver_.ask(kCurrent, device, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return no_user(user);
  if (rows.number(0) != 0) return Error{Code::kDisabled, "the account is disabled"};
  if (rows.null(1)) return Error{Code::kReplaced, "this device was revoked: log in again"};
  if (rows.count(1) > generation)
    return Error{Code::kReplaced, "this device logged in again elsewhere"};
  return {};
}

Result<std::optional<Device>> SqlAccounts::find_device(UserId user, const DeviceName& name) {
  MPIM_TRY(Rows rows, driver_.ask(kFindDevice, user, name.text));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return std::optional<Device>();
  return std::optional<Device>(device_from(rows));
}

Result<Device> SqlAccounts::make_device(UserId user, const DeviceName& name, uint32_t devices_max,
                                        Timestamp now) {
  MPIM_TRY(Rows rows, driver_.ask(kCountDevices, user));
  MPIM_CHECKED(rows.next());
  if (rows.count(0) >= devices_max) {
    return full_count("you have", devices_max, "devices", "auth.devices_max",
                      "log in with the name of one of them, or REVOKE one");
  }
  MPIM_CHECKED(driver_.run(kMakeDevice, user, name.text, now, now));
  const DeviceId device(driver_.inserted_id());
  MPIM_CHECKED(driver_.run(kStartCursors, device, user));
  return Device{device, user, name.text, 0, now, now};
}

Result<Device> SqlAccounts::device_of(const TokenHash& token) {
  MPIM_TRY(Rows rows, driver_.ask(kDeviceOfToken, Bytes{token}));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kBadToken, "this token is not valid any more: log in again"};
  if (rows.number(6) != 0) {
    return Error{Code::kDisabled, "this account is disabled: ask the operator"};
  }
  return device_from(rows);
}

Result<void> SqlAccounts::revoke_token(DeviceId device) {
  MPIM_CHECKED(driver_.run(kRevoke, device));
  return {};
}

Result<void> SqlAccounts::set_token(DeviceId device, const TokenHash& token) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const uint64_t changed, driver_.run(kSetToken, Bytes{token}, device));
  if (changed == 0) return Error{Code::kReplaced, "this device was revoked: log in again"};
  return {};
}

Result<void> SqlAccounts::remove_device(UserId user, DeviceId device) {
  MPIM_CHECK(driver_.in_transaction(), "a change needs a transaction");
  MPIM_TRY(const uint64_t removed, driver_.run(kRemoveDevice, device, user));
  if (removed == 0) return Error{Code::kNotFound, "no such device"};
  MPIM_CHECKED(driver_.run(kRemoveCursorsOf, user, device));
  return {};
}

Result<std::vector<Device>> SqlAccounts::devices(UserId user) {
  MPIM_TRY(Rows rows, driver_.ask(kDevices, user));
  std::vector<Device> found;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return found;
    found.push_back(device_from(rows));
  }
}

}  // namespace mpim
