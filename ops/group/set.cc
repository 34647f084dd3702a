#include <array>

#include "ops/group/commands.h"
#include "ops/group/group_change.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"GROUP", "id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"description", FlagType::kText, "TEXT", "up to 512 bytes"},
    {"join", FlagType::kChoice, "open approval closed", "how one becomes a member"},
    {"name", FlagType::kText, "NAME", "up to 64 bytes"},
    {.name = "no-description", .help = "take the description away"},
    {.name = "no-notice", .help = "take the notice away"},
    {"notice", FlagType::kText, "TEXT", "what everybody should read, up to 2048 bytes"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "group set 1001 --name lounge --join approval",
    "group set 1001 --no-notice",
});

Result<int> set_group(Call& call) {
  const Arguments& arguments = call.arguments();
  v1::SetGroupRequest request;
  MPIM_TRY(const uint64_t group, id_typed(call, "group", arguments.word(0)));
  request.set_id(group);
  for (const char* const text : {"description", "notice"})
    if (arguments.has(text) && arguments.has(std::string("no-") + text))
      return call.usage("`--" + std::string(text) + "` and `--no-" + text + "` exclude each other");
  if (arguments.has("name")) request.set_name(arguments.text("name"));
  if (arguments.has("description") || arguments.has("no-description"))
    request.set_description(arguments.text("description"));
  if (arguments.has("notice") || arguments.has("no-notice"))
    request.set_notice(arguments.text("notice"));
  if (arguments.has("join")) request.set_join(arguments.text("join"));
  return show_change(call, "SetGroup", request);
}

}  // namespace

const CommandForm kGroupSetForm{
    .detail =
        "What is not named stays as it is. Its members see each change as it happens; what is so\n"
        "already is no error.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "GroupChange",
    .run = set_group,
};

}  // namespace mpim::ops
