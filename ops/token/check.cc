#include <array>

#include "ops/token/commands.h"
#include "ops/token/token_columns.h"
#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {

Result<std::string> token_typed(Call& call, const std::string& word) {
  if (word != "-") return word;
  MPIM_TRY(std::string text, call.input("-"));
  return text.substr(0, text.find_first_of("\r\n"));
}

namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"TOKEN", "of any kind; - reads it from stdin"}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"token check -", "token check eyJhbGciOi..."});

Result<int> check(Call& call) {
  v1::CheckTokenRequest request;
  MPIM_TRY(*request.mutable_token(), token_typed(call, call.arguments().word(0)));
  MPIM_TRY(const auto response, call.ask<v1::CheckTokenResponse>("CheckToken", request));
  call.show_item(Value::message(response.item()), kTokenColumns);
  return kDone;
}

}  // namespace

const CommandForm kTokenCheckForm{
    .detail =
        "Access, admin, refresh and resume tokens are told apart by themselves. One that is worth\n"
        "nothing is an error that says why, with exit code 4.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "Token",
    .run = check,
};

}  // namespace mpim::ops
