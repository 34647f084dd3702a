#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/group/group_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"GROUP", "id"}});
constexpr auto kFlags = std::to_array<Flag>({
    kDryRun,
    {.name = "if-exists", .help = "a group that is dissolved already is no error"},
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group dissolve 1001 --dry-run",
    "group dissolve 1001 --yes",
});

Result<int> dissolve(Call& call) {
  const Arguments& arguments = call.arguments();
  v1::DissolveGroupRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", arguments.word(0)));
  request.set_id(group);
  request.set_if_exists(arguments.has("if-exists"));
  request.set_dry_run(true);
  MPIM_TRY(const auto plan, call.ask<v1::DissolveGroupResponse>("DissolveGroup", request));
  if (arguments.has("dry-run")) {
    Document document{.kind = call.path().command->form->kind, .list = false};
    Value item = Value::message(plan.group());
    item.set("changed", Value::flag(plan.changed()));
    document.items.push_back(std::move(item));
    document.columns = kGroupDetailColumns;
    document.warnings.emplace_back("dry run: nothing was done");
    call.show(document);
    return kDone;
  }
  MPIM_TRY(const bool sure,
           call.may_destroy("dissolve " + plan.group().name() + " with its " +
                            std::to_string(plan.group().members()) + " member(s)?"));
  if (!sure) return kFailed;
  request.set_dry_run(false);
  return show_change(call, "DissolveGroup", request);
}

}  // namespace

const CommandForm kGroupDissolveForm{
    .detail =
        "Nobody is a member afterwards, and nothing is sent there any more. Who belonged keeps "
        "what\n"
        "he may read already. It cannot be undone.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "GroupChange",
    .run = dissolve,
};

}  // namespace mpim::ops
