// The calls about profiles, friends, blocks and devices.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

admin::v1::Friend to_wire(const Friend& one) {
  admin::v1::Friend out;
  *out.mutable_user() = user_ref(one.user, one.name);
  out.set_state(std::string(name_of(one.state)));
  return out;
}

Result<ProfileChange> profile_change(const admin::v1::SetProfileRequest& in) {
  ProfileChange change;
  if (in.has_display_name()) {
    MPIM_TRY(change.display_name, display_name(in.display_name()));
  }
  if (in.has_about()) {
    MPIM_TRY(change.about, description(in.about()));
  }
  if (in.has_direct_messages()) {
    if (in.direct_messages() != "anyone" && in.direct_messages() != "friends")
      return Error{Code::kBadRequest, "direct_messages is neither anyone nor friends"};
    change.friends_only = in.direct_messages() == "friends";
  }
  if (change.empty()) return Error{Code::kBadRequest, "say what to change"};
  return change;
}

Result<void> set_profile(const AdminContext& context, const admin::v1::SetProfileRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(ProfileChange change, profile_change(in));
  context.service.set_profile(context.by, std::move(user), std::move(change),
                              out.reply<UserProfile>([](const UserProfile& now) {
                                admin::v1::SetProfileResponse told;
                                *told.mutable_user() = to_wire(now.user);
                                *told.mutable_profile() = to_wire(now.profile);
                                return told;
                              }));
  return {};
}

Result<void> revoke_device(const AdminContext& context, const admin::v1::RevokeDeviceRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const DeviceName name, device_name(in.device_name()));
  context.service.revoke_device(context.by, std::move(user), name.text,
                                out.reply<Device>([](const Device& device) {
                                  admin::v1::RevokeDeviceResponse told;
                                  *told.mutable_device() = to_wire(device);
                                  return told;
                                }));
  return {};
}

Result<void> list_friends(const AdminContext& context, const admin::v1::ListFriendsRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_friends(std::move(user), after, limit,
                               out.reply<Listing<Friend>>([](const Listing<Friend>& page) {
                                 admin::v1::ListFriendsResponse told;
                                 for (const Friend& one : page.items)
                                   *told.add_friends() = to_wire(one);
                                 told.set_more(page.more);
                                 return told;
                               }));
  return {};
}

Result<void> change_friend(const AdminContext& context, const admin::v1::ChangeFriendRequest& in,
                           AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(UserChoice other, user_from(in.other()));
  context.service.change_friend(context.by, std::move(user), std::move(other), in.remove(),
                                out.reply<Friend>([](const Friend& now) {
                                  admin::v1::ChangeFriendResponse told;
                                  *told.mutable_friend_() = to_wire(now);
                                  return told;
                                }));
  return {};
}

Result<void> list_blocks(const AdminContext& context, const admin::v1::ListBlocksRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_blocks(std::move(user), after, limit,
                              out.reply<Listing<BlockedUser>>([](const Listing<BlockedUser>& page) {
                                admin::v1::ListBlocksResponse told;
                                for (const BlockedUser& one : page.items)
                                  *told.add_blocked() = user_ref(one.user, one.name);
                                told.set_more(page.more);
                                return told;
                              }));
  return {};
}

Result<void> change_block(const AdminContext& context, const admin::v1::ChangeBlockRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(UserChoice other, user_from(in.other()));
  context.service.change_block(context.by, std::move(user), std::move(other), in.remove(),
                               out.reply<BlockedUser>([](const BlockedUser& one) {
                                 admin::v1::ChangeBlockResponse told;
                                 *told.mutable_blocked() = user_ref(one.user, one.name);
                                 return told;
                               }));
  return {};
}

constexpr std::array<AdminMethod, 6> kMethods{{
    {"ChangeBlock", run_admin_method<admin::v1::ChangeBlockRequest, change_block>},
    {"ChangeFriend", run_admin_method<admin::v1::ChangeFriendRequest, change_friend>},
    {"ListBlocks", run_admin_method<admin::v1::ListBlocksRequest, list_blocks>},
    {"ListFriends", run_admin_method<admin::v1::ListFriendsRequest, list_friends>},
    {"RevokeDevice", run_admin_method<admin::v1::RevokeDeviceRequest, revoke_device>},
    {"SetProfile", run_admin_method<admin::v1::SetProfileRequest, set_profile>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_friend_methods() { return kMethods; }

}  // namespace mpim
