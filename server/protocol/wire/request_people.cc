// What is asked about people, and about who is there.
#include <algorithm>
#include <utility>

#include "server/contract/convert.h"
#include "server/protocol/wire/wire_fields.h"
#include "server/protocol/wire/wire_requests.h"

namespace mpim::wire {
namespace {

// A request that names one person and nothing else.
template <class Request_, class In>
Parsed about_one(const In& in) {
  MPIM_TRY(UserChoice whom, person(in.user_id(), in.user_name()));
  return Request(Request_{std::move(whom)});
}

}  // namespace

Parsed request_from(const v1::AcceptFriendRequest& in, const WireLimits&) {
  return about_one<AcceptRequest>(in);
}

Parsed request_from(const v1::AddFriendRequest& in, const WireLimits&) {
  return about_one<AddFriendRequest>(in);
}

Parsed request_from(const v1::BlockUserRequest& in, const WireLimits&) {
  return about_one<BlockRequest>(in);
}

Parsed request_from(const v1::ChangePasswordRequest& in, const WireLimits&) {
  PasswordRequest change;
  if (in.old_password().empty()) return missing("oldPassword");
  if (in.new_password().empty()) return missing("newPassword");
  MPIM_TRY(change.old_password, password(in.old_password()));
  MPIM_TRY(change.new_password, password(in.new_password()));
  return Request(std::move(change));
}

// Each once, ascending, as services want them.
Parsed request_from(const v1::GetPresenceRequest& in, const WireLimits&) {
  PresenceRequest presence;
  for (const uint64_t each : in.user_ids()) {
    MPIM_TRY(const UserId user, user_id_from(each));
    presence.users.push_back(user);
  }
  std::ranges::sort(presence.users);
  presence.users.erase(std::unique(presence.users.begin(), presence.users.end()),
                       presence.users.end());
  return Request(std::move(presence));
}

Parsed request_from(const v1::GetProfileRequest& in, const WireLimits&) {
  ProfileRequest profile;
  MPIM_TRY(profile.of, person_or_nobody(in.user_id(), in.user_name()));
  return Request(std::move(profile));
}

Parsed request_from(const v1::ListBlocksRequest& in, const WireLimits&) {
  BlocksRequest blocks{};
  MPIM_TRY(blocks.after, after_user(in.after()));
  MPIM_TRY(blocks.count_max, limit(in.limit(), kPullStandard));
  return Request(blocks);
}

Parsed request_from(const v1::ListDevicesRequest&, const WireLimits&) {
  return Request(DevicesRequest{});
}

Parsed request_from(const v1::ListFriendsRequest& in, const WireLimits&) {
  static constexpr std::array<Word<FriendState>, 3> kStates{
      {{"friends", FriendState::kFriend},
       {"asked", FriendState::kAsked},
       {"requested", FriendState::kRequested}}};
  FriendsRequest friends{};
  if (!in.state().empty()) {
    MPIM_TRY(friends.state, one_of("state", in.state(), kStates));
  }
  MPIM_TRY(friends.after, after_user(in.after()));
  MPIM_TRY(friends.count_max, limit(in.limit(), kPullStandard));
  return Request(friends);
}

Parsed request_from(const v1::RejectFriendRequest& in, const WireLimits&) {
  return about_one<RejectRequest>(in);
}

Parsed request_from(const v1::RemoveFriendRequest& in, const WireLimits&) {
  return about_one<RemoveFriendRequest>(in);
}

Parsed request_from(const v1::RevokeDeviceRequest& in, const WireLimits&) {
  if (in.device().empty()) return missing("device");
  MPIM_TRY(DeviceName device, device_name(in.device()));
  return Request(RevokeRequest{std::move(device)});
}

Parsed request_from(const v1::SendTypingRequest& in, const WireLimits&) {
  MPIM_TRY(Recipient to, recipient(in.to_user_id(), in.to_user_name(), in.group_id()));
  return Request(TypingRequest{std::move(to)});
}

Parsed request_from(const v1::SetProfileRequest& in, const WireLimits&) {
  static constexpr std::array<Word<bool>, 2> kPolicies{{{"anyone", false}, {"friends", true}}};
  ProfileChange change;
  if (in.has_display_name()) {
    MPIM_TRY(change.display_name, display_name(in.display_name()));
  }
  if (in.has_about()) {
    MPIM_TRY(change.about, description(in.about()));
  }
  if (in.has_avatar_file_id()) {
    MPIM_TRY(change.avatar, file_or_none(in.avatar_file_id()));
  }
  if (in.has_direct_messages()) {
    MPIM_TRY(change.friends_only, one_of("directMessages", in.direct_messages(), kPolicies));
  }
  if (change.empty()) return missing("what to change");
  return Request(SetProfileRequest{std::move(change)});
}

Parsed request_from(const v1::UnblockUserRequest& in, const WireLimits&) {
  return about_one<UnblockRequest>(in);
}

}  // namespace mpim::wire
