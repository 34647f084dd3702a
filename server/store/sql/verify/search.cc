#include "server/store/sql/verify/search.h"

#include <fmt/format.h>

#include <filesystem>

#include "server/store/sql/driver/sqlite_driver.h"
#include "server/store/sql/search/follower.h"

namespace mpim {
namespace {

constexpr std::string_view kMadeAnew = "mpimd makes it anew when it starts";

Finding about(const std::string& index, std::string_view what, std::string_view then) {
  return {"search.index", ConversationId(), fmt::format("{} {}: {}", index, what, then)};
}

// Of an index that can be read; an error is what is wrong with it.
Result<std::string> damage_of(SearchIndex& index) {
  Driver& driver = index.driver();
  MPIM_TRY(const auto answers, driver.ask_once(driver.dialect().integrity_check));
  return answers.empty() || answers.front() == "ok" ? std::string() : answers.front();
}

}  // namespace

Result<std::vector<Finding>> verify_search(const std::string& database, const std::string& index) {
  using Findings = std::vector<Finding>;
  if (!std::filesystem::exists(index)) return Findings();
  MPIM_TRY(auto driver, SqliteDriver::open(database, true, {}));
  LogWindow log(std::move(driver), nullptr);
  MPIM_CHECKED(log.begin());
  const Result<LogIdentity> identity = log.identity();
  const Result<LogPos> last = log.last_pos();
  log.end();
  if (!identity.ok()) return identity.error();
  if (!last.ok()) return last.error();

  const auto opened = SearchIndex::open(index, true);
  if (!opened.ok())
    return Findings{about(index, "cannot be read: " + opened.error().message, kMadeAnew)};
  const Result<IndexMark> mark = (*opened)->mark();
  const Result<bool> form = (*opened)->has_form();
  if (!mark.ok() || !form.ok()) return Findings{about(index, "is no index of words", kMadeAnew)};
  if (!*form) return Findings{about(index, "is of another version's form", kMadeAnew)};
  if (const auto why = why_anew(*mark, *identity, *last); !why.empty())
    return Findings{about(index, why, kMadeAnew)};
  const Result<std::string> damage = damage_of(**opened);
  const std::string what = damage.ok() ? *damage : damage.error().message;
  if (what.empty()) return Findings();
  return Findings{about(index, "is damaged: " + what, "delete it, and " + std::string(kMadeAnew))};
}

}  // namespace mpim
