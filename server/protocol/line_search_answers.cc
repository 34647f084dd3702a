// Answers about what was searched for.
#include "server/protocol/line_answers.h"
#include "server/protocol/line_encoding.h"
#include "server/protocol/line_fields.h"

namespace mpim::line {

// A row has the fields of a MSG, as everybody but its sender's devices gets it.
void AnswerWriter::operator()(const FoundResponse& found) const {
  append_field(out, "+OK found count=", found.rows.size());
  out += found.more ? " more=1" : " more=0";
  out += found.complete ? " complete=1" : " complete=0";
  if (found.next != MessageId()) append_field(out, " next=", found.next.value);
  for (const EntryPtr& entry : found.rows) {
    out += '\n';
    append_entry("FOUND", *entry, false, out);
  }
}

}  // namespace mpim::line
