// Users and their devices.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/names.h"
#include "server/core/result.h"

namespace mpim {

struct Account {
  UserId id;
  std::string name;
  std::string password_hash;  // libsodium's string form of Argon2id
  bool disabled = false;
  Timestamp created_at;
  std::string name_key = {};  // by which the name is unique
};

struct Device {
  DeviceId id;
  UserId user;
  std::string name;
  uint64_t generation = 0;  // raised by every log-in; older sessions of the device are REPLACED
  Timestamp created_at;
  Timestamp seen_at;  // the last time it was there, written when it comes and when it goes
};

// A SHA-256 (or BLAKE2b-256) of a resume token: tokens themselves are never stored.
using TokenHash = std::string;

// Threads  the one that holds the Store.
// Errors   kUnavailable when the database fails; the others as each function says.
class Accounts {
 public:
  virtual ~Accounts() = default;

  virtual Result<UserId> create(const UserName& name, const std::string& password_hash,
                                Timestamp now) = 0;  // kExists
  virtual Result<Account> find(UserId user) = 0;     // kNotFound; removed users are not found
  virtual Result<Account> find(const std::string& name_key) = 0;
  // People only, ascending by id above `after`.
  virtual Result<std::vector<Account>> list(UserId after, uint32_t count_max) = 0;

  // Also ends all tokens of the user's devices. kNotFound.
  virtual Result<void> set_password(UserId user, const std::string& password_hash) = 0;
  // Disabled, his access and refresh tokens end for good. kNotFound.
  virtual Result<void> set_disabled(UserId user, bool disabled) = 0;
  // Drops devices, cursors and the name, ends memberships that are left: the caller leaves groups
  // first, so that each log tells it, and calls People::end_all. His messages and talks stay.
  // kNotFound; kDenied for the system user.
  virtual Result<void> remove(UserId user) = 0;

  // Finds or makes the device, raises its generation, and, if given, sets its resume token. A new
  // device gets cursors at the later of join and the user's read cursor. kLimit: too many devices;
  // kNotFound, kDisabled.
  virtual Result<Device> open_device(UserId user, const DeviceName& name,
                                     const std::optional<TokenHash>& token, uint32_t devices_max,
                                     Timestamp now) = 0;
  // Finds or makes the device, and opens nothing: its sessions stay. The caller has seen that its
  // user may. As open_device, but for kNotFound and kDisabled.
  virtual Result<Device> have_device(UserId user, const DeviceName& name, uint32_t devices_max,
                                     Timestamp now) = 0;
  // Raises the generation of a device that was just found. The caller has seen that its user may.
  virtual Result<Device> open_again(Device device, Timestamp now) = 0;
  // Whether a log-in still stands. kNotFound: no such user; kDisabled; kReplaced: the device logged
  // in again since, or was removed.
  virtual Result<void> check_current(UserId user, DeviceId device, uint64_t generation) = 0;
  // The device a resume token belongs to. kBadToken; kDisabled when its user is.
  virtual Result<Device> device_of(const TokenHash& token) = 0;
  // Ends the device's tokens of every kind.
  virtual Result<void> revoke_token(DeviceId device) = 0;
  // The device's resume token from now on. kReplaced: the device does not exist any more.
  virtual Result<void> set_token(DeviceId device, const TokenHash& token) = 0;
  // Drops it with its cursors: whoever is logged in on it is so no longer. kNotFound.
  virtual Result<void> remove_device(UserId user, DeviceId device) = 0;
  virtual Result<std::vector<Device>> devices(UserId user) = 0;
};

}  // namespace mpim
