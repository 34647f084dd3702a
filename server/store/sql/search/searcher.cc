#include "server/store/sql/search/searcher.h"

#include <algorithm>
#include <limits>

#include "server/core/page_bytes.h"
#include "server/store/sql/reading/sight.h"

namespace mpim {
namespace {

constexpr Sql kNamed = "SELECT id FROM users WHERE name_key = ?";
constexpr Sql kKnown = "SELECT id FROM users WHERE id = ? AND removed = 0";

// A term that so few messages have, for each conversation and at all, is looked up once, for all
// conversations together: to walk past 32 messages takes less than to ask about a conversation.
constexpr size_t kListedEach = 32;
constexpr size_t kListedMax = 16'000;
constexpr size_t kConversationsMin = 16;  // fewer are asked about one by one
constexpr size_t kProbesMax = 2;          // terms that are tried
constexpr MessageId kHighest(std::numeric_limits<int64_t>::max());

std::string all_of(const WordQuery& words, UserId from) {
  std::string expression = from ? sender_term(from) : "";
  for (const std::string& term : words.terms())
    (expression += expression.empty() ? "" : " AND ") += term;
  return expression;
}

}  // namespace

Result<SearchPage> Searcher::find(const SearchQuery& query) {
  // Two states, of the index and of the log: what the index is ahead, intervals end before; what it
  // is behind, is looked at in the log.
  MPIM_CHECKED(index_.begin());
  Result<void> begun = log_.begin();
  Result<SearchPage> page = begun.ok() ? look(query) : Result<SearchPage>(begun.error());
  if (begun.ok()) log_.end();
  index_.end();
  return page;
}

Result<SearchPage> Searcher::look(const SearchQuery& query) {
  MPIM_TRY(const Reading wanted, reading(query));
  MPIM_TRY(HitBounds within, bounds(query, wanted));
  const std::string expression = all_of(wanted.words, wanted.from);
  Hits hits(log_, index_, expression, std::move(within));
  SearchPage page;
  MPIM_TRY(page.complete, add_newest(wanted, hits));
  MPIM_CHECKED(add_indexed(wanted, expression, hits));
  MPIM_CHECKED(fill(wanted, hits, query.count_max, page));
  return page;
}

Result<Searcher::Reading> Searcher::reading(const SearchQuery& query) {
  MPIM_TRY(WordQuery words, WordQuery::read(query.words));
  MPIM_TRY(const UserId reader, user_of(query.reader));
  MPIM_CHECKED(must_exist(reader));
  UserId from;
  if (query.from) {
    MPIM_TRY(from, user_of(*query.from));
  }
  MPIM_TRY(std::vector<Stand> stands, stands_of(log_.driver(), log_.look(), reader, DeviceId()));
  Reading wanted{reader, from, std::move(words), std::move(stands)};
  MPIM_CHECKED(keep_where(query, wanted));
  for (const Stand& stand : wanted.stands)
    wanted.by_conversation[stand.standing.conversation] = &stand;
  return wanted;
}

// A number may be that of a user who is gone: what he wrote stays.
Result<UserId> Searcher::user_of(const UserChoice& choice) {
  const auto* const name = std::get_if<UserName>(&choice);
  if (name == nullptr) return std::get<UserId>(choice);
  MPIM_TRY(Rows rows, log_.driver().ask(kNamed, name->key));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user @" + name->shown};
  return rows.id<UserId>(0);
}

Result<void> Searcher::must_exist(UserId user) {
  MPIM_TRY(Rows rows, log_.driver().ask(kKnown, user));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no user " + std::to_string(user.value)};
  return {};
}

Result<void> Searcher::keep_where(const SearchQuery& query, Reading& reading) {
  if (!query.conversation && !query.with && !query.group) return {};
  UserId with;
  if (query.with) {
    MPIM_TRY(with, user_of(*query.with));
  }
  std::erase_if(reading.stands, [&](const Stand& stand) {
    const Standing& at = stand.standing;
    if (query.conversation) return at.conversation != query.conversation;
    if (query.group) return at.group != query.group;
    return at.group || at.peer != with;
  });
  if (reading.stands.empty())
    return Error{Code::kNotFound, "you have no such conversation to search in"};
  return {};
}

Result<HitBounds> Searcher::bounds(const SearchQuery& query, const Reading& reading) {
  HitBounds within{query.since, query.until};
  if (query.before == MessageId()) return within;
  const Error none{Code::kNotFound, "no message " + std::to_string(query.before.value) +
                                        " to go on behind: search without before="};
  const auto stand = reading.by_conversation.find(query.before.conversation());
  if (stand == reading.by_conversation.end() || !stand->second->may_see(query.before.seq()))
    return none;
  Result<EntryPtr> entry = log_.entry(query.before);
  if (!entry.ok()) return entry.error().code == Code::kNotFound ? none : entry.error();
  within.before = std::move(*entry);
  return within;
}

// What the index has not reached; false when there is more of it than may be looked at.
Result<bool> Searcher::add_newest(const Reading& reading, Hits& hits) {
  MPIM_TRY(const IndexMark mark, index_.mark());
  MPIM_TRY(const LogIdentity log, log_.identity());
  const LogPos reach = mark.epoch == log.epoch ? mark.pos : 0;
  MPIM_TRY(const std::vector<EntryOutline> newest,
           log_.newest_above(reach, options_.scan_max_entries + 1));
  uint64_t bytes = 0;
  for (const EntryOutline& each : newest) {
    const bool message = each.kind == EntryKind::kMessage;
    if (!message && each.kind != EntryKind::kEdit) continue;
    const MessageId id = message ? each.id : MessageId(each.id.conversation(), each.ref);
    const auto stand = reading.by_conversation.find(id.conversation());
    if (stand == reading.by_conversation.end() || !stand->second->may_see(id.seq())) continue;
    const Result<EntryPtr> entry = log_.entry(id);
    if (!entry.ok() && entry.error().code != Code::kNotFound) return entry.error();
    if (!entry.ok()) continue;
    if (reading.words.matches((*entry)->text)) MPIM_CHECKED(hits.add(id));
    bytes += (*entry)->text.size();
    if (bytes > options_.look_bytes_max) return false;
  }
  return newest.size() <= options_.scan_max_entries;
}

Result<void> Searcher::add_indexed(const Reading& reading, const std::string& expression,
                                   Hits& hits) {
  MPIM_TRY(const std::optional<std::vector<MessageId>> all, list_all(reading, expression));
  if (!all) {
    for (const Stand& stand : reading.stands) MPIM_CHECKED(hits.add(stand));
    return {};
  }
  // Those of one conversation stand together, the newest first.
  for (size_t begin = 0, end = 0; begin < all->size(); begin = end) {
    const ConversationId of = (*all)[begin].conversation();
    while (end < all->size() && (*all)[end].conversation() == of) ++end;
    const auto stand = reading.by_conversation.find(of);
    if (stand == reading.by_conversation.end()) continue;
    std::vector<MessageId> found(all->rend() - static_cast<ptrdiff_t>(end),
                                 all->rend() - static_cast<ptrdiff_t>(begin));
    MPIM_CHECKED(hits.add(*stand->second, std::move(found)));
  }
  return {};
}

// Everything the index has, when that is cheaper than to ask about each conversation: one of the
// terms is rare, and the conversations are many.
Result<std::optional<std::vector<MessageId>>> Searcher::list_all(const Reading& reading,
                                                                 const std::string& expression) {
  using List = std::optional<std::vector<MessageId>>;
  if (reading.stands.size() < kConversationsMin) return List();
  const size_t worth = reading.stands.size() * kListedEach;
  const auto count_max = static_cast<uint32_t>(std::min<size_t>(worth, kListedMax));
  const auto& terms = reading.words.terms();
  for (size_t i = 0; i < std::min(terms.size(), kProbesMax); ++i) {
    MPIM_TRY(std::vector<MessageId> some,
             index_.newest(terms[i], MessageId(), kHighest, count_max + 1));
    if (some.size() > count_max) continue;
    if (terms[i] == expression) return List(std::move(some));
    MPIM_TRY(std::vector<MessageId> all,
             index_.newest(expression, MessageId(), kHighest, count_max));
    return List(std::move(all));
  }
  return List();
}

Result<bool> Searcher::shows(const Reading& reading, const EntryPtr& entry) {
  if (entry->kind != EntryKind::kMessage || entry->state == EntryState::kRecalled) return false;
  if (reading.from && entry->sender != reading.from) return false;
  const auto stand = reading.by_conversation.find(entry->conversation);
  if (stand == reading.by_conversation.end()) return false;
  if (!reading.words.matches(as_seen(entry, stand->second->intervals)->text)) return false;
  MPIM_TRY(const bool hidden, is_hidden_by(log_.driver(), reading.reader, entry->id()));
  return !hidden;
}

Result<void> Searcher::fill(const Reading& reading, Hits& hits, uint32_t count_max,
                            SearchPage& page) {
  MessageId last;
  uint64_t bytes = 0;
  uint64_t shown_bytes = 0;
  for (uint32_t looks = 0; looks < options_.looks_max && bytes <= options_.look_bytes_max;) {
    MPIM_TRY(const EntryPtr entry, hits.next());
    if (entry == nullptr) return {};
    if (entry->id() == last) continue;
    // A clock that was set back can part the two ways by which one message comes.
    const bool twice = std::ranges::any_of(
        page.entries, [&](const EntryPtr& shown) { return shown->id() == entry->id(); });
    MPIM_TRY(const bool hit, twice ? Result(false) : shows(reading, entry));
    if (hit && (page.entries.size() >= count_max || shown_bytes >= kPageTextBytes)) {
      page.more = true;
      page.next = page.entries.back()->id();
      return {};
    }
    if (hit) {
      page.entries.push_back(entry);
      shown_bytes += entry->text.size() + entry->ext.size();
    }
    last = entry->id();
    bytes += entry->text.size();
    ++looks;
  }
  page.more = true;
  page.next = last;
  return {};
}

}  // namespace mpim
