#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"NAME", "up to 64 bytes"}});
constexpr auto kFlags = std::to_array<Flag>({
    {.name = "description", .type = FlagType::kText, .value = "TEXT", .help = "up to 512 bytes"},
    {.name = "if-not-exists", .help = "a group of this name with this owner is no error"},
    {.name = "owner",
     .type = FlagType::kText,
     .value = "USER",
     .help = "its first member (needed)"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group create lobby --owner alice --description 'for everybody'",
});

Result<int> create_group(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("owner")) return call.usage("`--owner` is missing: whose group is it?");
  v1::CreateGroupRequest request;
  request.set_name(arguments.word(0));
  request.set_description(arguments.text("description"));
  *request.mutable_owner() = user_ref(arguments.text("owner"));
  request.set_if_not_exists(arguments.has("if-not-exists"));
  MPIM_TRY(const auto response, call.ask<v1::CreateGroupResponse>("CreateGroup", request));
  Value item = Value::message(response.group());
  item.set("created", Value::flag(response.created()));
  call.show_item(std::move(item), kGroupColumns);
  return kDone;
}

}  // namespace

const CommandForm kGroupCreateForm{
    .detail = {},
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Group",
    .run = create_group,
};

}  // namespace mpim::ops
