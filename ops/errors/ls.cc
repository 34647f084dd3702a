#include <array>

#include "ops/call.h"
#include "ops/errors/code_item.h"
#include "ops/errors/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"errors ls", "errors ls -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"CODE", "code"},
    {"RETRYABLE", "retryable"},
    {"EXIT", "exitCode", Cell::kNumber},
    {"HTTP", "httpStatus", Cell::kNumber},
    {"MEANING", "meaning"},
});

Result<int> list_codes(Call& call) {
  Value::List items;
  for (const CodeEntry& entry : all_codes()) items.push_back(code_item(entry));
  call.show_list(std::move(items), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kErrorsLsForm{
    .detail = "The same codes stand in every protocol's answers and in the JSON of failures.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "ErrorCodeList",
    .run = list_codes,
};

}  // namespace mpim::ops
