#include <array>

#include "ops/group/commands.h"
#include "ops/paging.h"
#include "ops/progress.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"GROUP", "id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"group export 1001"});

Value of_kind(std::string_view kind, const google::protobuf::Message& message) {
  Value line = Value::object({{"kind", Value::text(kind)}});
  const Value fields = Value::message(message);
  for (const auto& [name, value] : fields.members()) line.set(name, value);
  return line;
}

Result<int> export_group(Call& call) {
  v1::GetGroupRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", call.arguments().word(0)));
  request.set_id(group);
  request.set_members_limit(kPageMax);
  Document document{.kind = call.path().command->form->kind};
  std::optional<Progress> progress;
  while (true) {
    MPIM_TRY(const auto page, call.ask<v1::GetGroupResponse>("GetGroup", request));
    if (document.items.empty()) {
      document.items.push_back(of_kind("group", page.group()));
      progress.emplace(call.terminal(), "members", page.group().members());
    }
    for (const v1::Member& member : page.members()) {
      document.items.push_back(of_kind("member", member));
      request.set_members_after(member.user().id());
    }
    progress->advance(static_cast<uint64_t>(page.members_size()));
    if (!page.more()) break;
  }
  progress.reset();
  document.text = "";
  for (const Value& line : document.items) *document.text += line.json(JsonLayout::kOneLine) + "\n";
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kGroupExportForm{
    .detail =
        "One object of JSON a line: the group, then its members by id, as `group import` reads "
        "them.\n"
        "Mutes, requests and invitations are not imported again.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "GroupExport",
    .run = export_group,
};

}  // namespace mpim::ops
