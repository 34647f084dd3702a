// Users and their devices, in SQL.
#pragma once

#include "server/store/accounts.h"
#include "server/store/sql/rows/memberships.h"

namespace mpim {

// A removed user keeps his row, marked, because his messages name it.
class SqlAccounts final : public Accounts {
 public:
  SqlAccounts(Driver& driver, ConversationHeads& heads, Rights& rights, Memberships& memberships)
      : driver_(driver), heads_(heads), rights_(rights), memberships_(memberships) {}

  Result<UserId> create(const UserName& name, const std::string& password_hash,
                        Timestamp now) override;
  Result<Account> find(UserId user) override;
  Result<Account> find(const std::string& name_key) override;
  Result<std::vector<Account>> list(UserId after, uint32_t count_max) override;

  Result<void> set_password(UserId user, const std::string& password_hash) override;
  Result<void> set_disabled(UserId user, bool disabled) override;
  Result<void> remove(UserId user) override;

  Result<Device> open_device(UserId user, const DeviceName& name,
                             const std::optional<TokenHash>& token, uint32_t devices_max,
                             Timestamp now) override;
  Result<Device> have_device(UserId user, const DeviceName& name, uint32_t devices_max,
                             Timestamp now) override;
  Result<Device> open_again(Device device, Timestamp now) override;
  Result<void> check_current(UserId user, DeviceId device, uint64_t generation) override;
  Result<Device> device_of(const TokenHash& token) override;
  Result<void> revoke_token(DeviceId device) override;
  Result<void> set_token(DeviceId device, const TokenHash& token) override;
  Result<void> remove_device(UserId user, DeviceId device) override;
  Result<std::vector<Device>> devices(UserId user) override;

 private:
  Result<void> end_memberships(UserId user);
  Result<std::optional<Device>> find_device(UserId user, const DeviceName& name);
  Result<Device> make_device(UserId user, const DeviceName& name, uint32_t devices_max,
                             Timestamp now);

  Driver& driver_;
  ConversationHeads& heads_;
  Rights& rights_;
  Memberships& memberships_;
};

}  // namespace mpim
