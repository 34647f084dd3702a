#include <algorithm>
#include <array>
#include <cctype>

#include "ops/call.h"
#include "ops/errors/code_item.h"
#include "ops/errors/commands.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"CODE", "as an answer has it: BAD_REQUEST, in any case"}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"errors lookup UNKNOWN", "errors lookup not_found -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"Code", "code"},
    {"Meaning", "meaning"},
    {"Remedy", "remedy"},
    {"Retryable", "retryable"},
    {"Exit code", "exitCode"},
    {"HTTP", "httpStatus"},
    {"Connect", "connectCode"},
});

Error no_such_code(std::string typed) {
  std::ranges::transform(typed, typed.begin(), [](unsigned char c) { return std::toupper(c); });
  std::vector<std::string_view> names;
  for (const CodeEntry& entry : all_codes()) names.push_back(entry.name);
  return {Code::kNotFound, "`" + typed + "` is no error code" + did_you_mean(typed, names)};
}

Result<int> look_up(Call& call) {
  const std::string typed = call.arguments().word(0);
  const std::optional<Code> code = code_named(typed);
  if (!code) return call.failing(no_such_code(typed), "`mpimctl errors ls` lists them");
  call.show_item(code_item(entry_of(*code)), kColumns);
  return kDone;
}

}  // namespace

const CommandForm kErrorsLookupForm{
    .detail =
        "Says when it comes, what to do about it, and whether the same request may succeed\n"
        "later, unchanged.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "ErrorCode",
    .run = look_up,
};

}  // namespace mpim::ops
