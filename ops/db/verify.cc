#include <algorithm>
#include <array>
#include <iterator>

#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "ops/db/named_database.h"
#include "ops/progress.h"
#include "server/store/sql/copy/backup_seal.h"
#include "server/store/sql/files/verify_uploads.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/search/search_index.h"
#include "server/store/sql/verify/search.h"
#include "server/store/sql/verify/verify.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"FILE", "a backup; else the database of the settings", false}});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"db verify", "db verify -o json", "db verify /backup/mpim-2026-11-22.db"});
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

int show_findings(Call& call, const std::vector<Finding>& findings,
                  const std::vector<std::string>& warnings, std::string_view sound) {
  Value::List items;
  for (const Finding& finding : findings)
    items.push_back(Value::object(
        {{"id", Value::text(finding.id)},
         {"conversation", finding.conversation ? Value::id(finding.conversation.value) : Value()},
         {"sentence", Value::text(finding.sentence)}}));
  if (findings.empty()) call.terminal().note(sound);
  call.show_list(std::move(items), kColumns, warnings);
  return findings.empty() ? kDone : kFailed;
}

// The checksums it was sealed with, and then what must be true of every database.
Result<int> verify_backup(Call& call, const std::string& file) {
  const auto backup = open_backup(call, file);
  if (!backup.ok() && backup.error().code == Code::kBadRequest)
    return show_findings(call, {{"backup.pages", {}, backup.error().message}}, {}, {});
  if (!backup.ok()) return backup.error();
  const auto sealed = sealed_rows(*backup->driver);
  const uint64_t rows = sealed.ok() ? *sealed : 0;
  std::vector<Finding> findings;
  {
    Progress progress(call.terminal(), "checking", rows);
    const auto seal =
        check_backup(*backup->driver, [&](uint64_t count) { progress.advance(count); });
    if (!seal.ok() && seal.error().code == Code::kNotFound) return seal.error();
    if (!seal.ok()) findings.push_back({"backup.checksum", {}, as_damaged(seal.error()).message});
  }
  MPIM_TRY(const auto inside, verify(*backup->driver));
  findings.insert(findings.end(), inside.begin(), inside.end());
  return show_findings(call, findings, {},
                       "the backup is whole and sound: " + std::to_string(rows) + " rows");
}

Result<int> verify_database(Call& call) {
  if (!call.arguments().words().empty()) return verify_backup(call, call.arguments().word(0));
  MPIM_TRY(const Database database, open_database(call, true));
  MPIM_CHECKED(require_newest(*database.driver, database.place.migrations()));
  MPIM_TRY(const Settings settings, call.settings());
  MPIM_TRY(auto findings, verify(*database.driver));
  MPIM_TRY(const auto of_uploads, verify_uploads(*database.driver, files_dir(settings)));
  findings.insert(findings.end(), of_uploads.begin(), of_uploads.end());
  MPIM_TRY(const auto warnings, warnings_of(database, settings));
  return show_findings(call, findings, warnings, "the database is sound");
}

}  // namespace

const CommandForm kDbVerifyForm{
    .detail =
        "Every row against every other: seqs without gaps, cursors below heads, memberships that "
        "do\n"
        "not overlap, uploads whose bytes are there. A finding is exit code 1. A warning is none: "
        "an\n"
        "erasure under way, receipts after the clock was set back, an index of words (search.db)\n"
        "that will be made anew. The node must be stopped.\n"
        "Of a backup the checksums that it was sealed with as well; nothing is restored, and "
        "nodes\n"
        "may run.",
    .arguments = kArguments,
    .flags = {},
    .examples = kExamples,
    .kind = "FindingList",
    .run = verify_database,
};

}  // namespace mpim::ops
