#include <fmt/format.h>

#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
Parsed parse_create_group(LineWords& words, const LineLimits&) {
  CreateGroupRequest create;
  if (words.done()) return missing("a name");
  MPIM_TRY(const std::string name, words.word_or_quoted());
  MPIM_TRY(create.name, group_name(name));
  const bool quoted = words.at_quote();
  MPIM_TRY(const std::string about, quoted ? words.word_or_quoted() : std::string(words.rest()));
  MPIM_TRY(create.description, description(about));
  MPIM_CHECKED(end_of(words));
  return Request(std::move(create));
}

Parsed parse_groups(LineWords& words, const LineLimits&) { return alone<GroupsRequest>(words); }

Parsed parse_join_group(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(JoinGroupRequest{group});
}

Parsed parse_leave_group(LineWords& words, const LineLimits&) {
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(LeaveGroupRequest{group});
}

Parsed parse_members(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "limit"};
  MPIM_TRY(const GroupId group, group_word(words));
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  MembersRequest members{group, UserId(), 0};
  if (const std::string* const typed = options.find("after")) {
    MPIM_TRY(const uint64_t after, parse_number(*typed, "after", 0, kPersonIdMax));
    members.after = UserId(after);
  }
  MPIM_TRY(members.count_max, options.limit(kPullStandard));
  return Request(members);
}

}  // namespace mpim::line
