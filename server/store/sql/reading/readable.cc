#include "server/store/sql/reading/readable.h"

#include <algorithm>

#include "server/store/sql/reading/sight.h"

namespace mpim {
namespace {

constexpr Sql kReadable =
    "SELECT c.group_id, c.head, c.floor, m.from_seq, m.to_seq"
    " FROM members m JOIN conversations c ON c.id = m.conversation"
    " WHERE m.conversation = ? AND m.user = ? ORDER BY m.from_seq";
constexpr Sql kWhole = "SELECT group_id, head, floor FROM conversations WHERE id = ?";

// What an operator may see: the whole log.
Result<Readable> whole(Driver& driver, const LogLook& look, ConversationId of) {
  MPIM_TRY(Rows rows, driver.ask(kWhole, of));
  MPIM_TRY(const bool found, rows.next());
  if (!found) return Error{Code::kNotFound, "no such conversation"};
  const Seq last = look.head(of, rows.seq(1));
  const Seq before_floor(std::max(rows.count(2), uint64_t{1}) - 1);
  return Readable{rows.id<GroupId>(0), last, {{before_floor, last}}};
}

}  // namespace

Result<Readable> readable(Driver& driver, const LogLook& look, UserId reader, ConversationId of) {
  if (reader == kSystemUser) return whole(driver, look, of);
  MPIM_TRY(Rows rows, driver.ask(kReadable, of, reader));
  Readable found;
  bool member = false;
  while (true) {
    MPIM_TRY(const bool more, rows.next());
    if (!more) break;
    member = true;
    const Seq before_floor(std::max(rows.count(2), uint64_t{1}) - 1);
    found.group = rows.id<GroupId>(0);
    found.last = std::min(look.head(of, rows.seq(1)), rows.seq(4));
    found.intervals.push_back({std::max(rows.seq(3), before_floor), found.last});
  }
  if (!member) return Error{Code::kNotFound, "no such conversation"};
  return found;
}

bool Readable::has(Seq seq) const { return in_sight(intervals, seq); }

bool Readable::any_below(Seq bound) const {
  return std::ranges::any_of(intervals, [bound](const SeqInterval& in) {
    return in.from < in.to && in.from.next() < bound;
  });
}

Seq Readable::before(Seq bound, uint64_t count) const {
  const Seq end(std::max(bound.value, uint64_t{1}) - 1);
  for (auto in = intervals.rbegin(); in != intervals.rend(); ++in) {
    const Seq to = std::min(in->to, end);
    if (to <= in->from) continue;
    const uint64_t here = to.value - in->from.value;
    if (here >= count) return Seq(to.value - count);
    count -= here;
  }
  return Seq();
}

}  // namespace mpim
