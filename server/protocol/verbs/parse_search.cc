#include <limits>
#include <utility>

#include "server/contract/convert.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

constexpr uint32_t kSearchStandard = 20;

// Somebody: an id, or @ and a name.
Result<std::optional<UserChoice>> person_option(const Options& options, std::string_view name) {
  const std::string* const typed = options.find(name);
  if (typed == nullptr) return std::optional<UserChoice>();
  LineWords words(*typed);
  MPIM_TRY(UserChoice who, person_word(words));
  MPIM_CHECKED(end_of(words));
  return std::optional(std::move(who));
}

Result<Timestamp> time_option(const Options& options, std::string_view name) {
  MPIM_TRY(const std::optional<uint64_t> typed,
           options.number(name, 1, std::numeric_limits<int64_t>::max()));
  return Timestamp{static_cast<int64_t>(typed.value_or(0))};
}

Result<void> read_where(const Options& options, SearchRequest& search) {
  MPIM_TRY(search.with, person_option(options, "user"));
  if (const std::string* const typed = options.find("conv")) {
    MPIM_TRY(search.conversation, parse_conversation_id(*typed));
  }
  if (const std::string* const typed = options.find("group")) {
    MPIM_TRY(search.group, parse_group_id(*typed));
  }
  const int places = (search.with ? 1 : 0) + (search.conversation ? 1 : 0) + (search.group ? 1 : 0);
  if (places > 1) return bad("give one of conv=, user= and group=");
  return {};
}

}  // namespace

// As with a text that is sent: unquoted, the words are the rest of the line.
Parsed parse_search(LineWords& words, const LineLimits&) {
  SearchRequest search{};
  search.count_max = kSearchStandard;
  if (words.done()) return missing("a word to search for");
  if (!words.at_quote()) {
    search.words = words.rest();
    return Request(std::move(search));
  }
  MPIM_TRY(search.words, words.word_or_quoted());
  static constexpr std::array<std::string_view, 8> kOptions{"before", "conv",  "from",  "group",
                                                            "limit",  "since", "until", "user"};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  MPIM_CHECKED(read_where(options, search));
  MPIM_TRY(search.from, person_option(options, "from"));
  MPIM_TRY(search.since, time_option(options, "since"));
  MPIM_TRY(search.until, time_option(options, "until"));
  if (const std::string* const typed = options.find("before")) {
    MPIM_TRY(search.before, parse_message_id(*typed));
  }
  MPIM_TRY(search.count_max, options.limit(kSearchStandard));
  return Request(std::move(search));
}

}  // namespace mpim::line
