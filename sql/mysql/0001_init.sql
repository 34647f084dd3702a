-- The first schema, as in sql/sqlite.
--
-- Times are milliseconds since 1970-01-01 UTC. A seq counts from 1 within its conversation.
-- Keys compare byte by byte (utf8mb4_bin): case folding is the program's affair.

CREATE TABLE store_identity (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  epoch VARCHAR(32) NOT NULL,
  probes BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO store_identity (id, epoch) VALUES (1, SUBSTRING(MD5(CONCAT(UUID(), RAND())), 1, 16));

CREATE TABLE users (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(128) NOT NULL,
  name_key VARCHAR(128) NULL,
  password_hash VARCHAR(255) NOT NULL,
  disabled TINYINT NOT NULL DEFAULT 0,
  removed TINYINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  UNIQUE KEY users_by_name (name_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
INSERT INTO users (id, name, name_key, password_hash, created_at)
  VALUES (1, 'system', 'system', '', 0);
ALTER TABLE users AUTO_INCREMENT = 1001;

CREATE TABLE devices (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user BIGINT NOT NULL,
  name VARCHAR(64) NOT NULL,
  generation BIGINT NOT NULL,
  token_hash VARBINARY(64) NULL,
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  UNIQUE KEY devices_by_name (user, name),
  UNIQUE KEY devices_by_token (token_hash),
  KEY devices_by_user (user, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE friendships (
  user BIGINT NOT NULL,
  friend BIGINT NOT NULL,
  state TINYINT NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (user, friend)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE blocks (
  user BIGINT NOT NULL,
  blocked BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user, blocked)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `groups` (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  conversation BIGINT NOT NULL,
  name VARCHAR(64) NOT NULL,
  description VARCHAR(512) NOT NULL,
  owner BIGINT NOT NULL,
  members BIGINT NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB AUTO_INCREMENT=1001 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE conversations (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  kind TINYINT NOT NULL,
  user_low BIGINT NULL,
  user_high BIGINT NULL,
  group_id BIGINT NULL,
  head BIGINT NOT NULL,
  floor BIGINT NOT NULL,
  members_version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  UNIQUE KEY conversations_by_users (user_low, user_high),
  KEY conversations_by_change (changed_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE members (
  conversation BIGINT NOT NULL,
  user BIGINT NOT NULL,
  from_seq BIGINT NOT NULL,
  to_seq BIGINT NOT NULL DEFAULT 9223372036854775807,
  role TINYINT NOT NULL,
  joined_at BIGINT NOT NULL,
  PRIMARY KEY (conversation, user, from_seq),
  KEY members_by_user (user, conversation, from_seq, to_seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The log, in the order of appending, by months: the month of `at` decides the part, and an old
-- month is dropped as a whole. A unique key must have the column that decides. `id` is the message
-- id: who gives a seq holds the conversation's row, so that no id comes twice.
CREATE TABLE messages (
  pos BIGINT NOT NULL AUTO_INCREMENT,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  id BIGINT GENERATED ALWAYS AS (conversation * 1073741824 + seq) VIRTUAL,
  kind TINYINT NOT NULL,
  type TINYINT NOT NULL,
  sender BIGINT NOT NULL,
  device BIGINT NOT NULL,
  subject BIGINT NOT NULL,
  ref BIGINT NOT NULL,
  at BIGINT NOT NULL,
  client_id VARCHAR(64) NULL,
  text MEDIUMTEXT NOT NULL,
  PRIMARY KEY (pos, at),
  UNIQUE KEY messages_by_id (id, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin
  PARTITION BY RANGE (at) (PARTITION p_rest VALUES LESS THAN MAXVALUE);
-- What SQLite keeps in tables of its own, written behind the log; here it is never behind.
CREATE VIEW messages_by_seq AS SELECT id, pos FROM messages;
CREATE VIEW log_index AS SELECT 1 AS id, COALESCE(MAX(pos), 0) AS pos FROM messages;

-- One row. Whoever changes anything but by sending holds it until his transaction ends, so that
-- only one at a time does, on whatever node. rights_version counts the changes to accounts,
-- memberships, friends and blocks: whoever remembers another one forgets what he remembers of them.
CREATE TABLE writers (
  id TINYINT NOT NULL PRIMARY KEY,
  rights_version BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO writers (id, rights_version) VALUES (1, 1);

CREATE TABLE client_ids (
  conversation BIGINT NOT NULL,
  sender BIGINT NOT NULL,
  client_id VARCHAR(64) NOT NULL,
  seq BIGINT NOT NULL,
  body_hash BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (conversation, sender, client_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE cursors (
  user BIGINT NOT NULL,
  device BIGINT NOT NULL,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (user, device, conversation)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INT NOT NULL DEFAULT 0,
  progress TEXT NOT NULL,
  KEY outbox_by_due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE dead_letters (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  source VARCHAR(64) NOT NULL,
  reason TEXT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE audit_log (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor VARCHAR(255) NOT NULL,
  action VARCHAR(255) NOT NULL,
  subject VARCHAR(1024) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
