#include "server/store/sql/rows/log_rows.h"

namespace mpim {
namespace {

constexpr Sql kInsert =
    "INSERT INTO messages (pos, conversation, seq, kind, type, sender, device, subject, ref, at,"
    " client_id, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

Result<void> insert(Driver& driver, LogPos pos, const Entry& e) {
  const auto kind = static_cast<int>(e.kind);
  const auto type = static_cast<int>(e.type);
  if (e.client_id.empty()) {
    MPIM_CHECKED(driver.run(kInsert, pos, e.conversation, e.seq, kind, type, e.sender, e.device,
                            e.subject, e.ref, e.at, Null{}, e.text));
  } else {
    MPIM_CHECKED(driver.run(kInsert, pos, e.conversation, e.seq, kind, type, e.sender, e.device,
                            e.subject, e.ref, e.at, e.client_id, e.text));
  }
  return {};
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
                                             .text = rows.text(9)});
}

// FNV-1a, 64 bits.
uint64_t body_hash(ContentType type, std::string_view text) {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100'0000'01B3ULL; };
  mix(static_cast<unsigned char>(type));
  for (const char byte : text) mix(static_cast<unsigned char>(byte));
  return hash;
}

Result<EntryPtr> add_entry(Driver& driver, LogTail& tail, ConversationHeads& heads,
                           ConversationHead& to, Entry entry) {
  MPIM_TRY(entry.seq, heads.take_seq(to));
  entry.conversation = to.id;
  entry.group = to.group;
  const LogPos pos = tail.last() + 1;
  MPIM_CHECKED(insert(driver, pos, entry));
  auto added = std::make_shared<const Entry>(std::move(entry));
  tail.add(added, pos);
  return EntryPtr(std::move(added));
}

}  // namespace mpim
