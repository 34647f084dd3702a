#include <array>

#include "ops/user/commands.h"
#include "ops/user/profile_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"user show alice", "user show 1001 -o json"});
constexpr auto kDevices = std::to_array<Column>({
    {"DEVICE", "name"},
    {"GENERATION", "generation", Cell::kNumber},
    {"SEEN", "seenAtMs", Cell::kTime},
    {"CREATED", "createdAtMs", Cell::kTime},
});
constexpr auto kGroups = std::to_array<Column>({
    {"GROUP", "id", Cell::kNumber},
    {"NAME", "name"},
    {"MEMBERS", "members", Cell::kNumber},
});
constexpr auto kSections =
    std::to_array<Section>({{"Devices", "devices", kDevices}, {"Groups", "groups", kGroups}});

Result<int> show_user(Call& call) {
  v1::GetUserRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto response, call.ask<v1::GetUserResponse>("GetUser", request));
  const Value answer = Value::message(response);
  Value item = with_profile(answer.at("user"), answer.at("profile"));
  item.set("devices", answer.at("devices"));
  item.set("groups", answer.at("groups"));
  call.show_item(std::move(item), profile_columns(), kSections);
  return kDone;
}

}  // namespace

const CommandForm kUserShowForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "User",
    .run = show_user,
};

}  // namespace mpim::ops
