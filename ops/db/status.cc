#include <array>

#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "server/store/sql/migrations.h"

namespace mpim::ops {
namespace {

constexpr auto kExamples =
    std::to_array<std::string_view>({"db status", "db status --data-dir /srv/mpim"});
constexpr auto kMigrations = std::to_array<Column>({
    {"VERSION", "version", Cell::kNumber},
    {"NAME", "name"},
    {"APPLIED", "applied"},
});
constexpr auto kColumns = std::to_array<Column>({
    {"Database", "path"},
    {"Version", "version"},
    {"Newest", "newest"},
});
constexpr auto kSections = std::to_array<Section>({{"Migrations", "migrations", kMigrations}});

Result<int> show_status(Call& call) {
  MPIM_TRY(const Database database, open_database(call, true));
  MPIM_TRY(const auto status, schema_status(*database.driver, database.place.migrations()));
  Value::List migrations;
  for (const MigrationState& migration : status.migrations)
    migrations.push_back(Value::object({{"version", Value::number(migration.version)},
                                        {"name", Value::text(migration.name)},
                                        {"applied", Value::flag(migration.applied)}}));
  call.show_item(Value::object({{"path", Value::text(database.place.text())},
                                {"version", Value::number(status.version)},
                                {"newest", Value::number(status.newest)},
                                {"migrations", Value::list(std::move(migrations))}}),
                 kColumns, kSections);
  return kDone;
}

}  // namespace

const CommandForm kDbStatusForm{
    .detail = "The node must be stopped.",
    .arguments = {},
    .flags = {},
    .examples = kExamples,
    .kind = "SchemaStatus",
    .run = show_status,
};

}  // namespace mpim::ops
