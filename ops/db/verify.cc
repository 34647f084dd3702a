#include <array>

#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/verify.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"db verify", "db verify -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"CHECK", "id"},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"FINDING", "sentence"},
});

Result<int> verify_database(Call& call) {
  MPIM_TRY(const Database database, open_database(call, true));
  MPIM_CHECKED(require_newest(*database.driver, sqlite_migrations()));
  MPIM_TRY(const auto findings, verify(*database.driver));
  Value::List items;
  for (const Finding& finding : findings)
    items.push_back(Value::object(
        {{"id", Value::text(finding.id)},
         {"conversation", finding.conversation ? Value::id(finding.conversation.value) : Value()},
         {"sentence", Value::text(finding.sentence)}}));
  if (findings.empty()) call.terminal().note("the database is sound");
  call.show_list(std::move(items), kColumns);
  return findings.empty() ? kDone : kFailed;
}

}  // namespace

const CommandForm kDbVerifyForm{
    .detail =
        "Every row against every other: seqs without gaps, cursors below heads, memberships that "
        "do\n"
        "not overlap. A finding is exit code 1. The node must be stopped.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "FindingList",
    .run = verify_database,
};

}  // namespace mpim::ops
