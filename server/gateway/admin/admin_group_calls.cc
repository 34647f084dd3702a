// The calls that change groups and let people into them.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

// The answers to all that changes a group have the same fields.
template <class Response>
Reply<ChangedGroup> changed_reply(AdminAnswer& out) {
  return out.reply<ChangedGroup>([](const ChangedGroup& now) {
    Response told;
    *told.mutable_group() = to_wire(now.group, now.names);
    told.set_changed(now.changed);
    return told;
  });
}

Result<JoinPolicy> policy_from(std::string_view typed) {
  for (const JoinPolicy policy : {JoinPolicy::kOpen, JoinPolicy::kApproval, JoinPolicy::kClosed})
    if (typed == name_of(policy)) return policy;
  return Error{Code::kBadRequest,
               "`" + shown(typed) + "` is no way to join: it is open, approval or closed"};
}

Result<Role> role_from(std::string_view typed) {
  for (const Role role : {Role::kMember, Role::kAdmin, Role::kOwner})
    if (typed == name_of(role)) return role;
  return Error{Code::kBadRequest,
               "`" + shown(typed) + "` is no role: it is member, admin or owner"};
}

Result<std::vector<GroupOrder>> settings_from(const admin::v1::SetGroupRequest& in) {
  std::vector<GroupOrder> orders;
  if (in.has_name()) {
    MPIM_TRY(std::string name, group_name(in.name()));
    orders.push_back({RenameGroup{std::move(name)}});
  }
  if (in.has_description()) {
    MPIM_TRY(std::string about, description(in.description()));
    orders.push_back({DescribeGroup{std::move(about)}});
  }
  if (in.has_notice()) {
    MPIM_TRY(std::string notice, group_notice(in.notice()));
    orders.push_back({SetGroupNotice{std::move(notice)}});
  }
  if (in.has_join()) {
    MPIM_TRY(const JoinPolicy join, policy_from(in.join()));
    orders.push_back({SetJoinPolicy{join}});
  }
  if (orders.empty()) return Error{Code::kBadRequest, "say what to change"};
  return orders;
}

Result<void> set_group(const AdminContext& context, const admin::v1::SetGroupRequest& in,
                       AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(std::vector<GroupOrder> orders, settings_from(in));
  context.service.change_group(context.by, "SetGroup", group, std::move(orders),
                               changed_reply<admin::v1::SetGroupResponse>(out));
  return {};
}

Result<void> set_role(const AdminContext& context, const admin::v1::SetRoleRequest& in,
                      AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const Role role, role_from(in.role()));
  std::vector<GroupOrder> orders;
  if (role == Role::kOwner)
    orders.push_back({TransferGroup{}, std::move(user)});
  else
    orders.push_back({SetMemberRole{{}, role}, std::move(user)});
  context.service.change_group(context.by, "SetRole", group, std::move(orders),
                               changed_reply<admin::v1::SetRoleResponse>(out));
  return {};
}

Result<void> mute_group(const AdminContext& context, const admin::v1::MuteGroupRequest& in,
                        AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MuteMember mute;
  if (in.has_lasts_ms()) {
    if (in.lasts_ms() > kMuteSecondsMax * 1'000)
      return Error{Code::kBadRequest, "a mute lasts at most " + std::to_string(kMuteSecondsMax) +
                                          " s, or, without a time, until it is lifted"};
    mute.lasts = Millis(static_cast<int64_t>(in.lasts_ms()));
  }
  GroupOrder order{mute};
  if (in.has_user()) {
    MPIM_TRY(order.about, user_from(in.user()));
  }
  context.service.change_group(context.by, "MuteGroup", group, {std::move(order)},
                               changed_reply<admin::v1::MuteGroupResponse>(out));
  return {};
}

Result<void> dissolve_group(const AdminContext& context, const admin::v1::DissolveGroupRequest& in,
                            AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  context.service.dissolve_group(context.by, group, in.dry_run(), in.if_exists(),
                                 changed_reply<admin::v1::DissolveGroupResponse>(out));
  return {};
}

Result<void> invite_members(const AdminContext& context, const admin::v1::InviteMembersRequest& in,
                            AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(std::vector<UserChoice> users, users_from(in.users()));
  context.service.invite_members(context.by, group, std::move(users), in.if_not_exists(),
                                 out.reply<uint32_t>([](uint32_t invited) {
                                   admin::v1::InviteMembersResponse told;
                                   told.set_invited(invited);
                                   return told;
                                 }));
  return {};
}

Result<void> list_join_requests(const AdminContext& context,
                                const admin::v1::ListJoinRequestsRequest& in, AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_join_requests(
      group, after, limit, out.reply<Listing<GroupRequest>>([](const Listing<GroupRequest>& page) {
        admin::v1::ListJoinRequestsResponse told;
        for (const GroupRequest& one : page.items) {
          admin::v1::JoinRequest& shown = *told.add_requests();
          shown.set_group(one.group.value);
          *shown.mutable_user() = user_ref(one.user, one.name);
          shown.set_asked_at_ms(one.at.ms);
        }
        told.set_more(page.more);
        return told;
      }));
  return {};
}

Result<void> settle_join_requests(const AdminContext& context,
                                  const admin::v1::SettleJoinRequestsRequest& in,
                                  AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_TRY(std::vector<UserChoice> users, users_from(in.users()));
  auto reply = out.reply<uint32_t>([](uint32_t settled) {
    admin::v1::SettleJoinRequestsResponse told;
    told.set_settled(settled);
    return told;
  });
  if (in.approve())
    context.service.approve_requests(context.by, group, std::move(users), in.if_exists(),
                                     std::move(reply));
  else
    context.service.refuse_requests(context.by, group, std::move(users), in.if_exists(),
                                    std::move(reply));
  return {};
}

Result<void> import_members(const AdminContext& context, const admin::v1::ImportMembersRequest& in,
                            AdminAnswer& out) {
  MPIM_TRY(const GroupId group, group_id_from(in.id()));
  MPIM_CHECKED(check_batch(in.members_size(), "members"));
  static_assert(kAdminBatchMax <= static_cast<int>(kImportBatch));
  std::vector<NewMember> members;
  for (const admin::v1::NewMember& one : in.members()) {
    MPIM_TRY(UserChoice user, user_from(one.user()));
    MPIM_TRY(const Role role, one.role().empty() ? Result(Role::kMember) : role_from(one.role()));
    members.push_back({std::move(user), role});
  }
  context.service.import_members(context.by, group, std::move(members), in.if_exists(),
                                 out.reply<MemberImport>([](const MemberImport& made) {
                                   admin::v1::ImportMembersResponse told;
                                   told.set_added(made.added);
                                   told.set_present(made.present);
                                   told.set_unknown(made.unknown);
                                   return told;
                                 }));
  return {};
}

constexpr std::array<AdminMethod, 8> kMethods{{
    {"DissolveGroup", run_admin_method<admin::v1::DissolveGroupRequest, dissolve_group>},
    {"ImportMembers", run_admin_method<admin::v1::ImportMembersRequest, import_members>},
    {"InviteMembers", run_admin_method<admin::v1::InviteMembersRequest, invite_members>},
    {"ListJoinRequests", run_admin_method<admin::v1::ListJoinRequestsRequest, list_join_requests>},
    {"MuteGroup", run_admin_method<admin::v1::MuteGroupRequest, mute_group>},
    {"SetGroup", run_admin_method<admin::v1::SetGroupRequest, set_group>},
    {"SetRole", run_admin_method<admin::v1::SetRoleRequest, set_role>},
    {"SettleJoinRequests",
     run_admin_method<admin::v1::SettleJoinRequestsRequest, settle_join_requests>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_group_methods() { return kMethods; }

}  // namespace mpim
