#include "server/store/sql/rows/log_rows.h"

#include <tuple>

namespace mpim {
namespace {

// A row whose pos is not named gets the next one, and SQLite need not look for its place.
#define MPIM_REST                                                                      \
  "conversation, seq, kind, type, sender, device, subject, ref, at, client_id, text, " \
  "sent_at, client_at, file, ext"
#define MPIM_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define MPIM_4_ROWS MPIM_ROW ", " MPIM_ROW ", " MPIM_ROW ", " MPIM_ROW
#define MPIM_16_ROWS MPIM_4_ROWS ", " MPIM_4_ROWS ", " MPIM_4_ROWS ", " MPIM_4_ROWS
#define MPIM_INSERT "INSERT {or_fail} INTO messages (" MPIM_REST ") VALUES "
constexpr Sql kInsertFirst = "INSERT {or_fail} INTO messages (" MPIM_REST
                             ", pos) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr Sql kInsert1 = MPIM_INSERT MPIM_ROW;
constexpr Sql kInsert4 = MPIM_INSERT MPIM_4_ROWS;
constexpr Sql kInsert32 = MPIM_INSERT MPIM_16_ROWS ", " MPIM_16_ROWS;
#undef MPIM_INSERT
#undef MPIM_16_ROWS
#undef MPIM_4_ROWS
#undef MPIM_ROW
#undef MPIM_REST
constexpr Sql kReplace =
    "UPDATE messages SET state = ?, changed_at = ?, text = ?, file = ?, ext = ? WHERE pos = ?";

auto columns_of(const LogTail::Row& row) {
  const Entry& e = *row.entry;
  return std::tuple(e.conversation, e.seq, static_cast<int>(e.kind), static_cast<int>(e.type),
                    e.sender, e.device, e.subject, e.ref, e.at, OrNull{e.client_id},
                    std::string_view(e.text), e.sent_at, e.client_at, e.file, OrNull{e.ext});
}

}  // namespace

EntryPtr entry_from(Rows& rows, ConversationId of, GroupId group) {
  return std::make_shared<const Entry>(Entry{.conversation = of,
                                             .seq = rows.seq(0),
                                             .kind = static_cast<EntryKind>(rows.number(1)),
                                             .type = static_cast<ContentType>(rows.number(2)),
                                             .sender = rows.id<UserId>(3),
                                             .device = rows.id<DeviceId>(4),
                                             .group = group,
                                             .subject = rows.id<UserId>(5),
                                             .ref = rows.seq(6),
                                             .at = rows.time(7),
                                             .client_id = rows.text(8),
                                             .text = rows.text(9),
                                             .state = static_cast<EntryState>(rows.number(10)),
                                             .changed_at = rows.time(11),
                                             .sent_at = rows.time(12),
                                             .client_at = rows.time(13),
                                             .file = rows.id<FileId>(14),
                                             .ext = rows.text(15)});
}

// FNV-1a, 64 bits.
uint64_t body_hash(ContentType type, std::string_view text) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100'0000'01B3ULL; };
  mix(static_cast<unsigned char>(type));
  for (const char byte : text) mix(static_cast<unsigned char>(byte));
  return hash;
}

Result<EntryPtr> add_entry(LogTail& tail, ConversationHeads& heads, ConversationHead& to,
                           Entry entry) {
  MPIM_TRY(entry.seq, heads.take_seq(to));
  entry.conversation = to.id;
  entry.group = to.group;
  auto added = std::make_shared<const Entry>(std::move(entry));
  tail.add(added, tail.last() + 1);
  return EntryPtr(std::move(added));
}

Result<void> write_entries(Driver& driver, std::span<const LogTail::Row> rows) {
  if (rows.empty()) return {};
  const auto first = std::tuple_cat(columns_of(rows.front()), std::tuple(rows.front().pos));
  MPIM_CHECKED(
      std::apply([&](const auto&... each) { return driver.run(kInsertFirst, each...); }, first));
  if (rows.size() == 1) return {};
  MPIM_CHECKED(driver.run_rows(kInsert32, kInsert4, kInsert1, rows.subspan(1), columns_of));
  MPIM_CHECK(driver.inserted_id() == rows.back().pos, "the log's rows are not without holes");
  return {};
}

Result<void> write_replaced(Driver& driver, std::span<const LogTail::Row> rows) {
  for (const LogTail::Row& row : rows) {
    const Entry& e = *row.entry;
    MPIM_CHECKED(driver.run(kReplace, static_cast<int>(e.state), e.changed_at, e.text, e.file,
                            OrNull{e.ext}, row.pos));
  }
  return {};
}

}  // namespace mpim
