#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_columns.h"
#include "ops/paging.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"GROUP", "id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"after", FlagType::kNumber, "USER_ID", "members above this user id"},
    {.name = "limit",
     .type = FlagType::kNumber,
     .value = "COUNT",
     .help = "at most so many members",
     .standard = "1000",
     .min = 1},
});
constexpr auto kExamples = std::to_array<std::string_view>({"group show 1001"});
constexpr auto kSections = std::to_array<Section>({{"Members", "memberList", kMemberColumns}});

Result<int> show_group(Call& call) {
  MPIM_TRY(const uint64_t id, id_typed(call, "group", call.arguments().word(0)));
  v1::Group group;
  MPIM_TRY(Listing members, list_pages(call, [&](uint64_t after, uint32_t limit) -> Result<PageOf> {
             v1::GetGroupRequest request;
             request.set_id(id);
             request.set_members_after(after);
             request.set_members_limit(limit);
             MPIM_TRY(const auto response, call.ask<v1::GetGroupResponse>("GetGroup", request));
             group = response.group();
             PageOf page{{}, response.more(), after};
             for (const v1::Member& member : response.members()) {
               page.items.push_back(Value::message(member));
               page.last = member.user().id();
             }
             return page;
           }));
  Document document{.kind = call.path().command->form->kind, .list = false};
  Value item = Value::message(group);
  item.set("memberList", Value::list(std::move(members.items)));
  document.items.push_back(std::move(item));
  document.columns = kGroupDetailColumns;
  document.sections = kSections;
  document.warnings = std::move(members.warnings);
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kGroupShowForm{
    .detail = {},
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Group",
    .run = show_group,
};

}  // namespace mpim::ops
