// What a session passes over instead of pushing it, and what it takes back.
#include "server/session/session.h"

#include <algorithm>

namespace mpim {

// Below the window nothing is pushed by itself: the device is told, and history has it.
// What was only heard of may be wrong: the window ends at the head the store gave.
void Session::skip_to_window(ConversationId conversation, Reading& reading) {
  if (reading.waiting() <= limits_.window_max) return;
  skip(conversation, reading, Seq(reading.stored.value - limits_.window_max),
       "older than the window of entries pushed by themselves: see HISTORY");
}

// What waited too long is not owed any more, not even to who asks for what waits.
void Session::skip_expired(ConversationId conversation, Reading& reading) {
  const Seq to = std::min(reading.expired, reading.heard);
  if (to > reading.pushed) skip(conversation, reading, to, "waited for too long: see HISTORY");
}

void Session::skip(ConversationId conversation, Reading& reading, Seq to, std::string_view why) {
  // What is under way may have to be repeated, and a repeat must not meet a gap within.
  if (to <= reading.given || flight_.first_of(conversation)) return;
  outlet_.notice({.kind = Notice::Kind::kGap,
                  .conversation = conversation,
                  .from = reading.pushed,
                  .to = to,
                  .text = std::string(why)});
  reading.advance(to);
  reading.skipped_to = to;
}

// What was passed over, because nothing of it was there to be acknowledged, has arrived.
void Session::count_passed(ConversationId conversation, Reading& reading) {
  if (reading.acked >= reading.pushed || flight_.first_of(conversation)) return;
  if (reading.acked < reading.skipped_to) return;
  reading.arrived(reading.pushed, reading.pushed_at);
  mark_moved();
}

// A store that lost its newest entries gives their seqs anew: what was pushed of them is forgotten.
void Session::fall_back(ConversationId conversation, Reading& reading, Seq head) {
  forget_flight(conversation, head);
  reading.fall_back(head);
}

}  // namespace mpim
