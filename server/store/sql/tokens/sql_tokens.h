// Tokens and their keys, in SQL.
#pragma once

#include "server/store/sql/driver/driver.h"
#include "server/store/tokens.h"

namespace mpim {

// Each question is answered by an index; nothing is remembered between two.
class SqlTokens final : public Tokens {
 public:
  explicit SqlTokens(Driver& driver) : driver_(driver) {}

  Result<std::vector<SigningKey>> keys(Timestamp now) override;
  Result<void> add_key(const SigningKey& key) override;
  Result<void> retire_keys(Timestamp now) override;
  Result<uint32_t> drop_keys() override;

  Result<TokenDevice> device(DeviceId device) override;
  Result<TokenDevice> device_of_family(const TokenHash& family) override;
  Result<void> set_refresh(DeviceId device, const RefreshHashes& refresh) override;

  Result<void> add_admin(const AdminToken& token, uint32_t count_max) override;
  Result<AdminToken> admin(const std::string& jti) override;
  Result<void> revoke_admin(const std::string& jti, Timestamp now) override;

 private:
  Driver& driver_;
};

}  // namespace mpim
