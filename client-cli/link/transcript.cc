#include "client-cli/link/transcript.h"

#include <utility>

namespace mpim::chat {

std::vector<Entry> Transcript::admit(Entry entry) {
  Conversation& of = conversations_[entry.conversation];
  // The server pushes a conversation in order, so its first entry has nothing before it. Our own
  // messages say nothing of the kind: they are answered while older entries are still on their way.
  if (!of.through) of.through = Seq(entry.seq.value - 1);
  if (entry.seq <= *of.through || of.ahead.contains(entry.seq)) {
    ++repeats_;
    return release(of);
  }
  const ConversationId conversation = entry.conversation;
  of.ahead.emplace(entry.seq, std::move(entry));
  if (of.ahead.size() > kAheadMax)
    return skip(conversation, Seq(of.ahead.begin()->first.value - 1));
  return release(of);
}

std::vector<Entry> Transcript::own(MessageId id) {
  Conversation& of = conversations_[id.conversation()];
  if (of.through && id.seq() <= *of.through) return {};
  of.ahead.try_emplace(id.seq(), std::nullopt);
  if (of.ahead.size() > kAheadMax && !of.through) of.ahead.erase(of.ahead.begin());
  return release(of);
}

std::vector<Entry> Transcript::skip(ConversationId conversation, Seq through) {
  Conversation& of = conversations_[conversation];
  std::vector<Entry> shown;
  // What waits below was waiting for something older still.
  while (!of.ahead.empty() && of.ahead.begin()->first <= through) {
    if (auto& entry = of.ahead.begin()->second) shown.push_back(std::move(*entry));
    of.ahead.erase(of.ahead.begin());
  }
  if (!of.through || *of.through < through) of.through = through;
  for (Entry& entry : release(of)) shown.push_back(std::move(entry));
  return shown;
}

std::vector<Hole> Transcript::holes() const {
  std::vector<Hole> holes;
  for (const auto& [id, of] : conversations_)
    if (of.through && !of.ahead.empty())
      holes.push_back({id, *of.through, of.ahead.begin()->first});
  return holes;
}

std::optional<Seq> Transcript::through(ConversationId conversation) const {
  const auto found = conversations_.find(conversation);
  return found == conversations_.end() ? std::nullopt : found->second.through;
}

void Transcript::clear() { conversations_.clear(); }

std::vector<Entry> Transcript::release(Conversation& of) {
  std::vector<Entry> shown;
  if (!of.through) return shown;
  while (!of.ahead.empty() && of.ahead.begin()->first <= of.through->next()) {
    auto next = of.ahead.extract(of.ahead.begin());
    if (next.key() <= *of.through) continue;
    of.through = next.key();
    if (next.mapped()) shown.push_back(std::move(*next.mapped()));
  }
  return shown;
}

}  // namespace mpim::chat
