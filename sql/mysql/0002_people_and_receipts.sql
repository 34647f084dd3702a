-- People, groups' rights, receipts, uploads, as in sql/sqlite.

ALTER TABLE users ADD COLUMN display_name VARCHAR(255) NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN about VARCHAR(1024) NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN avatar BIGINT NOT NULL DEFAULT 0;
-- 1: only friends may write to him.
ALTER TABLE users ADD COLUMN friends_only TINYINT NOT NULL DEFAULT 0;
-- The user's version at which his own profile or settings changed last.
ALTER TABLE users ADD COLUMN profile_version BIGINT NOT NULL DEFAULT 0;

-- Both sides have a row, each with its own user's version. state: 0 nothing any more, 1 he asked,
-- 2 he was asked, 3 friends. Rows stay, so that a device that was away learns what ended.
DROP TABLE friendships;
CREATE TABLE friendships (
  user BIGINT NOT NULL,
  friend BIGINT NOT NULL,
  state TINYINT NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (user, friend)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX friendships_by_version ON friendships (user, version);

-- state: 1 blocked, 0 not any more.
DROP TABLE blocks;
CREATE TABLE blocks (
  user BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  state TINYINT NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (user, blocked)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX blocks_by_version ON blocks (user, version);

ALTER TABLE `groups` ADD COLUMN notice VARCHAR(4096) NOT NULL DEFAULT '';
-- 0 open, 1 an admin must approve, 2 only who is invited
ALTER TABLE `groups` ADD COLUMN join_policy TINYINT NOT NULL DEFAULT 0;
-- Times: until then only admins, or not this member, may send.
ALTER TABLE `groups` ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE `groups` ADD COLUMN dissolved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN muted_until BIGINT NOT NULL DEFAULT 0;

-- kind: 0 he asks to join, 1 he is invited. state: 1 open, 0 settled. The version is the invited
-- user's; requests are told to admins, who ask for the list.
CREATE TABLE group_requests (
  group_id BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  user BIGINT NOT NULL,
  made_by BIGINT NOT NULL,
  state TINYINT NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, kind, user)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX group_requests_by_user ON group_requests (user, kind, version);

-- state: 0 as it was sent, 1 edited, 2 recalled (the text is gone). sent_at: the client's time,
-- unless that was off by too much. packed: 0, or how many bytes the text has, which is stored
-- compressed.
ALTER TABLE messages ADD COLUMN state TINYINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN sent_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN client_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN file BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN packed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN ext MEDIUMTEXT;

-- The user's version at which his read cursor (device 0) moved last.
ALTER TABLE cursors ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX cursors_by_version ON cursors (user, version);

-- When a user's devices received, or he read, up to a seq. kind: 0 delivered, 1 read. A row for
-- each move of the cursor: the time of any message is that of the first row at or above it.
CREATE TABLE receipts (
  conversation BIGINT NOT NULL,
  user BIGINT NOT NULL,
  kind TINYINT NOT NULL,
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, user, kind, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What a user took out of his own sight.
CREATE TABLE hidden (
  user BIGINT NOT NULL,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (user, conversation, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Uploads. The bytes lie beside the database, under their SHA-256; an upload is one person's.
CREATE TABLE files (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  hash VARCHAR(64) NOT NULL,
  bytes BIGINT NOT NULL,
  mime VARCHAR(128) NOT NULL,
  name VARCHAR(255) NOT NULL,
  owner BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX files_by_owner ON files (owner, id);
-- In which conversations it was sent, and by which entry first: who may read that may fetch it.
CREATE TABLE file_uses (
  file BIGINT NOT NULL,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (file, conversation, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Compressed texts are bytes.
ALTER TABLE messages MODIFY text MEDIUMBLOB NOT NULL;
