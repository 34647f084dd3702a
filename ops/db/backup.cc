#include <array>
#include <chrono>
#include <filesystem>

#include "ops/db/commands.h"
#include "ops/db/copying.h"
#include "ops/db/named_database.h"
#include "ops/db/whole_database.h"
#include "ops/progress.h"
#include "server/store/sql/copy/backup_seal.h"
#include "server/store/sql/copy/settled_log.h"
#include "server/store/sql/copy/store_copy.h"
#include "server/store/sql/migrations.h"
#include "server/store/sql/open.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>(
    {{.name = "yes", .help = "replace the file if it is there", .letter = 'y'}});
constexpr auto kArguments =
    std::to_array<Argument>({{"FILE", "where the backup goes; only you may read it"}});
constexpr auto kExamples =
    std::to_array<std::string_view>({"db backup /backup/mpim-2026-11-22.db"});
constexpr auto kColumns = std::to_array<Column>({
    {"File", "file"},
    {"Source", "source"},
    {"Rows", "rows", Cell::kNumber},
    {"Bytes", "bytes", Cell::kNumber},
});

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char letter : text) out += letter == '\'' ? std::string("''") : std::string(1, letter);
  return out + "'";
}

// One state of the database, beside a running node too.
Result<void> take_from_file(const StorePlace& place, const std::string& file) {
  MPIM_TRY(const auto driver, open_driver(place, {.read_only = true}));
  MPIM_CHECKED(require_newest(*driver, place.migrations()));
  MPIM_CHECKED(driver->run_script("PRAGMA query_only = OFF"));  // VACUUM INTO counts as writing
  return driver->run_script("VACUUM INTO " + quoted(file));
}

Result<void> take_from_server(Call& call, const StorePlace& place, const std::string& file) {
  MPIM_TRY(const Database from, open_source(call, place, false));
  MPIM_TRY(const Database into, open_target(call, StorePlace(file)));
  MPIM_CHECKED(copy_and_compare(call, *from.driver, *into.driver));
  return {};
}

Result<BackupSeal> seal(Call& call, const StorePlace& place, const std::string& file) {
  MPIM_CHECKED(settle_log(file));
  MPIM_TRY(const auto driver, open_driver(StorePlace(file), {.migrate = false}));
  MPIM_TRY(const uint64_t rows, rows_of(*driver));
  Progress progress(call.terminal(), "sealing", rows);
  const auto now =
      std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
  MPIM_TRY(const BackupSeal sealed, seal_backup(*driver, Timestamp{now.count()}, place.text(),
                                                [&](uint64_t count) { progress.advance(count); }));
  // One file for good: whoever reads it makes no -wal and -shm beside it.
  MPIM_CHECKED(driver->run_script("PRAGMA journal_mode = DELETE"));
  return sealed;
}

Result<int> back_up(Call& call) {
  const std::string file = call.arguments().word(0);
  if (std::filesystem::exists(file) && !call.arguments().has("yes"))
    return call.failing({Code::kExists, file + " is there already"}, "--yes replaces it");
  MPIM_TRY(const Settings settings, call.settings());
  MPIM_TRY(const StorePlace place, store_place(settings.store.url, data_dir(settings)));
  if (place.is_file() && !std::filesystem::exists(place.path))
    return call.failing({Code::kNotFound, "there is no database at " + place.path},
                        "--data-dir DIR names another place");
  const std::string partial = file + ".partial";
  MPIM_CHECKED(begin_file(partial));
  const auto taken =
      place.is_file() ? take_from_file(place, partial) : take_from_server(call, place, partial);
  if (!taken.ok()) return taken.error();
  MPIM_TRY(const BackupSeal sealed, seal(call, place, partial));
  MPIM_CHECKED(put_in_place(partial, file));
  call.show_item(Value::object({{"file", Value::text(file)},
                                {"source", Value::text(sealed.source)},
                                {"rows", Value::number(sealed.rows)},
                                {"bytes", Value::number(std::filesystem::file_size(file))}}),
                 kColumns);
  return kDone;
}

}  // namespace

const CommandForm kDbBackupForm{
    .detail =
        "Writes one state of the database into a SQLite file, whatever the database is: of a file\n"
        "by SQLite's VACUUM INTO, beside a running node too; of MySQL by the copy that `db copy`\n"
        "makes, in one snapshot. The file has checksums of all it holds, and is put in its place\n"
        "when it is whole. Uploads are files beside the database: back up files.dir too.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Backup",
    .run = back_up,
};

}  // namespace mpim::ops
