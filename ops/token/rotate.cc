#include <array>

#include "ops/token/commands.h"
#include "ops/token/token_columns.h"
#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    {"drop-old", FlagType::kSwitch, {}, "what the old keys signed ends now: after a theft"},
    kDryRun,
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"token rotate", "token rotate --drop-old --dry-run", "token rotate --drop-old --yes"});
constexpr auto kColumns = std::to_array<Column>({{"Key", "key.kid"},
                                                 {"Signs until", "key.retiresAtMs", Cell::kTime},
                                                 {"Dropped", "dropped", Cell::kNumber}});

// How many keys would be dropped; which one comes, nobody knows yet.
Result<int> show_plan(Call& call, bool drop) {
  MPIM_TRY(const auto keys,
           call.ask<v1::ListSigningKeysResponse>("ListSigningKeys", v1::ListSigningKeysRequest()));
  v1::RotateSigningKeysResponse plan;
  plan.set_dropped(drop ? static_cast<uint32_t>(keys.keys_size()) : 0);
  call.show_item(Value::message(plan), kColumns);
  return kDone;
}

Result<int> rotate(Call& call) {
  const bool drop = call.arguments().has("drop-old");
  if (call.arguments().has("dry-run")) return show_plan(call, drop);
  if (drop) {
    MPIM_TRY(const bool sure, call.may_destroy("end every access token and admin token now?"));
    if (!sure) return kFailed;
  }
  v1::RotateSigningKeysRequest request;
  request.set_drop_old(drop);
  MPIM_TRY(const auto response,
           call.ask<v1::RotateSigningKeysResponse>("RotateSigningKeys", request));
  call.show_item(Value::message(response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kTokenRotateForm{
    .detail =
        "A node does it by itself every tokens.key_days. What the old key signed holds until it\n"
        "ends, unless --drop-old says otherwise; refresh and resume tokens need no key, and hold.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SigningKeysRotated",
    .run = rotate,
};

}  // namespace mpim::ops
