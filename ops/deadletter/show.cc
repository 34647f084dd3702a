#include "ops/deadletter/chosen_letters.h"
#include "ops/deadletter/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"ID", "of the dead letter"}});
constexpr auto kExamples = std::to_array<std::string_view>({"deadletter show 3"});
constexpr auto kAlways = std::to_array<Column>({
    {"ID", "id"},
    {"SINCE", "atMs", Cell::kTime},
    {"SOURCE", "source"},
    {"TICKET", "ticket"},
    {"REASON", "reason"},
    {"BYTES", "bytes"},
});
constexpr auto kReadable = std::to_array<Column>({
    {"FROM", "from", Cell::kUser},
    {"TO", "to", Cell::kUser},
    {"GROUP", "group"},
    {"CLIENT ID", "clientId"},
    {"TYPE", "type"},
    {"FILE", "file"},
    {"SENT", "clientAtMs", Cell::kTime},
    {"EXT", "ext"},
    {"TEXT", "text"},
});
constexpr auto kUnreadable = std::to_array<Column>({
    {"UNREADABLE", "unreadable"},
    {"MADE OUT", "parsed"},
    {"AS IT CAME", "body"},
});

bool is_any(const Value& value) {
  return !value.is_null() && !value.plain().empty() && value.plain() != "0";
}

Result<int> show_letter(Call& call) {
  MPIM_TRY(const v1::DeadLetter letter, letter_with(call, call.arguments().word(0)));
  const Value item = Value::message(letter);
  std::vector<Column> columns(kAlways.begin(), kAlways.end());
  const std::span<const Column> more =
      letter.unreadable().empty() ? std::span<const Column>(kReadable) : kUnreadable;
  for (const Column& column : more)
    if (is_any(item.at(column.path))) columns.push_back(column);
  call.show_item(item, columns);
  return kDone;
}

}  // namespace

const CommandForm kDeadletterShowForm{
    .detail =
        "What it says, as far as it can be read, and why it was put aside. Of one that cannot be\n"
        "read, what could be made out and its bytes in base 16.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "DeadLetter",
    .run = show_letter,
};

}  // namespace mpim::ops
