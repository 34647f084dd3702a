-- What is too old, and what a person may ask to be forgotten. sql/mysql has the same numbers.

-- One row: how far the job has come that lets messages expire, in the order of `messages`; and how
-- many people were erased.
CREATE TABLE retention (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  inbox_pos INTEGER NOT NULL,
  history_pos INTEGER NOT NULL,
  client_id_pos INTEGER NOT NULL,
  erased INTEGER NOT NULL
);
INSERT INTO retention (id, inbox_pos, history_pos, client_id_pos, erased) VALUES (1, 0, 0, 0, 0);
-- The last seq that is too old to be pushed by itself; history has it, from the floor on.
ALTER TABLE conversations ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
CREATE INDEX hidden_by_entry ON hidden (conversation, seq);

-- People who were erased: what is kept of it names nobody. Everything up to message (conversation,
-- seq) is done; finished_at 0: the rest is yet to be done.
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user INTEGER NOT NULL,
  actor TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  conversations INTEGER NOT NULL,
  files INTEGER NOT NULL
);
CREATE UNIQUE INDEX erasures_by_user ON erasures (user);
