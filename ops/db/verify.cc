#include <algorithm>
#include <array>
#include <iterator>

#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "server/store/sql/files/verify_uploads.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/search/search_index.h"
#include "server/store/sql/verify/search.h"
#include "server/store/sql/verify/verify.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples = std::to_array<std::string_view>({"db verify", "db verify -o json"});
constexpr auto kColumns = std::to_array<Column>({
    {"CHECK", "id"},
    {"CONVERSATION", "conversation", Cell::kNumber},
    {"FINDING", "sentence"},
});

// What is no fault of the database.
Result<std::vector<std::string>> warnings_of(const Database& database, const Settings& settings) {
  MPIM_TRY(auto found, remarks(*database.driver));
  if (settings.search.enabled && database.place.is_file()) {
    MPIM_TRY(auto of_search, verify_search(database.place.path, search_path(data_dir(settings))));
    std::ranges::move(of_search, std::back_inserter(found));
  }
  std::vector<std::string> warnings;
  for (const Finding& each : found)
    warnings.push_back(
        each.id +
        (each.conversation ? " in conversation " + std::to_string(each.conversation.value) : "") +
        ": " + each.sentence);
  return warnings;
}

Result<int> verify_database(Call& call) {
  MPIM_TRY(const Database database, open_database(call, true));
  MPIM_CHECKED(require_newest(*database.driver, database.place.migrations()));
  MPIM_TRY(const Settings settings, call.settings());
  MPIM_TRY(auto findings, verify(*database.driver));
  MPIM_TRY(const auto of_uploads, verify_uploads(*database.driver, files_dir(settings)));
  findings.insert(findings.end(), of_uploads.begin(), of_uploads.end());
  MPIM_TRY(const auto warnings, warnings_of(database, settings));
  Value::List items;
  for (const Finding& finding : findings)
    items.push_back(Value::object(
        {{"id", Value::text(finding.id)},
         {"conversation", finding.conversation ? Value::id(finding.conversation.value) : Value()},
         {"sentence", Value::text(finding.sentence)}}));
  if (findings.empty()) call.terminal().note("the database is sound");
  call.show_list(std::move(items), kColumns, warnings);
  return findings.empty() ? kDone : kFailed;
}

}  // namespace

const CommandForm kDbVerifyForm{
    .detail =
        "Every row against every other: seqs without gaps, cursors below heads, memberships that "
        "do\n"
        "not overlap, uploads whose bytes are there. A finding is exit code 1. A warning is none: "
        "an\n"
        "erasure under way, receipts after the clock was set back, an index of words (search.db)\n"
        "that will be made anew. The node must be stopped.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "FindingList",
    .run = verify_database,
};

}  // namespace mpim::ops
