#include <array>

#include "ops/msg/commands.h"
#include "ops/msg/entry_text.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"ID", "message id"}});
constexpr auto kExamples = std::to_array<std::string_view>({"msg show 1073741825"});
// Rows that every entry has, and those that are shown when there is something in them.
constexpr auto kAlways = std::to_array<Column>({
    {"ID", "id"},
    {"CONVERSATION", "conversation"},
    {"SEQ", "seq"},
    {"KIND", "kind"},
    {"FROM", "from", Cell::kUser},
    {"AT", "atMs", Cell::kTime},
    {"TEXT", "shown"},
});
constexpr auto kIfAny = std::to_array<Column>({
    {"STATE", "state"},
    {"TYPE", "type"},
    {"FILE", "file"},
    {"WHOM", "subject", Cell::kUser},
    {"REF", "ref"},
});
constexpr auto kDeliveries = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"DEVICE", "deviceName"},
    {"DELIVERED", "delivered"},
    {"READ", "read"},
    {"SENT FROM", "own"},
});
constexpr auto kSections = std::to_array<Section>({{"Devices", "deliveries", kDeliveries}});

bool is_any(const Value& value) { return !value.is_null() && value.plain() != "0"; }

std::vector<Column> columns_of(const Value& entry) {
  std::vector<Column> columns(kAlways.begin(), kAlways.end());
  const Column text = columns.back();
  columns.pop_back();
  const bool message = entry.at("kind").plain() == "message";
  for (const Column& column : kIfAny)
    if (is_any(entry.at(column.path)) && (message || column.path != "type"))
      columns.push_back(column);
  columns.push_back(text);
  return columns;
}

Result<int> show_message(Call& call) {
  v1::GetMessageRequest request;
  MPIM_TRY(const uint64_t id, id_typed(call, "message", call.arguments().word(0)));
  request.set_id(id);
  MPIM_TRY(const auto response, call.ask<v1::GetMessageResponse>("GetMessage", request));
  const Value answer = Value::message(response);
  Value item = with_text(call, answer.at("entry"), answer.at("entry"));
  item.set("deliveries", answer.at("deliveries"));
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(std::move(item));
  const std::vector<Column> columns = columns_of(answer.at("entry"));
  document.columns = columns;
  document.sections = kSections;
  if (response.more()) document.warnings.emplace_back("only the first 1,000 devices are shown");
  if (response.deliveries().empty())
    document.warnings.emplace_back(
        "nobody who may see it has a device yet: it waits for their first log-in");
  call.show(document);
  return kDone;
}

}  // namespace

const CommandForm kMsgShowForm{
    .detail =
        "DELIVERED is of the device, READ of its user: what he has read on one device counts as\n"
        "delivered to all of his.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Message",
    .run = show_message,
};

}  // namespace mpim::ops
