-- What is too old, and what a person may ask to be forgotten. sql/sqlite has the same numbers.

-- One row: how far the job has come that lets messages expire, in the order of `messages`; and how
-- many people were erased.
CREATE TABLE retention (
  id INT NOT NULL PRIMARY KEY,
  inbox_pos BIGINT NOT NULL,
  history_pos BIGINT NOT NULL,
  client_id_pos BIGINT NOT NULL,
  erased BIGINT NOT NULL
) ENGINE=InnoDB;
INSERT INTO retention (id, inbox_pos, history_pos, client_id_pos, erased) VALUES (1, 0, 0, 0, 0);
-- The last seq that is too old to be pushed by itself; history has it, from the floor on.
ALTER TABLE conversations ADD COLUMN expired BIGINT NOT NULL DEFAULT 0;
CREATE INDEX hidden_by_entry ON hidden (conversation, seq);
-- A packed text is no text.
ALTER TABLE messages MODIFY text MEDIUMBLOB NOT NULL;

-- People who were erased: what is kept of it names nobody. Everything up to message (conversation,
-- seq) is done; finished_at 0: the rest is yet to be done.
CREATE TABLE erasures (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user BIGINT NOT NULL,
  actor VARCHAR(255) NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  conversation BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  conversations BIGINT NOT NULL,
  files BIGINT NOT NULL,
  UNIQUE KEY erasures_by_user (user)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
