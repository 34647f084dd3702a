#include "server/store/sql/copy/target_schema.h"

namespace mpim {
namespace {

// There only while this database, which had nothing in it, gets its schema.
constexpr std::string_view kMark = "copy_schema";
constexpr std::string_view kMakeMark = "CREATE TABLE copy_schema (id INTEGER NOT NULL PRIMARY KEY)";
constexpr std::string_view kDropMark = "DROP TABLE copy_schema";
constexpr std::string_view kTables =
    "SELECT CONCAT('DROP ', IF(table_type = 'VIEW', 'VIEW', 'TABLE'), ' `', table_name, '`')"
    " FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name <> 'copy_schema'";

}  // namespace

Result<void> make_target_schema(Driver& driver, std::span<const Migration> known) {
  bool ours = false;
  if (driver.dialect().many_writers) {
    MPIM_TRY(const std::vector<std::string> drops, driver.ask_once(kTables));
    ours = driver.has_table(kMark);
    if (ours)
      for (const std::string& drop : drops) MPIM_CHECKED(driver.run_script(drop));
    if (!ours && drops.empty()) {
      MPIM_CHECKED(driver.run_script(kMakeMark));
      ours = true;
    }
  }
  MPIM_CHECKED(migrate(driver, known));
  if (ours) MPIM_CHECKED(driver.run_script(kDropMark));
  return {};
}

}  // namespace mpim
