#include "tests/sim/promises.h"

#include <algorithm>
#include <set>

namespace mpim::sim {
namespace {

std::string name_of_place(const SimDevice& device, ConversationId conversation) {
  return "user " + std::to_string(device.user().value) + " on " + device.name() +
         " in conversation " + std::to_string(conversation.value);
}

const Seen& seen_of(const SimDevice& device, ConversationId conversation) {
  static const Seen kNothing;
  const auto found = device.seen().find(conversation);
  return found == device.seen().end() ? kNothing : found->second;
}

}  // namespace

void Promises::watch(const SimDevice& device) {
  const auto inbox = store_.cursors().inbox(device.user(), device.device(), {});
  if (!inbox.ok() || !device.device()) return;
  for (const Standing& standing : inbox->standings) {
    const std::string where = name_of_place(device, standing.conversation);
    Cursor& before = cursors_[{&device, standing.conversation}];
    if (standing.delivered < before.delivered)
      broken(where + ": the delivered cursor went back to " +
             std::to_string(standing.delivered.value));
    if (standing.read < before.read)
      broken(where + ": the read cursor went back to " + std::to_string(standing.read.value));
    const auto log = store_.log().find(MessageId(standing.conversation, standing.delivered));
    if (standing.delivered > Seq(0) && !log.ok())
      broken(where + ": the delivered cursor is beyond the log");
    const auto read = store_.log().find(MessageId(standing.conversation, standing.read));
    if (standing.read > Seq(0) && !read.ok()) broken(where + ": the read cursor is beyond the log");
    before = {standing.delivered, standing.read};
  }
}

bool Promises::level(const SimDevice& device) {
  const auto inbox = store_.cursors().inbox(device.user(), device.device(), {}).value();
  return std::ranges::all_of(inbox.standings, [this, &device](const Standing& standing) {
    // Before a gap that was told the cursor may stay where it is.
    const Seen& seen = seen_of(device, standing.conversation);
    if (!seen.excuses(standing.delivered.value + 1)) return standing.delivered >= standing.head;
    return owed(device, standing).empty();
  });
}

// What this device should have been shown and was not.
std::vector<EntryPtr> Promises::owed(const SimDevice& device, const Standing& standing) const {
  const Seen& seen = seen_of(device, standing.conversation);
  const auto begun =
      std::ranges::find(device.begins_at(), standing.conversation, &Standing::conversation);
  const Seq begins_at = begun == device.begins_at().end() ? Seq(0) : begun->delivered;
  auto page =
      store_.log().after(device.user(), standing.conversation, begins_at, 100'000, 1 << 30).value();
  std::erase_if(page.entries, [&](const EntryPtr& entry) {
    const bool own_change = entry->kind != EntryKind::kMessage && entry->device == device.device();
    return seen.seqs.contains(entry->seq.value) || seen.excuses(entry->seq.value) || own_change ||
           device.gave_up_on(entry->client_id);
  });
  return page.entries;
}

bool Promises::everybody_saw(MessageId id) {
  return std::ranges::all_of(devices_, [this, id](const auto& device) {
    const auto inbox = store_.cursors().inbox(device->user(), device->device(), {}).value();
    const auto mine =
        std::ranges::find(inbox.standings, id.conversation(), &Standing::conversation);
    return mine == inbox.standings.end() || mine->head < id.seq() ||
           seen_of(*device, id.conversation()).seqs.contains(id.seq().value);
  });
}

// Every conversation, as those who take part see it, and every entry, as an operator would list it.
void Promises::read_logs() {
  std::map<ConversationId, Seq> heads;
  for (const UserId user : users_) {
    const auto inbox = store_.cursors().inbox(user, DeviceId{1}, {}).value();
    for (const Standing& standing : inbox.standings) {
      Seq& head = heads[standing.conversation];
      head = std::max(head, standing.head);
    }
  }
  for (const auto& [conversation, last] : heads) read_log(conversation, last);
}

void Promises::read_log(ConversationId conversation, Seq last) {
  for (Seq seq(1); seq <= last; seq = seq.next()) {
    const auto found = store_.log().find(MessageId(conversation, seq));
    if (!found.ok()) {
      broken("conversation " + std::to_string(conversation.value) + " has a hole at " +
             std::to_string(seq.value));
      continue;
    }
    const Entry& entry = **found;
    logs_[conversation].push_back(*found);
    mix(entry.id().value);
    mix(content_of(entry));
    auto& intervals = intervals_[conversation];
    if (entry.kind == EntryKind::kJoin)
      intervals.push_back({entry.subject, seq.value - 1, kSeqMax.value});
    if (entry.kind == EntryKind::kLeave || entry.kind == EntryKind::kKick)
      for (Interval& interval : intervals)
        if (interval.user == entry.subject)
          interval.through = std::min(interval.through, seq.value);
    if (entry.kind != EntryKind::kMessage) continue;
    ++messages_;
    if (!by_client_id_.emplace(entry.client_id, *found).second)
      broken("client id " + entry.client_id + " was stored twice");
  }
}

void Promises::check_sent(const SimDevice& device) {
  for (const auto& [client_id, sent] : device.sent()) {
    const auto found = by_client_id_.find(client_id);
    if (sent.id && found == by_client_id_.end()) {
      broken("message " + client_id + " was acknowledged and is lost");
    } else if (sent.id && found->second->id() != *sent.id) {
      broken("message " + client_id + " has another id than its +OK said");
    } else if (sent.id && found->second->text != sent.text) {
      broken("message " + client_id + " has another text than was sent");
    } else if (!sent.id && !sent.maybe_stored && found != by_client_id_.end()) {
      broken("message " + client_id + " was refused and appeared");
    }
  }
}

bool Promises::may_see(UserId user, const Standing& standing, uint64_t seq) const {
  if (!standing.group) return true;  // one of two, from the first entry on
  return std::ranges::any_of(intervals_.at(standing.conversation), [&](const Interval& interval) {
    return interval.user == user && interval.after < seq && seq <= interval.through;
  });
}

// Nobody sees what is not his, and what he sees is what the log says.
void Promises::check_shown(const SimDevice& device, const Standing& standing,
                           const std::string& where) {
  const auto& log = logs_[standing.conversation];
  for (const auto& [seq, content] : seen_of(device, standing.conversation).seqs) {
    mix(seq);
    if (seq > log.size() || !may_see(device.user(), standing, seq))
      broken(where + " saw " + std::to_string(seq) + ", which is not his to read");
    else if (content != 0 && content != content_of(*log[seq - 1]))
      broken(where + " saw another entry as " + std::to_string(seq) + " than the log has");
  }
}

// Everything was pushed, and everything pushed was acknowledged in the end.
void Promises::check_owed(const SimDevice& device, const Standing& standing,
                          const std::string& where) {
  const Seen& seen = seen_of(device, standing.conversation);
  if (standing.delivered < standing.head && !seen.excuses(standing.delivered.value + 1))
    broken(where + " is left at " + std::to_string(standing.delivered.value) + " of " +
           std::to_string(standing.head.value));
  if (standing.delivered > standing.head)
    broken(where + " has a cursor beyond its head " + std::to_string(standing.head.value));
  for (const EntryPtr& entry : owed(device, standing))
    broken(where + (entry->seq <= standing.delivered ? " has a cursor past " : " never saw ") +
           std::to_string(entry->seq.value) + " (a " + std::string(name_of(entry->kind)) +
           " of user " + std::to_string(entry->sender.value) + " on device " +
           std::to_string(entry->device.value) + ", and this is " +
           std::to_string(device.device().value) + ")");
}

void Promises::check_seen(const SimDevice& device) {
  const auto inbox = store_.cursors().inbox(device.user(), device.device(), {}).value();
  std::set<ConversationId> mine;
  for (const Standing& standing : inbox.standings) {
    mine.insert(standing.conversation);
    const std::string where = name_of_place(device, standing.conversation);
    check_shown(device, standing, where);
    check_owed(device, standing, where);
  }
  for (const auto& [conversation, seen] : device.seen())
    if (!mine.contains(conversation) && !seen.seqs.empty())
      broken("user " + std::to_string(device.user().value) +
             " saw entries of a conversation that is not his");
}

void Promises::check_unread(UserId user) {
  const auto inbox = store_.cursors().inbox(user, DeviceId{1}, {}).value();
  const auto unread = store_.cursors().unread(user, 1'000).value();
  for (const Standing& standing : inbox.standings) {
    uint32_t counted = 0;
    for (const EntryPtr& entry : logs_[standing.conversation])
      if (entry->seq > standing.read && entry->kind == EntryKind::kMessage &&
          entry->sender != user && may_see(user, standing, entry->seq.value))
        ++counted;
    const auto row = std::ranges::find(unread, standing.conversation, &Unread::conversation);
    const uint32_t told = row == unread.end() ? 0 : row->count;
    if (told != counted)
      broken("user " + std::to_string(user.value) + " is told " + std::to_string(told) +
             " unread where " + std::to_string(counted) + " are");
  }
}

void Promises::check() {
  read_logs();
  for (const auto& device : devices_) {
    check_sent(*device);
    check_seen(*device);
    constexpr uint64_t kLargest = 500;
    if (device->most_buffered() > SimLink::kHighWater + 4 * kLargest)
      broken("an output buffer grew to " + std::to_string(device->most_buffered()));
  }
  for (const UserId user : users_) check_unread(user);
}

}  // namespace mpim::sim
