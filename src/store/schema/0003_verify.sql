-- What a verification judges and counts: restrictions, roles, limits, credits, usage. The rules of 0001 hold.

-- Limits that all keys of an owner share: JSON array of {"name", "limit", "window_s", "burst", "auto"}.
ALTER TABLE owners ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE keys ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';   -- the same, of this key alone
ALTER TABLE keys ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';         -- JSON array of roles.name, sorted, each once
ALTER TABLE keys ADD COLUMN restrictions TEXT NOT NULL DEFAULT '{}';  -- JSON object of the lists "ips", "referrers", "endpoints", canonical
-- May it be exchanged for a token that others check by themselves?
ALTER TABLE keys ADD COLUMN offline BIGINT NOT NULL DEFAULT 0 CHECK (offline IN (0, 1));
ALTER TABLE keys ADD COLUMN credits BIGINT CHECK (credits >= 0);      -- what is left of them, as long as no refill is due; null: not counted
ALTER TABLE keys ADD COLUMN credits_refill TEXT;                      -- JSON {"amount", "every", "day"}; null: never
ALTER TABLE keys ADD COLUMN credits_refill_at BIGINT;                 -- the beginning of the period that they are filled for next; null: never

-- Whether any key bears a role is looked for among those that bear one at all.
CREATE INDEX keys_by_roles ON keys (roles) WHERE roles <> '[]';

-- Named sets of scopes, kept by the admin and in force for all keys that bear the name.
CREATE TABLE roles (
  name        TEXT   PRIMARY KEY,  -- a-z, 0-9, _ - . only, so that it stands in keys.roles as it is
  description TEXT   NOT NULL,
  scopes      TEXT   NOT NULL,     -- JSON array, sorted, each once; never a reserved one
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL
) /* STRICT */;

-- Who had which key at the time of a use: a key that goes to another owner has a row for each. Neither a purge nor a removal touches it: the
-- bill stays.
CREATE TABLE usage_holders (
  id       BIGINT PRIMARY KEY,
  owner_id TEXT   NOT NULL,  -- usr_… or team_…; the instance is in no bill
  key_id   TEXT   NOT NULL,
  UNIQUE (owner_id, key_id)
) /* STRICT */;

CREATE INDEX usage_holders_by_key ON usage_holders (key_id, owner_id);

-- What was used, day by day.
CREATE TABLE usage_days (
  holder_id BIGINT NOT NULL REFERENCES usage_holders (id),
  day       BIGINT NOT NULL,  -- since 1970-01-01, in UTC
  code      BIGINT NOT NULL,  -- the answer, by its number in key/usage/record.rs
  uses      BIGINT NOT NULL,
  cost      BIGINT NOT NULL,  -- of valid uses
  PRIMARY KEY (holder_id, day, code)
) /* STRICT */;

-- What was counted in a second each and is not in usage_days yet.
CREATE TABLE usage_pending (
  id     BIGINT PRIMARY KEY,  -- grows, and is never given twice: from usage_fold
  format BIGINT NOT NULL,     -- of counts: key/usage/record.rs
  counts BLOB   NOT NULL
) /* STRICT */;

-- How far usage_pending has been added to usage_days: of the rows up to `upto`, taken together, what sorts up to `after`.
CREATE TABLE usage_fold (
  one     BIGINT PRIMARY KEY CHECK (one = 1),
  last_id BIGINT NOT NULL,  -- the newest id given in usage_pending
  upto    BIGINT NOT NULL,
  after   BLOB   NOT NULL   -- a slot of key/usage/record.rs; empty: nothing yet
) /* STRICT */;

INSERT INTO usage_fold (one, last_id, upto, after) VALUES (1, 0, 0, X'');

-- Ed25519 keys that sign tokens for offline verification. Of those whose time has come the latest signs; a former one stays published until
-- no token of its can live, the next one is published before it signs.
CREATE TABLE signing_keys (
  kid        TEXT   PRIMARY KEY,  -- thumbprint of the public key (RFC 7638)
  public_key BLOB   NOT NULL,     -- 32 bytes (RFC 8032)
  sealed     BLOB   NOT NULL,     -- the 32 secret bytes, sealed about the kid
  created_at BIGINT NOT NULL,
  signs_at   BIGINT NOT NULL      -- from then on it signs, until the next one does
) /* STRICT */;

-- What ends tokens before their time, for those who check them and ask for this list: one row for each key or owner, the latest change.
CREATE TABLE offline_changes (
  subject    TEXT   PRIMARY KEY,  -- keys.id, owners.id, or '*': everything
  rev        BIGINT NOT NULL,     -- grows with every change; a token carries the one that it was made under
  changed_at BIGINT NOT NULL
) /* STRICT */;

CREATE INDEX offline_changes_by_rev ON offline_changes (rev);
