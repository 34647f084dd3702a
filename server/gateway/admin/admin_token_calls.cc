// The calls about tokens and the keys that sign them.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/mpim/admin/v1/tokens.pb.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

admin::v1::Token to_wire(const TokenRow& row) {
  admin::v1::Token out;
  out.set_kind(row.kind);
  out.set_jti(row.jti);
  out.set_kid(row.kid);
  if (row.user) *out.mutable_user() = user_ref(row.user, row.user_name);
  out.set_device(row.device_name);
  out.set_issued_at_ms(row.issued_at.ms);
  out.set_expires_at_ms(row.expires_at.ms);
  out.set_issued_by(row.issued_by);
  return out;
}

admin::v1::SigningKey to_wire(const SigningKey& key) {
  admin::v1::SigningKey out;
  out.set_kid(key.kid);
  out.set_algorithm(key.algorithm);
  out.set_created_at_ms(key.created_at.ms);
  out.set_retires_at_ms(key.retires_at.ms);
  out.set_ends_at_ms(key.ends_at.ms);
  return out;
}

Result<std::string> device_from(const std::string& typed) {
  if (typed.empty()) return std::string();
  MPIM_TRY(DeviceName name, device_name(typed));
  return std::move(name.text);
}

Result<void> issue_token(const AdminContext& context, const admin::v1::IssueTokenRequest& in,
                         AdminAnswer& out) {
  constexpr uint64_t kLongest = 3'650ULL * 86'400'000;
  if (in.ttl_ms() > kLongest) return Error{Code::kBadRequest, "ttl_ms: ten years at most"};
  const Millis life(static_cast<int64_t>(in.ttl_ms()));
  const auto told = [](const IssuedToken& issued) {
    admin::v1::IssueTokenResponse answer;
    answer.set_token(issued.token);
    *answer.mutable_item() = to_wire(issued.row);
    return answer;
  };
  if (in.admin()) {
    if (in.has_user() || !in.device().empty())
      return Error{Code::kBadRequest, "an admin token has neither user nor device"};
    context.service.issue_admin_token(context.by, life, out.reply<IssuedToken>(told));
    return {};
  }
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(std::string device, device_from(in.device()));
  context.service.issue_token(context.by, std::move(user), std::move(device), life,
                              out.reply<IssuedToken>(told));
  return {};
}

Result<void> check_token(const AdminContext& context, const admin::v1::CheckTokenRequest& in,
                         AdminAnswer& out) {
  context.service.check_token(in.token(), out.reply<TokenRow>([](const TokenRow& row) {
    admin::v1::CheckTokenResponse answer;
    *answer.mutable_item() = to_wire(row);
    return answer;
  }));
  return {};
}

Result<void> revoke_tokens(const AdminContext& context, const admin::v1::RevokeTokensRequest& in,
                           AdminAnswer& out) {
  const auto told = [](const RevokedTokens& revoked) {
    admin::v1::RevokeTokensResponse answer;
    answer.set_kind(revoked.kind);
    answer.set_devices(revoked.devices);
    return answer;
  };
  if (in.has_user() == !in.token().empty())
    return Error{Code::kBadRequest, "say either which token or whose"};
  if (!in.token().empty()) {
    context.service.revoke_token(context.by, in.token(), out.reply<RevokedTokens>(told));
    return {};
  }
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(std::string device, device_from(in.device()));
  context.service.revoke_tokens_of(context.by, std::move(user), std::move(device),
                                   out.reply<RevokedTokens>(told));
  return {};
}

Result<void> list_keys(const AdminContext& context, const admin::v1::ListSigningKeysRequest&,
                       AdminAnswer& out) {
  context.service.list_keys(
      out.reply<std::vector<SigningKey>>([](const std::vector<SigningKey>& keys) {
        admin::v1::ListSigningKeysResponse answer;
        for (const SigningKey& key : keys) *answer.add_keys() = to_wire(key);
        return answer;
      }));
  return {};
}

Result<void> rotate_keys(const AdminContext& context, const admin::v1::RotateSigningKeysRequest& in,
                         AdminAnswer& out) {
  context.service.rotate_keys(context.by, in.drop_old(),
                              out.reply<RotatedKeys>([](const RotatedKeys& rotated) {
                                admin::v1::RotateSigningKeysResponse answer;
                                *answer.mutable_key() = to_wire(rotated.key);
                                answer.set_dropped(rotated.dropped);
                                return answer;
                              }));
  return {};
}

constexpr std::array<AdminMethod, 5> kMethods{{
    {"CheckToken", run_admin_method<admin::v1::CheckTokenRequest, check_token>},
    {"IssueToken", run_admin_method<admin::v1::IssueTokenRequest, issue_token>},
    {"ListSigningKeys", run_admin_method<admin::v1::ListSigningKeysRequest, list_keys>},
    {"RevokeTokens", run_admin_method<admin::v1::RevokeTokensRequest, revoke_tokens>},
    {"RotateSigningKeys", run_admin_method<admin::v1::RotateSigningKeysRequest, rotate_keys>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_token_methods() { return kMethods; }

}  // namespace mpim
