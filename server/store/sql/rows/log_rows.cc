#include "server/store/sql/rows/log_rows.h"

#include <tuple>

namespace mpim {
namespace {

// A row whose pos is not named gets the next one, and SQLite need not look for its place; where
// many write, only the database knows which that is.
#define MPIM_REST                                                                      \
  "conversation, seq, kind, type, sender, device, subject, ref, at, client_id, text, " \
  "sent_at, client_at, file, ext, packed"
#define MPIM_ROW "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define MPIM_4_ROWS MPIM_ROW ", " MPIM_ROW ", " MPIM_ROW ", " MPIM_ROW
#define MPIM_16_ROWS MPIM_4_ROWS ", " MPIM_4_ROWS ", " MPIM_4_ROWS ", " MPIM_4_ROWS
#define MPIM_INSERT "INSERT {or_fail} INTO messages (" MPIM_REST ") VALUES "
constexpr Sql kInsertFirst = "INSERT {or_fail} INTO messages (" MPIM_REST
                             ", pos) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr Sql kInsert1 = MPIM_INSERT MPIM_ROW;
constexpr Sql kInsert4 = MPIM_INSERT MPIM_4_ROWS;
constexpr Sql kInsert32 = MPIM_INSERT MPIM_16_ROWS ", " MPIM_16_ROWS;
#undef MPIM_INSERT
#undef MPIM_16_ROWS
#undef MPIM_4_ROWS
#undef MPIM_ROW
#undef MPIM_REST
constexpr Sql kReplace =
    "UPDATE messages SET state = ?, ref = ?, changed_at = ?, text = ?, file = ?, ext = ?,"
    " packed = ? WHERE pos = ?";

// A row, and its text packed; empty: the text is stored as it is.
struct StoredRow {
  const LogTail::Row* row;
  std::string packed;

  const Entry& entry() const { return *row->entry; }
  TextOrBytes text() const {
    return packed.empty() ? TextOrBytes{entry().text, false} : TextOrBytes{packed, true};
  }
  uint64_t packed_bytes() const { return packed.empty() ? 0 : entry().text.size(); }
};

std::vector<StoredRow> stored(TextPacker& packer, std::span<const LogTail::Row> rows) {
  std::vector<StoredRow> made;
  made.reserve(rows.size());
  for (const LogTail::Row& row : rows) made.push_back({&row, packer.pack(row.entry->text)});
  return made;
}

// A number that no program of this version wrote is not taken for one of `E`.
template <class E>
bool is_one_of(int64_t number, E last) {
  return number >= 0 && number <= static_cast<int64_t>(last);
}

auto columns_of(const StoredRow& stored) {
  const Entry& e = stored.entry();
  return std::tuple(e.conversation, e.seq, static_cast<int>(e.kind), static_cast<int>(e.type),
                    e.sender, e.device, e.subject, e.ref, e.at, OrNull{e.client_id}, stored.text(),
                    e.sent_at, e.client_at, e.file, OrNull{e.ext}, stored.packed_bytes());
}

}  // namespace

Result<EntryPtr> entry_from(Rows& rows, ConversationId of, GroupId group) {
  if (!is_one_of(rows.number(1), EntryKind::kSettings) ||
      !is_one_of(rows.number(2), ContentType::kVoice) ||
      !is_one_of(rows.number(10), EntryState::kRecalled))
    return Error{Code::kUnavailable, "entry " + std::to_string(MessageId(of, rows.seq(0)).value) +
                                         " is damaged: run mpimctl db verify"};
  std::string text = rows.text(9);
  if (const uint64_t bytes = rows.count(16); bytes != 0) {
    MPIM_TRY(text, unpack_text(text, bytes));
  }
  return EntryPtr(
      std::make_shared<const Entry>(Entry{.conversation = of,
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
                                          .text = std::move(text),
                                          .state = static_cast<EntryState>(rows.number(10)),
                                          .changed_at = rows.time(11),
                                          .sent_at = rows.time(12),
                                          .client_at = rows.time(13),
                                          .file = rows.id<FileId>(14),
                                          .ext = rows.text(15)}));
}

namespace {

// FNV-1a, 64 bits.
class Fnv {
 public:
  void mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100'0000'01B3ULL; }
  void mix(std::string_view bytes) {
    for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0xCBF2'9CE4'8422'2325ULL;
};

// `body` is a draft, or the message it became.
template <class Body>
uint64_t hash_of_body(const Body& body) {
  Fnv fnv;
  fnv.mix(static_cast<unsigned char>(body.type));
  fnv.mix(body.text);
  for (uint64_t rest = body.file.value; rest != 0; rest >>= 8)
    fnv.mix(static_cast<unsigned char>(rest));
  if (!body.ext.empty()) {
    fnv.mix('\0');
    fnv.mix(body.ext);
  }
  return fnv.hash();
}

}  // namespace

uint64_t body_hash(const Draft& draft) { return hash_of_body(draft); }
uint64_t body_hash(const Entry& message) { return hash_of_body(message); }

Result<EntryPtr> add_entry(LogTail& tail, ConversationHeads& heads, ConversationHead& to,
                           Entry entry) {
  MPIM_TRY(entry.seq, heads.take_seq(to));
  entry.conversation = to.id;
  entry.group = to.group;
  auto added = std::make_shared<const Entry>(std::move(entry));
  tail.add(added, tail.last() + 1);
  return EntryPtr(std::move(added));
}

Result<void> write_entries(Driver& driver, TextPacker& packer, std::span<const LogTail::Row> rows) {
  if (rows.empty()) return {};
  const std::vector<StoredRow> made = stored(packer, rows);
  if (driver.dialect().many_writers)
    return driver.run_rows(kInsert32, kInsert4, kInsert1, std::span(made), columns_of);
  const auto first = std::tuple_cat(columns_of(made.front()), std::tuple(rows.front().pos));
  MPIM_CHECKED(
      std::apply([&](const auto&... each) { return driver.run(kInsertFirst, each...); }, first));
  if (rows.size() == 1) return {};
  MPIM_CHECKED(
      driver.run_rows(kInsert32, kInsert4, kInsert1, std::span(made).subspan(1), columns_of));
  MPIM_CHECK(driver.inserted_id() == rows.back().pos, "the log's rows are not without holes");
  return {};
}

Result<void> write_replaced(Driver& driver, TextPacker& packer,
                            std::span<const LogTail::Row> rows) {
  for (const StoredRow& row : stored(packer, rows)) {
    const Entry& e = row.entry();
    MPIM_CHECKED(driver.run(kReplace, static_cast<int>(e.state), e.ref, e.changed_at, row.text(),
                            e.file, OrNull{e.ext}, row.packed_bytes(), row.row->pos));
  }
  return {};
}

}  // namespace mpim
