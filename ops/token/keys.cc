#include <array>

#include "ops/token/commands.h"
#include "ops/token/token_columns.h"
#include "server/contract/mpim/v1/admin.pb.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"token keys"});

Result<int> list(Call& call) {
  MPIM_TRY(const auto response,
           call.ask<v1::ListSigningKeysResponse>("ListSigningKeys", v1::ListSigningKeysRequest()));
  Value::List items;
  for (const v1::SigningKey& key : response.keys()) items.push_back(Value::message(key));
  call.show_list(std::move(items), kKeyColumns);
  return kDone;
}

}  // namespace

const CommandForm kTokenKeysForm{
    .detail =
        "The newest signs. The others are kept until what they signed has ended. No secret is "
        "shown.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "SigningKeyList",
    .run = list,
};

}  // namespace mpim::ops
