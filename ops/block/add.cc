#include <array>

#include "ops/block/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"USER", "name or id"}, {"OTHER", "name or id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"block add alice bob"});
constexpr auto kColumns = std::to_array<Column>({{"ID", "id", Cell::kNumber}, {"NAME", "name"}});

Result<int> run(Call& call) {
  v1::ChangeBlockRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  *request.mutable_other() = user_ref(call.arguments().word(1));
  request.set_remove(false);
  const auto response = call.ask<v1::ChangeBlockResponse>("ChangeBlock", request);
  if (!response) return told_to(call.arguments().word(0), response.error());
  call.show_item(Value::message(*response).at("blocked"), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kBlockAddForm{
    .detail = "USER blocks OTHER: neither writes to the other, and a friendship ends.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Block",
    .run = run,
};

}  // namespace mpim::ops
