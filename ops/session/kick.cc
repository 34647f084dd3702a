#include <array>

#include "ops/session/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"device", FlagType::kText, "NAME", "only this device's session"},
    {"reason", FlagType::kText, "TEXT", "what the device is told",
     "an operator closed this session"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "session kick alice",
    "session kick alice --device phone --reason 'lost phone'",
});
constexpr auto kColumns = std::to_array<Column>({{"Kicked", "kicked", Cell::kNumber}});

Result<int> kick_sessions(Call& call) {
  v1::KickSessionsRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  request.set_device_name(call.arguments().text("device"));
  request.set_reason(call.arguments().text("reason"));
  MPIM_TRY(const auto response, call.ask<v1::KickSessionsResponse>("KickSessions", request));
  call.show_item(Value::message(response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kSessionKickForm{
    .detail = "The device may log in again: disable the user to prevent that.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "SessionsKicked",
    .run = kick_sessions,
};

}  // namespace mpim::ops
