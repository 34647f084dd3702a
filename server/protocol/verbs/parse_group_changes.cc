// How admins change groups, and how people come into them.
#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

constexpr std::array<Named<JoinPolicy>, 3> kPolicies{{{"open", JoinPolicy::kOpen},
                                                      {"approval", JoinPolicy::kApproval},
                                                      {"closed", JoinPolicy::kClosed}}};
constexpr std::array<Named<Role>, 2> kRoles{{{"member", Role::kMember}, {"admin", Role::kAdmin}}};

// A text that may be quoted, else is the rest of the line.
Result<std::string> last_text(LineWords& words) {
  const bool quoted = words.at_quote();
  MPIM_TRY(std::string text, quoted ? words.word_or_quoted() : std::string(words.rest()));
  MPIM_CHECKED(end_of(words));
  return text;
}

Parsed changing(GroupId group, GroupChange change) {
  return Request(GroupChangeRequest{group, std::move(change)});
}

// A group, and nothing behind it.
Result<GroupId> only_group(LineWords& words) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_CHECKED(end_of(words));
  return group;
}

struct GroupAndUser {
  GroupId group;
  UserId user;
};
Result<GroupAndUser> group_and_user(LineWords& words) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const UserId user, user_word(words));
  return GroupAndUser{group, user};
}
Result<GroupAndUser> only_group_and_user(LineWords& words) {
  MPIM_TRY(const GroupAndUser both, group_and_user(words));
  MPIM_CHECKED(end_of(words));
  return both;
}

// None for `*`: everybody.
Result<UserId> user_or_all(LineWords& words) {
  if (words.done()) return missing("a user id, or *,");
  const std::string_view typed = words.word();
  if (typed == "*") return UserId();
  return parse_user_id(typed);
}

}  // namespace

Parsed parse_approve(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupAndUser both, only_group_and_user(words));
  return changing(both.group, ApproveMember{both.user});
}

Parsed parse_decline(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, only_group(words));
  return Request(DeclineRequest{group});
}

Parsed parse_dissolve(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, only_group(words));
  return changing(group, DissolveGroup{});
}

Parsed parse_group_info(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, only_group(words));
  return Request(GroupLookRequest{group});
}

Parsed parse_group_notice(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  if (words.done()) return missing("a text (\"\" for none)");
  MPIM_TRY(const std::string typed, last_text(words));
  MPIM_TRY(std::string text, group_notice(typed));
  return changing(group, SetGroupNotice{std::move(text)});
}

Parsed parse_group_policy(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  if (words.done()) return missing("open, approval or closed");
  MPIM_TRY(const JoinPolicy join, one_of("policy", words.word(), kPolicies));
  MPIM_CHECKED(end_of(words));
  return changing(group, SetJoinPolicy{join});
}

Parsed parse_invite(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(UserChoice whom, person_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(InviteRequest{group, std::move(whom)});
}

Parsed parse_invites(LineWords& words, const LineLimits&) { return alone<InvitesRequest>(words); }

Parsed parse_kick(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupAndUser both, only_group_and_user(words));
  return changing(both.group, KickMember{both.user});
}

Parsed parse_mute(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const UserId user, user_or_all(words));
  std::optional<Millis> lasts;
  if (!words.done()) {
    MPIM_TRY(const uint64_t seconds, parse_number(words.word(), "seconds", 1, kMuteSecondsMax));
    lasts = std::chrono::seconds(seconds);
  }
  MPIM_CHECKED(end_of(words));
  return changing(group, MuteMember{user, lasts});
}

Parsed parse_refuse(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupAndUser both, only_group_and_user(words));
  return Request(RefuseRequest{both.group, both.user});
}

Parsed parse_rename_group(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  if (words.done()) return missing("a name");
  MPIM_TRY(const std::string typed, last_text(words));
  MPIM_TRY(std::string name, group_name(typed));
  return changing(group, RenameGroup{std::move(name)});
}

Parsed parse_requests(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "limit"};
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  MPIM_TRY(const std::optional<uint64_t> after, options.number("after", 0, kPersonIdMax));
  MPIM_TRY(const uint32_t limit, options.limit(kPullStandard));
  return Request(JoinRequestsRequest{group, UserId(after.value_or(0)), limit});
}

Parsed parse_role(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupAndUser both, group_and_user(words));
  if (words.done()) return missing("member or admin");
  MPIM_TRY(const Role role, one_of("role", words.word(), kRoles));
  MPIM_CHECKED(end_of(words));
  return changing(both.group, SetMemberRole{both.user, role});
}

Parsed parse_transfer(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupAndUser both, only_group_and_user(words));
  return changing(both.group, TransferGroup{both.user});
}

Parsed parse_unmute(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const UserId user, user_or_all(words));
  MPIM_CHECKED(end_of(words));
  return changing(group, MuteMember{user, Millis(0)});
}

}  // namespace mpim::line
