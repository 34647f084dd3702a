#include <array>

#include "ops/device/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"USER", "name or id"}, {"DEVICE", "its name"}});
constexpr auto kExamples = std::to_array<std::string_view>({"device revoke alice phone"});
constexpr auto kColumns = std::to_array<Column>({{"DEVICE", "name"},
                                                 {"GENERATION", "generation", Cell::kNumber},
                                                 {"SEEN", "seenAtMs", Cell::kTime},
                                                 {"CREATED", "createdAtMs", Cell::kTime}});

Result<int> revoke(Call& call) {
  v1::RevokeDeviceRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  request.set_device_name(call.arguments().word(1));
  MPIM_TRY(const auto response, call.ask<v1::RevokeDeviceResponse>("RevokeDevice", request));
  call.show_item(Value::message(response).at("device"), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kDeviceRevokeForm{
    .detail =
        "Its session ends, its resume token stops working, and what it had received is "
        "forgotten. With the password it may log in again.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Device",
    .run = revoke,
};

}  // namespace mpim::ops
