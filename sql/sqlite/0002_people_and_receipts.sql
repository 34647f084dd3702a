-- People, groups' rights, receipts, uploads. sql/mysql has the same numbers.

ALTER TABLE users ADD COLUMN display_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN avatar INTEGER NOT NULL DEFAULT 0;
-- 1: only friends may write to him.
ALTER TABLE users ADD COLUMN friends_only INTEGER NOT NULL DEFAULT 0;
-- The user's version at which his own profile or settings changed last.
ALTER TABLE users ADD COLUMN profile_version INTEGER NOT NULL DEFAULT 0;

-- Both sides have a row, each with its own user's version. state: 0 nothing any more, 1 he asked,
-- 2 he was asked, 3 friends. Rows stay, so that a device that was away learns what ended.
DROP TABLE friendships;
CREATE TABLE friendships (
  user INTEGER NOT NULL,
  friend INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (user, friend)
) WITHOUT ROWID;
CREATE INDEX friendships_by_version ON friendships (user, version);

-- state: 1 blocked, 0 not any more.
DROP TABLE blocks;
CREATE TABLE blocks (
  user INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (user, blocked)
) WITHOUT ROWID;
CREATE INDEX blocks_by_version ON blocks (user, version);

ALTER TABLE `groups` ADD COLUMN notice TEXT NOT NULL DEFAULT '';
-- 0 open, 1 an admin must approve, 2 only who is invited
ALTER TABLE `groups` ADD COLUMN join_policy INTEGER NOT NULL DEFAULT 0;
-- Times: until then only admins, or not this member, may send.
ALTER TABLE `groups` ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE `groups` ADD COLUMN dissolved_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN muted_until INTEGER NOT NULL DEFAULT 0;

-- kind: 0 he asks to join, 1 he is invited. state: 1 open, 0 settled. The version is the invited
-- user's; requests are told to admins, who ask for the list.
CREATE TABLE group_requests (
  group_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  user INTEGER NOT NULL,
  made_by INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, kind, user)
) WITHOUT ROWID;
CREATE INDEX group_requests_by_user ON group_requests (user, kind, version);

-- state: 0 as it was sent, 1 edited, 2 recalled (the text is gone). sent_at: the client's time,
-- unless that was off by too much. packed: 0, or how many bytes the text has, which is stored
-- compressed.
ALTER TABLE messages ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN client_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN file INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN ext TEXT;

-- The user's version at which his read cursor (device 0) moved last.
ALTER TABLE cursors ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX cursors_by_version ON cursors (user, version) WHERE version > 0;

-- When a user's devices received, or he read, up to a seq. kind: 0 delivered, 1 read. A row for
-- each move of the cursor: the time of any message is that of the first row at or above it.
CREATE TABLE receipts (
  conversation INTEGER NOT NULL,
  user INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (conversation, user, kind, seq)
) WITHOUT ROWID;

-- What a user took out of his own sight.
CREATE TABLE hidden (
  user INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (user, conversation, seq)
) WITHOUT ROWID;

-- Uploads. The bytes lie beside the database, under their SHA-256; an upload is one person's.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  mime TEXT NOT NULL,
  name TEXT NOT NULL,
  owner INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX files_by_owner ON files (owner, id);
-- In which conversations it was sent, and by which entry first: who may read that may fetch it.
CREATE TABLE file_uses (
  file INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (file, conversation, seq)
) WITHOUT ROWID;
