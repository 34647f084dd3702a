#include <array>

#include "ops/call.h"
#include "ops/presence/commands.h"
#include "ops/presence/presence_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id", true, true}});
constexpr auto kExamples = std::to_array<std::string_view>({"presence show alice bob"});

Result<int> show_presence(Call& call) {
  v1::ListPresenceRequest request;
  for (const std::string& word : call.arguments().words()) *request.add_users() = user_ref(word);
  MPIM_TRY(const auto response, call.ask<v1::ListPresenceResponse>("ListPresence", request));
  Value::List items;
  for (const v1::Presence& row : response.rows()) items.push_back(presence_item(row));
  call.show_list(std::move(items), presence_columns());
  return kDone;
}

}  // namespace

const CommandForm kPresenceShowForm{
    .detail = "Of who is offline SINCE is when he was last seen; empty: never.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "PresenceList",
    .run = show_presence,
};

}  // namespace mpim::ops
