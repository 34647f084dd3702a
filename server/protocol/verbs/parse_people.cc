// Verbs about people: profiles, friends, blocks, devices, the password.
#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

// A verb that names one person and nothing else.
template <class Request_>
Parsed about_one(LineWords& words) {
  MPIM_TRY(UserChoice whom, person_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(Request_{std::move(whom)});
}

Result<UserId> after_of(const Options& options) {
  MPIM_TRY(const std::optional<uint64_t> after, options.number("after", 0, kPersonIdMax));
  return UserId(after.value_or(0));
}

Result<std::string> secret(LineWords& words, std::string_view what) {
  if (words.done()) return missing(what);
  MPIM_TRY(std::string typed, words.word_or_quoted());
  return password(std::move(typed));
}

}  // namespace

Parsed parse_accept(LineWords& words, const LineLimits&) { return about_one<AcceptRequest>(words); }

Parsed parse_add_friend(LineWords& words, const LineLimits&) {
  return about_one<AddFriendRequest>(words);
}

Parsed parse_block(LineWords& words, const LineLimits&) { return about_one<BlockRequest>(words); }

Parsed parse_blocks(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "limit"};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  BlocksRequest blocks{};
  MPIM_TRY(blocks.after, after_of(options));
  MPIM_TRY(blocks.count_max, options.limit(kPullStandard));
  return Request(blocks);
}

Parsed parse_devices(LineWords& words, const LineLimits&) { return alone<DevicesRequest>(words); }

Parsed parse_friends(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 3> kOptions{"after", "limit", "state"};
  static constexpr std::array<Named<FriendState>, 3> kStates{
      {{"friends", FriendState::kFriend},
       {"asked", FriendState::kAsked},
       {"requested", FriendState::kRequested}}};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  FriendsRequest friends{};
  MPIM_TRY(friends.state, choice_of(options, "state", kStates));
  MPIM_TRY(friends.after, after_of(options));
  MPIM_TRY(friends.count_max, options.limit(kPullStandard));
  return Request(friends);
}

Parsed parse_password(LineWords& words, const LineLimits&) {
  PasswordRequest request;
  MPIM_TRY(request.old_password, secret(words, "the old password"));
  MPIM_TRY(request.new_password, secret(words, "the new password"));
  MPIM_CHECKED(end_of(words));
  return Request(std::move(request));
}

Parsed parse_profile(LineWords& words, const LineLimits&) {
  ProfileRequest request;
  if (words.done()) return Request(std::move(request));
  MPIM_TRY(request.of, person_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(std::move(request));
}

Parsed parse_reject(LineWords& words, const LineLimits&) { return about_one<RejectRequest>(words); }

Parsed parse_remove_friend(LineWords& words, const LineLimits&) {
  return about_one<RemoveFriendRequest>(words);
}

Parsed parse_revoke(LineWords& words, const LineLimits&) {
  if (words.done()) return missing("a device");
  MPIM_TRY(DeviceName device, device_name(words.word()));
  MPIM_CHECKED(end_of(words));
  return Request(RevokeRequest{std::move(device)});
}

Parsed parse_set_profile(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 4> kOptions{"about", "avatar", "direct_messages",
                                                            "display"};
  static constexpr std::array<Named<bool>, 2> kPolicies{{{"anyone", false}, {"friends", true}}};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  ProfileChange change;
  if (const std::string* const typed = options.find("display")) {
    MPIM_TRY(change.display_name, display_name(*typed));
  }
  if (const std::string* const typed = options.find("about")) {
    MPIM_TRY(change.about, description(*typed));
  }
  MPIM_TRY(const std::optional<uint64_t> avatar, options.number("avatar", 0, INT64_MAX));
  if (avatar) change.avatar = FileId(*avatar);
  MPIM_TRY(change.friends_only, choice_of(options, "direct_messages", kPolicies));
  if (change.empty()) return missing("what to change");
  return Request(SetProfileRequest{std::move(change)});
}

Parsed parse_unblock(LineWords& words, const LineLimits&) {
  return about_one<UnblockRequest>(words);
}

}  // namespace mpim::line
