#include "server/service/admin/dead_letter_desk.h"

#include <algorithm>

#include "server/service/admin/admin_change.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

// "intake q3-1700000000000-0"
std::string ticket_in(const std::string& source) {
  const size_t blank = source.find(' ');
  return blank == source.npos ? std::string() : source.substr(blank + 1);
}

Error not_there(uint64_t id) {
  return {Code::kNotFound,
          "dead letter " + std::to_string(id) + " was replayed or purged meanwhile"};
}

}  // namespace

DeadLetterRow DeadLetterDesk::row_of(DeadLetter letter) const {
  std::string ticket = ticket_in(letter.source);
  Result<Draft> draft = read_(letter.body);
  if (draft.ok() && draft->client_id.empty()) draft->client_id = ticket;
  return {std::move(letter), std::move(ticket), std::move(draft)};
}

Listing<DeadLetterRow> DeadLetterDesk::named(Store& store, std::vector<DeadLetter> letters) const {
  Listing<DeadLetterRow> found;
  NameLookup names(store);
  for (DeadLetter& letter : letters) {
    const DeadLetterRow& row = found.items.emplace_back(row_of(std::move(letter)));
    if (!row.draft.ok()) continue;
    names.user(row.draft->sender);
    if (const auto* const to = std::get_if<UserId>(&row.draft->to)) names.user(*to);
  }
  found.names = names.take();
  return found;
}

void DeadLetterDesk::list(uint64_t after, uint32_t count_max, Reply<Listing<DeadLetterRow>> reply) {
  const uint32_t count = std::min(count_max, kPage);
  auto job = [this, after, count](Store& store) -> Result<Listing<DeadLetterRow>> {
    MPIM_TRY(std::vector<DeadLetter> letters, store.dead_letters().list(after, count + 1));
    const bool more = letters.size() > count;
    if (more) letters.pop_back();
    Listing<DeadLetterRow> page = named(store, std::move(letters));
    page.more = more;
    return page;
  };
  storage_.read(std::move(job), std::move(reply));
}

void DeadLetterDesk::find(uint64_t id, Reply<std::pair<DeadLetterRow, ShownNames>> reply) {
  auto job = [this, id](Store& store) -> Result<std::pair<DeadLetterRow, ShownNames>> {
    MPIM_TRY(DeadLetter letter, store.dead_letters().find(id));
    Listing<DeadLetterRow> one = named(store, {std::move(letter)});
    return std::pair{std::move(one.items.front()), std::move(one.names)};
  };
  storage_.read(std::move(job), std::move(reply));
}

void DeadLetterDesk::replay(const Operator& by, uint64_t id, Reply<SendOutcome> reply) {
  auto job = [this, by = by.name, id,
              now = home_.clock().wall()](Store& store) -> Result<Appended> {
    MPIM_TRY(DeadLetter letter, store.dead_letters().find(id));
    MPIM_TRY(const Draft draft, row_of(std::move(letter)).draft);
    MPIM_TRY(Appended appended, store.log().append(draft, now));
    MPIM_TRY(const bool was_there, store.dead_letters().remove(id));
    if (!was_there) return not_there(id);
    MPIM_CHECKED(store.audit().record(
        {.at = now,
         .actor = by,
         .action = "ReplayDeadLetter",
         .subject = std::to_string(id) + " as " + std::to_string(appended.committed.id.value)}));
    return appended;
  };
  auto stored = [this, by = by.name, id, reply = std::move(reply)](Result<Appended> done) mutable {
    if (!done.ok()) {
      log_warn("letter.still_dead", {{"by", by}, {"letter", id}, {"why", done.error().message}});
      return reply(SendOutcome(done.error()));
    }
    log_info("letter.replayed", {{"by", by}, {"letter", id}, {"id", done->committed.id.value}});
    count(done->committed.duplicate ? Counter::kMessagesDuplicate : Counter::kMessagesSent);
    reply(SendOutcome(done->committed));
    fanout_.committed(*done);
  };
  storage_.write<Appended>(ConversationId{}, std::move(job),
                           Reply<Appended>(home_, std::move(stored)));
}

void DeadLetterDesk::purge(const Operator& by, std::vector<uint64_t> ids,
                           Reply<std::vector<uint64_t>> reply) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  auto job = [by = by.name, ids = std::move(ids),
              now = home_.clock().wall()](Store& store) -> Result<std::vector<uint64_t>> {
    std::vector<uint64_t> purged;
    for (const uint64_t id : ids) {
      MPIM_TRY(const bool was_there, store.dead_letters().remove(id));
      if (was_there) purged.push_back(id);
    }
    if (purged.empty()) return purged;
    std::string subject = std::to_string(purged.size()) + " dead letters, " +
                          std::to_string(purged.front()) + " to " + std::to_string(purged.back());
    MPIM_CHECKED(store.audit().record(
        {.at = now, .actor = by, .action = "PurgeDeadLetters", .subject = std::move(subject)}));
    return purged;
  };
  auto gone = [by = by.name,
               reply = std::move(reply)](Result<std::vector<uint64_t>> purged) mutable {
    if (purged.ok()) log_info("letter.purged", {{"by", by}, {"letters", purged->size()}});
    reply(std::move(purged));
  };
  storage_.write<std::vector<uint64_t>>(ConversationId{}, std::move(job),
                                        Reply<std::vector<uint64_t>>(home_, std::move(gone)));
}

}  // namespace mpim
