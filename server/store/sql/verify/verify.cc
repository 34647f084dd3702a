#include "server/store/sql/verify/verify.h"

#include <fmt/format.h>

#include <initializer_list>

#include "server/store/sql/driver/snapshot.h"
#include "server/store/sql/rows/packed_text.h"
#include "server/store/sql/verify/checks.h"

namespace mpim {
namespace {

// A page at a time: a connection may take a whole answer at once.
constexpr Sql kPackedTexts =
    "SELECT conversation, seq, packed, text, pos FROM messages WHERE packed <> 0 AND pos > ?"
    " ORDER BY pos LIMIT 500";

Result<void> ask_check(Driver& driver, const Check& check, uint32_t count_max,
                       std::vector<Finding>& findings) {
  MPIM_TRY(Rows rows, driver.ask(check.query));
  for (uint32_t found = 0;; ++found) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) return {};
    if (found == count_max) break;
    findings.push_back({std::string(check.id), rows.id<ConversationId>(0),
                        fmt::format(fmt::runtime(check.sentence), rows.number(1), rows.number(2))});
  }
  findings.push_back(
      {std::string(check.id), ConversationId(),
       fmt::format("there are more like these {}: mend them and look again", count_max)});
  return {};
}

// A check that cannot be made is a finding, and the last: a table may be gone, a page unreadable,
// and the connection answers nothing more. False then.
bool run_check(Driver& driver, const Check& check, uint32_t count_max,
               std::vector<Finding>& findings) {
  const Result<void> done = ask_check(driver, check, count_max, findings);
  if (done.ok()) return true;
  findings.push_back({"database.damaged", ConversationId(),
                      fmt::format("{} cannot be checked: {}", check.id, done.error().message)});
  return false;
}

void check_pages(Driver& driver, std::vector<Finding>& findings) {
  const std::string_view question = driver.dialect().integrity_check;
  if (question.empty()) return;
  const Result<std::vector<std::string>> answers = driver.ask_once(question);
  if (!answers.ok())
    return findings.push_back({"database.damaged", ConversationId(), answers.error().message});
  for (const std::string& answer : *answers) {
    if (answer != "ok") findings.push_back({"database.damaged", ConversationId(), answer});
  }
}

// Each text that was packed is unpacked once.
Result<void> check_packed_texts(Driver& driver, uint32_t count_max,
                                std::vector<Finding>& findings) {
  uint32_t found = 0;
  for (uint64_t after = 0, before = 1; after != before && found < count_max;) {
    before = after;
    MPIM_TRY(Rows rows, driver.ask(kPackedTexts, after));
    while (found < count_max) {
      MPIM_TRY(const bool more, rows.next());
      if (!more) break;
      after = rows.count(4);
      if (rows.number(2) > 0 && unpack_text(rows.text(3), rows.count(2)).ok()) continue;
      ++found;
      findings.push_back(
          {"text.packed", rows.id<ConversationId>(0),
           fmt::format("the text of message {} cannot be unpacked", rows.number(1))});
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Finding>> verify(Driver& driver, uint32_t per_check_max) {
  std::vector<Finding> findings;
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver));
  check_pages(driver, findings);
  // What is read from damaged pages says nothing about what was stored.
  if (!findings.empty()) return findings;
  const bool many_writers = driver.dialect().many_writers;
  for (const std::span<const Check> table :
       {group_checks(), log_checks(), many_writers ? writer_checks() : index_checks(),
        people_checks()}) {
    for (const Check& check : table)
      if (!run_check(driver, check, per_check_max, findings)) return findings;
  }
  const Result<void> packed = check_packed_texts(driver, per_check_max, findings);
  if (!packed.ok())
    findings.push_back({"database.damaged", ConversationId(),
                        "text.packed cannot be checked: " + packed.error().message});
  return findings;
}

Result<std::vector<Finding>> remarks(Driver& driver, uint32_t per_check_max) {
  std::vector<Finding> found;
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(driver));
  for (const Check& check : people_remarks()) run_check(driver, check, per_check_max, found);
  return found;
}

}  // namespace mpim
