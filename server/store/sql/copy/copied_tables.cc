#include "server/store/sql/copy/copied_tables.h"

#include <algorithm>
#include <set>
#include <string>

namespace mpim {
namespace {

constexpr CopiedTable kTables[] = {
    {"admin_tokens", "jti, issued_by, issued_at, expires_at, revoked_at", "ttnnn", 1},
    {"audit_log", "id, at, actor, action, subject", "nnttt", 1},
    {"blocks", "user, blocked, state, version, changed_at", "nnnnn", 2},
    {"client_ids", "conversation, sender, client_id, seq, body_hash, at", "nntnnn", 3},
    {"conversations",
     "id, kind, user_low, user_high, group_id, head, floor, members_version, changed_at, expired",
     "nnnnnnnnnn", 1},
    {"cursors", "user, device, conversation, seq, version", "nnnnn", 3},
    {"dead_letters", "id, source, reason, body, at", "ntttn", 1},
    {"devices",
     "id, user, name, generation, token_hash, created_at, seen_at, token_version, refresh_family, "
     "refresh_hash, refresh_expires_at",
     "nntnbnnnttn", 1},
    {"erasures",
     "id, user, actor, started_at, finished_at, conversation, seq, messages, conversations, files",
     "nntnnnnnnn", 1},
    {"file_uses", "file, conversation, seq", "nnn", 3},
    {"files", "id, hash, bytes, mime, name, owner, created_at", "ntnttnn", 1},
    {"friendships", "user, friend, state, version, changed_at", "nnnnn", 2},
    {"group_requests", "group_id, kind, user, made_by, state, version, changed_at", "nnnnnnn", 3},
    {"groups",
     "id, conversation, name, description, owner, members, created_at, notice, join_policy, "
     "muted_until, dissolved_at",
     "nnttnnntnnn", 1},
    {"hidden", "user, conversation, seq", "nnn", 3},
    {"members", "conversation, user, from_seq, to_seq, role, joined_at, muted_until", "nnnnnnn", 3},
    {"outbox", "id, conversation, seq, due_at, attempts, progress", "nnnnnt", 1},
    {"receipts", "conversation, user, kind, seq, at", "nnnnn", 4},
    {"signing_keys", "kid, algorithm, secret, created_at, retires_at, ends_at", "ttbnnn", 1},
    {"users",
     "id, name, name_key, password_hash, disabled, removed, version, created_at, display_name, "
     "about, avatar, friends_only, profile_version",
     "ntttnnnnttnnn", 1},
};
static_assert(std::ranges::is_sorted(kTables, {}, &CopiedTable::name));

constexpr std::string_view kNumbered[] = {"audit_log", "dead_letters", "devices", "erasures",
                                          "files",     "groups",       "outbox",  "users"};

}  // namespace

std::span<const CopiedTable> copied_tables() { return kTables; }
std::span<const std::string_view> numbered_tables() { return kNumbered; }

Sql made_sql(std::string text) {
  static std::set<std::string> kept;
  Sql sql("");
  sql.text = kept.insert(std::move(text)).first->c_str();
  return sql;
}

}  // namespace mpim
