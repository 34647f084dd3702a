// Answers about who is there.
#include "server/protocol/line_answers.h"
#include "server/protocol/line_fields.h"

namespace mpim::line {
namespace {

// Like the pushed line, but under a name of its own: a row is never taken for a push.
void append_rows(std::string& out, const std::vector<PresenceSignal>& rows) {
  for (const PresenceSignal& row : rows) {
    append_field(out, "\nPRESENT user=", row.user.value);
    append_field(out, " state=", name_of(row.state));
    append_field(out, " since=", static_cast<uint64_t>(row.since.ms));
  }
}

}  // namespace

void AnswerWriter::operator()(const PresenceResponse& presence) const {
  append_field(out, "+OK presence count=", presence.rows.size());
  append_rows(out, presence.rows);
}

void AnswerWriter::operator()(const WatchResponse& watch) const {
  append_field(out, "+OK watch watched=", watch.watched);
  append_field(out, " count=", watch.rows.size());
  append_rows(out, watch.rows);
}

void AnswerWriter::operator()(const AwayResponse& away) const {
  out += away.away ? "+OK away" : "+OK back";
}

void AnswerWriter::operator()(const TypingResponse&) const { out += "+OK"; }

}  // namespace mpim::line
