// What is typed behind a slash command: times, and what Tab makes of words.
#include <time.h>

#include <catch2/catch.hpp>

#include "client-cli/commands/messages/moment.h"
#include "client-cli/repl/candidates.h"
#include "client-cli/terminal/completion.h"

namespace mpim::chat {
namespace {

constexpr Timestamp kNow{1'767'225'600'123};  // 2026-01-01T00:00:00.123Z

int64_t ms_of(std::string_view typed) {
  const auto at = moment(typed, kNow);
  return at.ok() ? at->ms : -1;
}

}  // namespace

TEST_CASE("a time is so long ago, a day, a minute, or milliseconds", "[client-cli]") {
  CHECK(ms_of("45s") == kNow.ms - 45'000);
  CHECK(ms_of("30m") == kNow.ms - 1'800'000);
  CHECK(ms_of("2h") == kNow.ms - 7'200'000);
  CHECK(ms_of("3d") == kNow.ms - 259'200'000);
  CHECK(ms_of("1w") == kNow.ms - 604'800'000);
  CHECK(ms_of("2026-01-01Z") == 1'767'225'600'000);
  CHECK(ms_of("2026-01-01T10:03Z") == 1'767'225'600'000 + 36'180'000);
  CHECK(ms_of("2026-01-01T10:03:07Z") == 1'767'225'600'000 + 36'187'000);
  CHECK(ms_of("1767225600123") == kNow.ms);
  tm local{};
  local.tm_year = 126;
  local.tm_mday = 5;
  local.tm_isdst = -1;
  CHECK(ms_of("2026-01-05") == int64_t{::mktime(&local)} * 1'000);
  for (const char* const wrong :
       {"", "soon", "2", "2001", "h", "-2h", "2y", "2026-13-01", "2026-02-30", "2026-01-01T25:00",
        "2026-01-01x", "1926-01-05", "100001w", "99999999999999999999"}) {
    INFO(wrong);
    CHECK(ms_of(wrong) == -1);
  }
}

TEST_CASE("Tab completes the words and keys that a command's usage names", "[client-cli]") {
  People people;
  people.learn(UserId(1002), "bob");
  people.learn(GroupId(1001), "tea");
  const auto completed = [&](const std::string& line) {
    return complete(line, candidates(line, people));
  };
  CHECK(completed("/sea").replacement == "/search ");
  CHECK(completed("/search tea si").replacement == "since=");
  CHECK(completed("/search tea from=b").replacement == "from=bob ");
  CHECK(completed("/search tea user=").choices == std::vector<std::string>{"user=", "user=bob"});
  CHECK(completed("/search tea group=#").replacement == "group=#tea ");
  CHECK(completed("/history 20 af").replacement == "after=");
  CHECK(completed("/history o").replacement == "order=time ");
  CHECK(completed("/history i").replacement == "ids ");
  CHECK(completed("/setprofile av").replacement == "avatar=");
  CHECK(completed("/setprofile direct_messages=f").replacement == "direct_messages=friends ");
  CHECK(completed("/role bob a").replacement == "admin ");
  CHECK(completed("/who o").replacement == "off ");
  CHECK(completed("/to b").replacement == "bob ");
  CHECK(completed("text of").replacement == "of");
  CHECK(words_of_usage("[#GROUP] WHOM|* [TIME]", people).empty());
}

}  // namespace mpim::chat
