#include <array>
#include <cmath>
#include <filesystem>

#include "ops/db/commands.h"
#include "ops/db/copying.h"
#include "ops/db/named_database.h"
#include "ops/user/secrets.h"
#include "server/store/sql/copy/store_copy.h"
#include "server/store/sql/copy/unfinished.h"
#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/open.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    kDryRun,
    {"from", FlagType::kText, "DATABASE", "sqlite:PATH or mysql://USER@HOST/DATABASE"},
    kPasswordFile,
    kPasswordStdin,
    {"to", FlagType::kText, "DATABASE", "the same, of an empty database"},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "db copy --from sqlite:/var/lib/mpim --to mysql://mpim@db.example/mpim --dry-run",
    "db copy --from sqlite:/var/lib/mpim --to mysql://mpim@db.example/mpim --password-file FILE",
    "db copy --from mysql://mpim@db.example/mpim --to sqlite:/tmp/mpim/mpim.db",
});
constexpr auto kColumns = std::to_array<Column>({
    {"From", "from"},
    {"To", "to"},
    {"Rows", "rows", Cell::kNumber},
    {"Before", "rowsBefore", Cell::kNumber},
    {"Rows a second", "rowsPerSecond", Cell::kNumber},
    {"Compared", "compared"},
});

struct Ends {
  StorePlace from;
  StorePlace to;
};

Result<Ends> ends_of(Call& call) {
  for (const char* const flag : {"from", "to"})
    if (!call.arguments().has(flag))
      return call.usage("name both databases: --from DATABASE --to DATABASE");
  MPIM_TRY(const std::string password, given_password(call));
  MPIM_TRY(StorePlace from, place_named(call, call.arguments().text("from"), password));
  MPIM_TRY(StorePlace to, place_named(call, call.arguments().text("to"), password));
  return Ends{std::move(from), std::move(to)};
}

// The server's own names for itself and the database: a host has many.
Result<std::string> identity_at_server(const StorePlace& place) {
  constexpr std::string_view kSelf =
      "SELECT CONCAT_WS(' ', @@hostname, @@port, @@socket, @@datadir, DATABASE())";
  MPIM_TRY(const auto driver, open_driver(place, {.read_only = true, .migrate = false}));
  MPIM_TRY(const std::vector<std::string> names, driver->ask_once(kSelf));
  return names.empty() ? std::string() : names.front();
}

Result<bool> are_same(const Ends& ends) {
  if (ends.from.is_file() != ends.to.is_file()) return false;
  if (ends.from.is_file()) {
    std::error_code missing;
    return std::filesystem::equivalent(ends.from.path, ends.to.path, missing);
  }
  MPIM_TRY(const std::string from, identity_at_server(ends.from));
  MPIM_TRY(const std::string to, identity_at_server(ends.to));
  return from == to;
}

void show(Call& call, const Ends& ends, const Copied& done, bool compared) {
  const double rate =
      done.copied_s > 0
          ? static_cast<double>(done.rows - std::min(done.rows, done.before)) / done.copied_s
          : 0;
  call.show_item(
      Value::object({{"from", Value::text(ends.from.text())},
                     {"to", Value::text(ends.to.text())},
                     {"rows", Value::number(done.rows)},
                     {"rowsBefore", Value::number(done.before)},
                     {"rowsPerSecond", Value::number(static_cast<uint64_t>(std::llround(rate)))},
                     {"compared", Value::flag(compared)}}),
      kColumns);
}

// What would be copied; refuses as the copy would.
Result<int> plan(Call& call, const Ends& ends) {
  MPIM_TRY(const Database from, open_source(call, ends.from, false));
  Copied planned;
  MPIM_TRY(planned.rows, rows_of(*from.driver));
  MPIM_TRY(const bool missing, is_missing(ends.to));
  if (!missing) {
    MPIM_TRY(const Database to, open_to_look(call, ends.to));
    MPIM_TRY(const bool empty, is_empty(*to.driver));
    const bool part = to.driver->has_table(kCopyProgress);
    if (!empty && !part)
      return call.failing({Code::kExists, "there is something in " + ends.to.text() + " already"},
                          "a copy needs a database of its own");
    if (part) {
      MPIM_TRY(planned.before, rows_of(*to.driver));
    }
  }
  call.terminal().note("dry run: nothing was done");
  show(call, ends, planned, false);
  return kDone;
}

Result<int> copy_database(Call& call) {
  MPIM_TRY(const Ends ends, ends_of(call));
  MPIM_TRY(const bool same, are_same(ends));
  if (same) return call.usage("--from and --to name the same database: " + ends.to.text());
  if (call.arguments().has("dry-run")) return plan(call, ends);
  MPIM_TRY(const Database from, open_source(call, ends.from, true));
  MPIM_TRY(const Database to, open_target(call, ends.to));
  MPIM_TRY(const Copied done, copy_and_compare(call, *from.driver, *to.driver));
  show(call, ends, done, true);
  return kDone;
}

}  // namespace

const CommandForm kDbCopyForm{
    .detail =
        "Copies everything into an empty database, of either kind, and compares the two: every\n"
        "table, and the log conversation by conversation. Ids, seqs, cursors, tokens and the "
        "epoch\n"
        "stay as they are, so that clients notice nothing. Uploads are files beside the database:\n"
        "copy files.dir too. Cut off at any moment, the same command goes on with it; until it "
        "has\n"
        "ended no node starts on the target. The nodes of the source must be stopped, or take no\n"
        "writes. A server's password comes from a file, stdin or the variable MPIM_PASSWORD: an\n"
        "argument can be read by everybody who may list processes.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DatabaseCopy",
    .run = copy_database,
};

}  // namespace mpim::ops
