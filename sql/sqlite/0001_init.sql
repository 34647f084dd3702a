-- The first schema. sql/mysql has the same numbers.
--
-- Times are milliseconds since 1970-01-01 UTC. A seq counts from 1 within its conversation.

-- One row: which database this is. A restore gives it another epoch; clients that see one they do
-- not know forget what they cached. `probes` is written to see whether writing works at all.
CREATE TABLE store_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  probes INTEGER NOT NULL DEFAULT 0
);
INSERT INTO store_identity (id, epoch) VALUES (1, lower(hex(randomblob(8))));

-- A removed user keeps his row, because his messages name it; name_key null frees the name.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT,
  password_hash TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_by_name ON users (name_key);
-- The system's own user: no password fits the empty hash. People are numbered from 1001.
INSERT INTO users (id, name, name_key, password_hash, created_at)
  VALUES (1, 'system', 'system', '', 0);
UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'users';

CREATE TABLE devices (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL,
  name TEXT NOT NULL,
  generation INTEGER NOT NULL,
  token_hash BLOB,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX devices_by_name ON devices (user, name);
CREATE UNIQUE INDEX devices_by_token ON devices (token_hash);
CREATE INDEX devices_by_user ON devices (user, id);

CREATE TABLE friendships (
  user INTEGER NOT NULL,
  friend INTEGER NOT NULL,
  state INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (user, friend)
) WITHOUT ROWID;

CREATE TABLE blocks (
  user INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user, blocked)
) WITHOUT ROWID;

CREATE TABLE `groups` (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  owner INTEGER NOT NULL,
  members INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) VALUES ('groups', 1000);

-- A direct talk has user_low <= user_high and group_id null; a group's has the group's id and both
-- null. head and floor are the last and the first seq kept; head and changed_at lag behind like the
-- index. No conversation is ever removed, so that no id comes twice.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  user_low INTEGER,
  user_high INTEGER,
  group_id INTEGER,
  head INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  members_version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX conversations_by_users ON conversations (user_low, user_high);

-- What a member may read: (from_seq, to_seq]. The largest number means: he is a member still.
CREATE TABLE members (
  conversation INTEGER NOT NULL,
  user INTEGER NOT NULL,
  from_seq INTEGER NOT NULL,
  to_seq INTEGER NOT NULL DEFAULT 9223372036854775807,
  role INTEGER NOT NULL,
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (conversation, user, from_seq)
) WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user, conversation, from_seq, to_seq);

-- Append-ordered: a transaction pays for the pages it touches, and here they are always the last.
-- Numbered without holes.
CREATE TABLE messages (
  pos INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  type INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  device INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  ref INTEGER NOT NULL,
  at INTEGER NOT NULL,
  client_id TEXT,
  text TEXT NOT NULL
);

-- Where each entry lies. Its id is the message id, conversation * 2^30 + seq: a number for a key is
-- half of the work that two columns would be. Written behind, with client_ids and the heads of
-- conversations, for many entries at once: log_index has the mark up to which that is done.
CREATE TABLE messages_by_seq (
  id INTEGER PRIMARY KEY,
  pos INTEGER NOT NULL
);
CREATE TABLE log_index (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  pos INTEGER NOT NULL
);
INSERT INTO log_index (id, pos) VALUES (1, 0);

CREATE TABLE client_ids (
  conversation INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body_hash INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (conversation, sender, client_id)
) WITHOUT ROWID;

-- Delivered cursors of a user's devices; device 0 is the user's read cursor. No row: the cursor
-- stands where the user's first membership begins.
CREATE TABLE cursors (
  user INTEGER NOT NULL,
  device INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (user, device, conversation)
) WITHOUT ROWID;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  progress TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_by_due ON outbox (due_at);

CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
);

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL
);
