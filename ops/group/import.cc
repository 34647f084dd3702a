#include <algorithm>
#include <array>

#include "ops/group/commands.h"
#include "ops/group/member_lines.h"
#include "ops/progress.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"FILE", "lines of members; - reads stdin"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"group", FlagType::kText, "GROUP", "into this group; without it the one the file begins with"},
    {.name = "if-exists", .help = "users who do not exist are passed over, and counted"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group import lobby.jsonl",
    "group import - --group 1001 --if-exists",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Group", "group"},
    {"Lines", "lines", Cell::kNumber},
    {"Added", "added", Cell::kNumber},
    {"Present", "present", Cell::kNumber},
    {"Unknown", "unknown", Cell::kNumber},
});
constexpr size_t kBatch = 1'000;  // members of one call, one transaction and one entry of the log

struct Tally {
  uint64_t lines = 0;
  uint64_t added = 0;
  uint64_t present = 0;
  uint64_t unknown = 0;
  std::vector<std::string> warnings = {};
};

// The group that the file begins with, made unless there is one of its name and owner.
Result<uint64_t> group_made(Call& call, const v1::Group& wanted) {
  v1::CreateGroupRequest create;
  create.set_name(wanted.name());
  create.set_description(wanted.description());
  *create.mutable_owner() = wanted.owner();
  create.set_if_not_exists(true);
  MPIM_TRY(const auto made, call.ask<v1::CreateGroupResponse>("CreateGroup", create));
  v1::SetGroupRequest set;
  set.set_id(made.group().id());
  set.set_notice(wanted.notice());
  if (!wanted.join().empty()) set.set_join(wanted.join());
  MPIM_CHECKED(call.ask<v1::SetGroupResponse>("SetGroup", set));
  return made.group().id();
}

Result<uint64_t> group_meant(Call& call, const MemberFile& file) {
  if (call.arguments().has("group")) return id_typed(call, "group", call.arguments().text("group"));
  if (!file.group) return call.usage("`--group` is missing: the file does not begin with a group");
  if (!file.group->has_owner())
    return call.usage("`--group` is missing: the file's group has no owner");
  return group_made(call, *file.group);
}

// Who of these does not exist, with his line; or there is no such group.
Error unknown_one(Call& call, uint64_t group, const MemberFile& file, size_t first, size_t count,
                  const Error& why) {
  v1::GetGroupRequest into;
  into.set_id(group);
  into.set_members_limit(1);
  if (!call.ask<v1::GetGroupResponse>("GetGroup", into))
    return call.failing(why, "`mpimctl group ls` lists the groups");
  for (size_t i = first; i < first + count; ++i) {
    v1::GetUserRequest request;
    *request.mutable_user() = file.members[i].user();
    const auto found = call.ask<v1::GetUserResponse>("GetUser", request);
    if (!found && found.error().code == Code::kNotFound)
      return call.failing(
          {Code::kNotFound, "line " + std::to_string(file.lines[i]) + ": " + found.error().message},
          "--if-exists passes over users who do not exist");
    if (!found) break;
  }
  return why;
}

Result<void> import_batch(Call& call, uint64_t group, const MemberFile& file, size_t first,
                          size_t count, Tally& tally) {
  const auto members = std::span(file.members).subspan(first, count);
  v1::ImportMembersRequest request;
  request.set_id(group);
  for (const v1::NewMember& member : members) *request.add_members() = member;
  request.set_if_exists(call.arguments().has("if-exists"));
  const auto made = call.ask<v1::ImportMembersResponse>("ImportMembers", request);
  if (!made && made.error().code == Code::kNotFound)
    return unknown_one(call, group, file, first, count, made.error());
  if (!made) return made.error();
  tally.lines += count;
  tally.added += made->added();
  tally.present += made->present();
  tally.unknown += made->unknown();
  return {};
}

// An export names its owner. In a group that is somebody else's he is an admin.
Result<void> look_at_owner(Call& call, uint64_t group, const MemberFile& file, Tally& tally) {
  const auto owner = std::ranges::find(file.members, "owner", &v1::NewMember::role);
  if (owner == file.members.end()) return {};
  v1::GetGroupRequest request;
  request.set_id(group);
  request.set_members_limit(1);
  MPIM_TRY(const auto found, call.ask<v1::GetGroupResponse>("GetGroup", request));
  const v1::UserRef& here = found.group().owner();
  if (owner->user().id() == here.id() || owner->user().name() == here.name()) return {};
  tally.warnings.push_back(
      "line " + std::to_string(file.lines[static_cast<size_t>(owner - file.members.begin())]) +
      ": the owner is taken for an admin, because " + here.name() + " owns this group");
  return {};
}

void show_tally(Call& call, uint64_t group, const Tally& tally, const Error* stopped) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::object({{"group", Value::id(group)},
                                          {"lines", Value::number(tally.lines)},
                                          {"added", Value::number(tally.added)},
                                          {"present", Value::number(tally.present)},
                                          {"unknown", Value::number(tally.unknown)}}));
  document.columns = kColumns;
  document.warnings = tally.warnings;
  const bool unknown = stopped != nullptr && stopped->code == Code::kNotFound;
  if (stopped != nullptr)
    document.warnings.push_back(
        "stopped after " + std::to_string(tally.lines) + " members: " + stopped->message +
        "; run it again to go on" +
        (unknown ? ", with --if-exists to pass over who does not exist" : ""));
  if (tally.unknown > 0)
    document.warnings.push_back(std::to_string(tally.unknown) + " users do not exist");
  call.show(document);
}

Result<int> import_members(Call& call) {
  const std::string path = call.arguments().word(0);
  MPIM_TRY(const std::string text, call.input(path));
  if (text.empty()) return call.usage(path + " is empty: nobody is named in it");
  const auto file = read_member_file(text);
  if (!file) return call.usage(file.error().message);
  if (file->members.empty() && !file->group) return call.usage("there is nobody in the file");
  MPIM_TRY(const uint64_t group, group_meant(call, *file));
  const size_t members = file->members.size();
  Tally tally;
  std::optional<Error> stopped;
  {
    Progress progress(call.terminal(), "members", members);
    for (size_t at = 0; at < members && !stopped; at += kBatch) {
      const size_t count = std::min(kBatch, members - at);
      const Result<void> done = import_batch(call, group, *file, at, count, tally);
      if (!done.ok()) stopped = done.error();
      progress.advance(count);
    }
  }
  if (stopped && tally.lines == 0) return *stopped;
  MPIM_CHECKED(look_at_owner(call, group, *file, tally));
  show_tally(call, group, tally, stopped ? &*stopped : nullptr);
  return stopped || tally.unknown > 0 ? kPartial : kDone;
}

}  // namespace

const CommandForm kGroupImportForm{
    .detail =
        "Reads what `group export` writes, or lines of `user` or `user,role`, where a role is "
        "member\n"
        "or admin. A thousand members share one transaction and one entry of the log. Who belongs\n"
        "already keeps his role, so an import that broke off is simply run again. The owner that "
        "an\n"
        "export names owns the group that is made of it; in a group of somebody else, named with\n"
        "--group, he becomes an admin, and a warning says so.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "GroupImport",
    .run = import_members,
};

}  // namespace mpim::ops
