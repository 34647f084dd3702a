#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <random>

#include "ops/db/commands.h"
#include "ops/db/copying.h"
#include "ops/db/named_database.h"
#include "ops/db/whole_database.h"
#include "ops/progress.h"
#include "server/store/sql/copy/backup_seal.h"
#include "server/store/sql/copy/store_copy.h"
#include "server/store/sql/open.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kDryRun, kYes});
constexpr auto kArguments = std::to_array<Argument>({{"FILE", "a backup"}});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"db restore /backup/mpim-2026-11-22.db --dry-run", "db restore /backup/mpim-2026-11-22.db"});
constexpr auto kColumns = std::to_array<Column>({
    {"File", "file"},
    {"Source", "source"},
    {"Target", "target"},
    {"Rows", "rows", Cell::kNumber},
    {"Epoch", "epoch"},
});
constexpr std::string_view kReplaces =
    "replace everything in the database, also what is newer than the backup?";

std::string random_epoch() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

Result<BackupSeal> read_seal(Call& call, Driver& file) {
  const auto rows = sealed_rows(file);
  if (!rows.ok()) return as_damaged(rows.error());
  Progress progress(call.terminal(), "checking", *rows);
  auto seal = check_backup(file, [&](uint64_t count) { progress.advance(count); });
  if (!seal.ok()) return as_damaged(seal.error());
  return seal;
}

struct CheckedBackup {
  Database file;
  BackupSeal seal;
};

Result<CheckedBackup> checked(Call& call, const std::string& file) {
  constexpr const char* kUseAnother = "nothing was changed: use another backup";
  auto backup = open_backup(call, file);
  if (!backup.ok() && backup.error().code == Code::kBadRequest)
    return call.failing(backup.error(), kUseAnother);
  if (!backup.ok()) return backup.error();
  auto seal = read_seal(call, *backup->driver);
  if (!seal.ok()) return call.failing(seal.error(), kUseAnother);
  return CheckedBackup{std::move(*backup), std::move(*seal)};
}

// Beside the database that is there, whose place it takes when it is whole.
Result<bool> restore_file(Call& call, Driver& backup, const StorePlace& place,
                          const std::string& epoch) {
  const std::string directory = std::filesystem::path(place.path).parent_path().string();
  auto lock = DataDirLock::take(directory);
  if (!lock) return call.failing(lock.error(), "`mpimctl dev down` stops a local node");
  if (std::filesystem::exists(place.path)) {
    MPIM_TRY(const bool sure, call.may_destroy(kReplaces));
    if (!sure) return false;
  }
  const std::string partial = place.path + ".restoring";
  MPIM_CHECKED(begin_file(partial));
  {
    MPIM_TRY(const Database into, open_target(call, StorePlace(partial)));
    MPIM_CHECKED(copy_and_compare(call, backup, *into.driver, epoch));
  }
  // What the old one's log still holds goes into it, and is not found beside the new one.
  static_cast<void>(open_driver(place, {.migrate = false}));
  for (const char* const suffix : {"-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(place.path + suffix, ignored);
  }
  MPIM_CHECKED(put_in_place(partial, place.path));
  return true;
}

// A node that runs would go on with numbers that the backup's own messages get again. Whoever was
// killed a moment ago is seen for a little longer.
Result<void> refuse_beside_others(Call& call, Driver& driver) {
  constexpr std::string_view kOthers =
      "SELECT DISTINCT user FROM information_schema.processlist WHERE db = DATABASE() AND id <> "
      "CONNECTION_ID()";
  constexpr int kLooks = 25;
  std::vector<std::string> others;
  for (int look = 0; look < kLooks; ++look) {
    MPIM_TRY(others, driver.ask_once(kOthers));
    if (others.empty()) return {};
    MPIM_CHECKED(driver.ask_once("SELECT SLEEP(0.2)"));
  }
  return call.failing(Error{Code::kConflict, "other programs use this database, as " +
                                                 others.front() + ": nothing was changed"},
                      "stop every node first: `mpimctl node ls` lists them");
}

// A restore that was cut off goes on.
Result<bool> restore_at_server(Call& call, Driver& backup, const StorePlace& place,
                               const std::string& epoch) {
  MPIM_TRY(const Database into, open_target(call, place));
  MPIM_CHECKED(refuse_beside_others(call, *into.driver));
  MPIM_TRY(const std::string of, epoch_of(backup));
  MPIM_TRY(const std::string part, part_of(*into.driver));
  MPIM_TRY(const bool empty, is_empty(*into.driver));
  if (part != of && !empty) {
    MPIM_TRY(const bool sure, call.may_destroy(kReplaces));
    if (!sure) return false;
    MPIM_CHECKED(clear_for_copy(*into.driver, of));
  }
  MPIM_CHECKED(copy_and_compare(call, backup, *into.driver, epoch));
  return true;
}

Result<int> restore(Call& call) {
  const std::string file = call.arguments().word(0);
  MPIM_TRY(const Settings settings, call.settings());
  MPIM_TRY(const StorePlace place, store_place(settings.store.url, data_dir(settings)));
  MPIM_TRY(const CheckedBackup backup, checked(call, file));
  const std::string epoch = random_epoch();
  const bool dry_run = call.arguments().has("dry-run");
  if (dry_run) {
    call.terminal().note("dry run: the backup is whole, and nothing was done");
  } else {
    MPIM_TRY(const bool done, place.is_file()
                                  ? restore_file(call, *backup.file.driver, place, epoch)
                                  : restore_at_server(call, *backup.file.driver, place, epoch));
    if (!done) return kFailed;
  }
  call.show_item(Value::object({{"file", Value::text(file)},
                                {"source", Value::text(backup.seal.source)},
                                {"target", Value::text(place.text())},
                                {"rows", Value::number(backup.seal.rows)},
                                {"epoch", dry_run ? Value() : Value::text(epoch)}}),
                 kColumns);
  return kDone;
}

}  // namespace

const CommandForm kDbRestoreForm{
    .detail =
        "Checks the backup, copies it into the database of the settings and compares the two.\n"
        "Whatever was there is replaced, after a question or with --yes: a file in one step at "
        "the\n"
        "end, so that a cut off restore has changed nothing; at a server the tables are emptied\n"
        "first, no node starts before it has ended, and the same command goes on. The database\n"
        "gets a new epoch, at which clients forget what they cached. All nodes must be stopped: at "
        "a\n"
        "server it is refused while others are connected to the database.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Restore",
    .run = restore,
};

}  // namespace mpim::ops
