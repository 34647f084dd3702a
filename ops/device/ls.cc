#include <array>

#include "ops/device/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"device ls alice"});
constexpr auto kColumns = std::to_array<Column>({{"DEVICE", "name"},
                                                 {"GENERATION", "generation", Cell::kNumber},
                                                 {"SEEN", "seenAtMs", Cell::kTime},
                                                 {"CREATED", "createdAtMs", Cell::kTime}});

Result<int> list(Call& call) {
  v1::GetUserRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto response, call.ask<v1::GetUserResponse>("GetUser", request));
  Value::List items;
  for (const v1::Device& device : response.devices()) items.push_back(Value::message(device));
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kDeviceLsForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "DeviceList",
    .run = list,
};

}  // namespace mpim::ops
