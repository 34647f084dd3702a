#include "ops/group/group_change.h"

#include <array>

#include "ops/group/group_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kSections = std::to_array<Section>({{"Member", "memberList", kMemberColumns}});
constexpr auto kSettled = std::to_array<Column>({{"Settled", "settled", Cell::kNumber}});

bool is_somebody(const v1::UserRef& user) { return user.id() != 0 || !user.name().empty(); }

// One row, or none when he has left since.
Result<Value> member_row(Call& call, uint64_t group, const v1::UserRef& whom) {
  v1::GetUserRequest who;
  *who.mutable_user() = whom;
  MPIM_TRY(const auto found, call.ask<v1::GetUserResponse>("GetUser", who));
  v1::GetGroupRequest request;
  request.set_id(group);
  request.set_members_after(found.user().id() - 1);
  request.set_members_limit(1);
  MPIM_TRY(const auto page, call.ask<v1::GetGroupResponse>("GetGroup", request));
  Value::List rows;
  for (const v1::Member& member : page.members())
    if (member.user().id() == found.user().id()) rows.push_back(Value::message(member));
  return Value::list(std::move(rows));
}

}  // namespace

Result<int> show_change(Call& call, std::string_view method,
                        const google::protobuf::Message& request, const v1::UserRef& whom) {
  // The answers of all these calls have the same fields.
  const auto response = call.ask<v1::SetGroupResponse>(method, request);
  if (!response && response.error().code == Code::kNotMember)
    return call.failing(response.error(), "`mpimctl group show ID` lists the members");
  if (!response) return response.error();
  Document document{.kind = call.path().command->form->kind, .list = false};
  Value item = Value::message(response->group());
  item.set("changed", Value::flag(response->changed()));
  if (is_somebody(whom)) {
    MPIM_TRY(Value row, member_row(call, response->group().id(), whom));
    item.set("memberList", std::move(row));
  }
  document.items.push_back(std::move(item));
  document.columns = kGroupDetailColumns;
  document.sections = kSections;
  if (!response->changed())
    document.warnings.emplace_back("nothing was changed: it was so already");
  call.show(document);
  return kDone;
}

Result<int> settle_requests(Call& call, bool approve) {
  const auto& words = call.arguments().words();
  v1::SettleJoinRequestsRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", words[0]));
  request.set_id(group);
  for (size_t i = 1; i < words.size(); ++i) *request.add_users() = user_ref(words[i]);
  request.set_approve(approve);
  request.set_if_exists(call.arguments().has("if-exists"));
  const auto response = call.ask<v1::SettleJoinRequestsResponse>("SettleJoinRequests", request);
  if (!response && response.error().code == Code::kNotFound)
    return call.failing(response.error(), "nothing was done; `mpimctl group requests " + words[0] +
                                              "` lists who asks, --if-exists passes others over");
  if (!response) return response.error();
  call.show_item(Value::message(*response), kSettled);
  return kDone;
}

}  // namespace mpim::ops
