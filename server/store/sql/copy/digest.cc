#include "server/store/sql/copy/digest.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace mpim {
namespace {

constexpr size_t kHashBytes = 32;
constexpr size_t kNamedMax = 20;
// What was deleted is behind the first place; the rest is told by how many entries lie before.
constexpr Sql kRetention =
    "SELECT (SELECT COUNT(*) FROM messages WHERE pos <= r.inbox_pos),"
    " (SELECT COUNT(*) FROM messages WHERE pos <= r.client_id_pos), r.erased"
    " FROM retention r WHERE r.id = 1";

// BLAKE2b over values.
class Hash {
 public:
  Hash() { crypto_generichash_init(&state_, nullptr, 0, kHashBytes); }
  void add(std::string_view bytes) {
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
  }
  // Each value says what it is and how long, so that no two rows read the same.
  void add(const RowCell& cell) {
    const bool is_number = cell.kind == RowCell::Kind::kNumber;
    std::array<char, 9> head{static_cast<char>(cell.kind)};
    const uint64_t number =
        is_number ? static_cast<uint64_t>(cell.number) : static_cast<uint64_t>(cell.text.size());
    for (size_t i = 0; i < 8; ++i) head[1 + i] = static_cast<char>(number >> (8 * i));
    add(std::string_view(head.data(), head.size()));
    if (!is_number) add(cell.text);
  }
  std::string hex() const {
    crypto_generichash_state copy = state_;
    std::array<unsigned char, kHashBytes> bytes;
    crypto_generichash_final(&copy, bytes.data(), bytes.size());
    std::string text;
    for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
  }

 private:
  crypto_generichash_state state_;
};

std::string difference(const TableDigest& one, const TableDigest& other) {
  return fmt::format("{}: {} rows ({:.12}), and {} ({:.12})", one.table, one.rows, one.hash,
                     other.rows, other.hash);
}

std::string difference(const std::optional<ConversationDigest>& one,
                       const std::optional<ConversationDigest>& other) {
  const ConversationId of = !other || (one && one->conversation < other->conversation)
                                ? one->conversation
                                : other->conversation;
  const auto entries = [of](const std::optional<ConversationDigest>& side) {
    return side && side->conversation == of ? side->entries : 0;
  };
  return fmt::format("conversation {}: {} entries, and {}{}", of.value, entries(one),
                     entries(other),
                     entries(one) == entries(other) ? " that are not the same" : "");
}

}  // namespace

struct LogDigests::Sum {
  Hash hash;
  uint64_t rows = 0;
};

LogDigests::LogDigests(Driver& driver, OnRows on_rows)
    : driver_(driver), on_rows_(std::move(on_rows)), sum_(std::make_unique<Sum>()) {}
LogDigests::~LogDigests() = default;

Result<bool> LogDigests::fill() {
  if (at_ < page_.size()) return true;
  MPIM_TRY(page_, read_log_page_by_id(driver_, last_id_));
  at_ = 0;
  if (page_.empty()) return false;
  last_id_ = static_cast<uint64_t>(page_.back().front().number);
  on_rows_(page_.size());
  return true;
}

Result<std::optional<ConversationDigest>> LogDigests::next() {
  std::optional<ConversationDigest> found;
  Hash hash;
  while (true) {
    MPIM_TRY(const bool more, fill());
    if (!more) break;
    const RowCells& row = page_[at_];
    const ConversationId of(static_cast<uint64_t>(row[1].number));
    if (!found) found = ConversationDigest{of, 0, {}};
    if (found->conversation != of) break;
    for (size_t i = 1; i < row.size(); ++i) hash.add(row[i]);
    ++found->entries;
    ++at_;
  }
  if (!found) return found;
  found->hash = hash.hex();
  sum_->rows += found->entries;
  sum_->hash.add(found->hash);
  return found;
}

TableDigest LogDigests::sum() const { return {"messages", sum_->rows, sum_->hash.hex()}; }

Result<TableDigest> digest_of(Driver& driver, const CopiedTable& table, const OnRows& on_rows) {
  TableDigest digest{std::string(table.name), 0, {}};
  Hash hash;
  RowCells last;
  while (true) {
    MPIM_TRY(std::vector<RowCells> page, read_page(driver, table, last));
    if (page.empty()) break;
    for (const RowCells& row : page)
      for (const RowCell& cell : row) hash.add(cell);
    digest.rows += page.size();
    on_rows(page.size());
    last = std::move(page.back());
  }
  digest.hash = hash.hex();
  return digest;
}

Result<TableDigest> digest_of_retention(Driver& driver) {
  TableDigest digest{"retention", 0, {}};
  Hash hash;
  MPIM_TRY(Rows rows, driver.ask(kRetention));
  MPIM_TRY(const bool found, rows.next());
  for (int column = 0; found && column < 3; ++column) hash.add(RowCell::of(rows.number(column)));
  digest.rows = found ? 1 : 0;
  digest.hash = hash.hex();
  return digest;
}

Result<std::vector<TableDigest>> digests_of(Driver& driver, const OnRows& on_rows) {
  std::vector<TableDigest> all;
  for (const CopiedTable& table : copied_tables()) {
    MPIM_TRY(TableDigest digest, digest_of(driver, table, on_rows));
    all.push_back(std::move(digest));
  }
  LogDigests log(driver, on_rows);
  for (bool more = true; more;) {
    MPIM_TRY(const auto each, log.next());
    more = each.has_value();
  }
  all.push_back(log.sum());
  MPIM_TRY(TableDigest retention, digest_of_retention(driver));
  all.push_back(std::move(retention));
  return all;
}

namespace {

// Both logs at once, each a conversation ahead at most.
Result<std::vector<std::string>> log_differences(Driver& one, Driver& other,
                                                 const OnRows& on_rows) {
  std::vector<std::string> found;
  LogDigests ours(one, on_rows);
  LogDigests theirs(other, on_rows);
  MPIM_TRY(auto left, ours.next());
  MPIM_TRY(auto right, theirs.next());
  while ((left || right) && found.size() < kNamedMax) {
    if (left != right) found.push_back(difference(left, right));
    const bool both = left && right && left->conversation == right->conversation;
    const bool first = both || !right || (left && left->conversation < right->conversation);
    if (first) {
      MPIM_TRY(left, ours.next());
    }
    if (both || !first) {
      MPIM_TRY(right, theirs.next());
    }
  }
  return found;
}

}  // namespace

Result<std::vector<std::string>> differences(Driver& one, Driver& other, const OnRows& on_rows) {
  std::vector<std::string> found;
  for (const CopiedTable& table : copied_tables()) {
    MPIM_TRY(const TableDigest ours, digest_of(one, table, on_rows));
    MPIM_TRY(const TableDigest theirs, digest_of(other, table, on_rows));
    if (ours != theirs) found.push_back(difference(ours, theirs));
  }
  MPIM_TRY(const std::vector<std::string> of_log, log_differences(one, other, on_rows));
  found.insert(found.end(), of_log.begin(), of_log.end());
  MPIM_TRY(const TableDigest ours, digest_of_retention(one));
  MPIM_TRY(const TableDigest theirs, digest_of_retention(other));
  if (ours != theirs) found.push_back(difference(ours, theirs));
  return found;
}

}  // namespace mpim
