#include <array>

#include "ops/msg/commands.h"
#include "ops/msg/entry_columns.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"ID", "message id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"msg show 1073741825"});
constexpr auto kDeliveries = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"DEVICE", "deviceName"},
    {"DELIVERED", "delivered"},
    {"READ", "read"},
    {"SENT FROM", "own"},
});
constexpr auto kSections = std::to_array<Section>({{"Devices", "deliveries", kDeliveries}});

Result<int> show_message(Call& call) {
  v1::GetMessageRequest request;
  MPIM_TRY(const uint64_t id, id_typed(call, "message", call.arguments().word(0)));
  request.set_id(id);
  MPIM_TRY(const auto response, call.ask<v1::GetMessageResponse>("GetMessage", request));
  const Value answer = Value::message(response);
  Value item = answer.at("entry");
  item.set("deliveries", answer.at("deliveries"));
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(std::move(item));
  document.columns = kEntryColumns;
  document.sections = kSections;
  if (response.more()) document.warnings.emplace_back("only the first 1,000 devices are shown");
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kMsgShowForm{
    .detail = {},
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Message",
    .run = show_message,
};

}  // namespace mpim::ops
