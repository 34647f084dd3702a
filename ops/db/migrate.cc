#include <array>
#include <chrono>

#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/partitions/month_parts.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kDryRun});
constexpr auto kExamples = std::to_array<std::string_view>({"db migrate --dry-run", "db migrate"});
constexpr auto kColumns = std::to_array<Column>({{"APPLIED", "name"}});

Result<std::vector<std::string>> missing(const Database& database) {
  MPIM_TRY(const auto status, schema_status(*database.driver, database.place.migrations()));
  std::vector<std::string> names;
  for (const MigrationState& migration : status.migrations)
    if (!migration.applied) names.push_back(migration.name);
  return names;
}

Result<int> migrate_schema(Call& call) {
  const bool dry_run = call.arguments().has("dry-run");
  MPIM_TRY(const Database database, open_database(call, dry_run));
  MPIM_TRY(const auto names,
           dry_run ? missing(database) : migrate(*database.driver, database.place.migrations()));
  if (!dry_run && !database.place.is_file()) {
    const auto now =
        std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
    MPIM_TRY(const auto made, add_month_parts(*database.driver, Timestamp{now.count()}));
    for (const std::string& name : made) call.terminal().note("made " + name + ", a month's part");
  }
  Value::List items;
  for (const std::string& name : names)
    items.push_back(Value::object({{"name", Value::text(name)}}));
  std::vector<std::string> warnings;
  if (dry_run) warnings.emplace_back("dry run: nothing was done");
  if (names.empty()) call.terminal().note("the schema is up to date");
  call.show_list(std::move(items), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kDbMigrateForm{
    .detail =
        "Applies the missing migrations in order, each in a transaction of its own. A local node "
        "does\n"
        "so by itself when it starts. The node must be stopped. At MySQL it makes the log's parts "
        "for\n"
        "this month and the next two as well.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "MigrationList",
    .run = migrate_schema,
};

}  // namespace mpim::ops
