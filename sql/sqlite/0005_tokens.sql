-- Tokens that end by themselves, and the keys that sign them. sql/mysql has the same numbers.

-- An access token names its device's token_version: raised, every one given out before has ended.
-- The refresh token is two secrets, of which only hashes are here: `family` finds the row, and
-- `hash` fits the one token that was not used yet.
ALTER TABLE devices ADD COLUMN token_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN refresh_family TEXT;
ALTER TABLE devices ADD COLUMN refresh_hash TEXT;
ALTER TABLE devices ADD COLUMN refresh_expires_at INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX devices_by_refresh ON devices (refresh_family);

-- A key signs until retires_at, and what it signed is believed until ends_at.
CREATE TABLE signing_keys (
  kid TEXT NOT NULL PRIMARY KEY,
  algorithm TEXT NOT NULL,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX signing_keys_by_end ON signing_keys (ends_at);

-- Operators' tokens for the admin API over HTTP. No row, or revoked_at: the token is worth nothing.
CREATE TABLE admin_tokens (
  jti TEXT NOT NULL PRIMARY KEY,
  issued_by TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX admin_tokens_by_expiry ON admin_tokens (expires_at);
