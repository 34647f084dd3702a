// Answers about people, one's own devices, and who is there.
#include "server/protocol/wire/wire_answers.h"

namespace mpim::wire {
namespace {

void write(const ProfileResponse& from, v1::Profile& out) {
  const Profile& profile = from.profile;
  out.set_user_id(profile.user.value);
  out.set_name(profile.name);
  out.set_display_name(profile.display_name);
  out.set_about(profile.about);
  out.set_avatar_file_id(profile.avatar.value);
  if (!from.own) return;
  out.set_direct_messages(profile.friends_only ? "friends" : "anyone");
  out.set_version(profile.version);
}

}  // namespace

void write(const PresenceSignal& presence, v1::PresenceState& out) {
  out.set_user_id(presence.user.value);
  out.set_state(std::string(name_of(presence.state)));
  out.set_since(presence.since.ms);
}

void answer(const BlocksResponse& from, v1::ListBlocksResponse& out) {
  for (const BlockedUser& row : from.rows) {
    v1::BlockedUser& told = *out.add_users();
    told.set_user_id(row.user.value);
    told.set_name(row.name);
  }
  out.set_has_more(from.more);
}

void answer(const DevicesResponse& from, v1::ListDevicesResponse& out) {
  for (const DevicesResponse::Row& row : from.rows) {
    v1::Device& told = *out.add_devices();
    told.set_name(row.name);
    told.set_created_at(row.created_at.ms);
    told.set_seen_at(row.seen_at.ms);
    told.set_online(row.online);
    told.set_current(row.own);
  }
}

void answer(const FriendsResponse& from, v1::ListFriendsResponse& out) {
  for (const Friend& row : from.rows) {
    v1::Friend& told = *out.add_friends();
    told.set_user_id(row.user.value);
    told.set_name(row.name);
    told.set_state(std::string(name_of(row.state)));
  }
  out.set_has_more(from.more);
}

void answer(const PasswordResponse& from, v1::ChangePasswordResponse& out) {
  out.set_token(from.token);
}

void answer(const PresenceResponse& from, v1::GetPresenceResponse& out) {
  for (const PresenceSignal& row : from.rows) write(row, *out.add_users());
}

void answer(const ProfileResponse& from, v1::GetProfileResponse& out) {
  write(from, *out.mutable_profile());
}

void answer(const ProfileResponse& from, v1::SetProfileResponse& out) {
  write(from, *out.mutable_profile());
}

void answer(const RevokedResponse& from, v1::RevokeDeviceResponse& out) {
  out.set_device(from.device.text);
}

void answer(const TypingResponse&, v1::SendTypingResponse&) {}

}  // namespace mpim::wire
