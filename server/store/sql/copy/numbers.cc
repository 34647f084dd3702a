#include "server/store/sql/copy/numbers.h"

#include <fmt/format.h>

#include <charconv>

#include "server/store/sql/copy/copied_tables.h"

namespace mpim {
namespace {

// The highest number given, or meant to be left out.
Result<uint64_t> highest(Driver& driver, std::string_view table) {
  const std::string question =
      driver.dialect().many_writers
          ? fmt::format(
                "SELECT auto_increment - 1 FROM information_schema.tables"
                " WHERE table_schema = DATABASE() AND table_name = '{}'",
                table)
          : fmt::format("SELECT seq FROM sqlite_sequence WHERE name = '{}'", table);
  MPIM_TRY(const std::vector<std::string> answers, driver.ask_once(question));
  uint64_t number = 0;
  if (!answers.empty())
    std::from_chars(answers[0].data(), answers[0].data() + answers[0].size(), number);
  return number;
}

Result<void> go_on_above(Driver& driver, std::string_view table, uint64_t number) {
  if (driver.dialect().many_writers)
    return driver.run_script(
        fmt::format("ALTER TABLE `{}` AUTO_INCREMENT = {}", table, number + 1));
  return driver.run_script(
      fmt::format("DELETE FROM sqlite_sequence WHERE name = '{0}';"
                  " INSERT INTO sqlite_sequence (name, seq) VALUES ('{0}', {1})",
                  table, number));
}

}  // namespace

Result<void> copy_numbers(Driver& from, Driver& into) {
  for (const std::string_view table : numbered_tables()) {
    MPIM_TRY(const uint64_t wanted, highest(from, table));
    MPIM_TRY(const uint64_t have, highest(into, table));
    if (wanted != have) MPIM_CHECKED(go_on_above(into, table, wanted));
  }
  return {};
}

}  // namespace mpim
