#include <array>

#include "ops/call.h"
#include "ops/msg/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"msg index", "msg index -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"ENABLED", "enabled"},
    {"INDEXED", "indexed", Cell::kNumber},
    {"ENTRIES", "entries", Cell::kNumber},
    {"LAG", "lag", Cell::kNumber},
});

Result<int> show_index(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::GetSearchIndexResponse>("GetSearchIndex", v1::GetSearchIndexRequest()));
  call.show_item(Value::message(response), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kMsgIndexForm{
    .detail =
        "What is not indexed yet is found as well, as long as it is not too much "
        "(search.scan_max_entries).",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "SearchIndex",
    .run = show_index,
};

}  // namespace mpim::ops
