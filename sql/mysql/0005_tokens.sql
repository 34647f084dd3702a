-- Tokens that end by themselves, and the keys that sign them. sql/sqlite has the same numbers.

-- An access token names its device's token_version: raised, every one given out before has ended.
-- The refresh token is two secrets, of which only hashes are here: `family` finds the row, and
-- `hash` fits the one token that was not used yet.
ALTER TABLE devices
  ADD COLUMN token_version BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN refresh_family VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN refresh_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN refresh_expires_at BIGINT NOT NULL DEFAULT 0,
  ADD UNIQUE KEY devices_by_refresh (refresh_family);

-- A key signs until retires_at, and what it signed is believed until ends_at.
CREATE TABLE signing_keys (
  kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  algorithm VARCHAR(16) NOT NULL,
  secret VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL,
  retires_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  KEY signing_keys_by_end (ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Operators' tokens for the admin API over HTTP. No row, or revoked_at: the token is worth nothing.
CREATE TABLE admin_tokens (
  jti VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  issued_by VARCHAR(255) NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL DEFAULT 0,
  KEY admin_tokens_by_expiry (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
