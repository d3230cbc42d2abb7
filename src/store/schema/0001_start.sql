-- The first schema. Times are unix milliseconds and end in _at; flags are 0 or 1; JSON is TEXT that the program wrote.
-- One text for SQLite and, later, PostgreSQL: see the rules at `store` in src/lib.rs.

-- The master keys that this database has known. Their fingerprints tell a wrong key file before it does harm.
CREATE TABLE master_keys (
  id          BIGINT PRIMARY KEY,    -- also the pepper's id in keys.pepper_id
  fingerprint TEXT   NOT NULL UNIQUE,
  created_at  BIGINT NOT NULL
) /* STRICT */;

-- Every prefix that was ever configured here, and what it said of a key: none may come to say something else.
CREATE TABLE prefixes (
  prefix      TEXT   PRIMARY KEY,
  environment TEXT   NOT NULL,
  is_public   BIGINT NOT NULL
) /* STRICT */;

-- Whoever may own keys: people, teams, and the instance itself.
CREATE TABLE owners (
  id               TEXT   PRIMARY KEY,  -- usr_…, team_…, or 'instance'
  type             TEXT   NOT NULL CHECK (type IN ('user', 'team', 'instance')),
  external_id      TEXT,                -- the host application's own id
  name             TEXT   NOT NULL,
  status           TEXT   NOT NULL CHECK (status IN ('active', 'invited', 'suspended')),
  scopes_grantable TEXT   NOT NULL,     -- JSON array: scopes that the owner may give to its own keys
  metadata         TEXT   NOT NULL,     -- JSON object of the host application
  created_at       BIGINT NOT NULL,
  UNIQUE (type, external_id)
) /* STRICT */;

INSERT INTO owners (id, type, name, status, scopes_grantable, metadata, created_at)
VALUES ('instance', 'instance', 'instance', 'active', '[]', '{}', 0);

-- What only a person has.
CREATE TABLE users (
  id        TEXT PRIMARY KEY REFERENCES owners (id),
  email     TEXT,          -- as it was given
  email_key TEXT UNIQUE    -- lower case, for comparing
) /* STRICT */;

-- API keys. The secret is not here: only what proves it.
CREATE TABLE keys (
  id                TEXT   PRIMARY KEY,
  owner_id          TEXT   NOT NULL REFERENCES owners (id),
  created_by        TEXT   NOT NULL,         -- who made it, in the words of events.actor
  name              TEXT   NOT NULL,
  environment       TEXT   NOT NULL CHECK (environment IN ('live', 'test')),
  is_public         BIGINT NOT NULL CHECK (is_public IN (0, 1)),
  enabled           BIGINT NOT NULL CHECK (enabled IN (0, 1)),
  scopes            TEXT   NOT NULL,         -- JSON array, sorted, each once
  metadata          TEXT   NOT NULL,         -- JSON object
  prefix            TEXT   NOT NULL,         -- of the current secret, for people
  last_four         TEXT   NOT NULL,         -- of the current secret, for people
  digest            BLOB   NOT NULL UNIQUE,  -- HMAC-SHA-256(pepper, SHA-256(secret)): the only verifier
  pepper_id         BIGINT NOT NULL REFERENCES master_keys (id),
  created_at        BIGINT NOT NULL,
  secret_created_at BIGINT NOT NULL,
  expires_at        BIGINT,                  -- null: never
  revoked_at        BIGINT,
  revoked_reason    TEXT   CHECK (revoked_reason IN ('manual', 'leaked', 'owner_removed')),
  last_used_at      BIGINT,                  -- of live keys; collected in memory, written in batches
  CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
) /* STRICT */;

CREATE INDEX keys_by_owner ON keys (owner_id, id);

-- Former secrets of keys that were rotated. Kept until their key is purged, so that they go on saying "revoked" and not "unknown".
CREATE TABLE superseded_secrets (
  digest        BLOB   PRIMARY KEY,
  pepper_id     BIGINT NOT NULL REFERENCES master_keys (id),
  key_id        TEXT   NOT NULL REFERENCES keys (id),
  last_four     TEXT   NOT NULL,
  superseded_at BIGINT NOT NULL,
  ends_at       BIGINT NOT NULL,  -- the end of its grace; superseded_at where there was none
  last_used_at  BIGINT
) /* STRICT */;

CREATE INDEX superseded_secrets_by_key ON superseded_secrets (key_id, superseded_at);

-- Every change of state, in the transaction that made it, each chained to the one before.
CREATE TABLE events (
  seq        BIGINT PRIMARY KEY,  -- 1, 2, 3, … without a gap
  id         TEXT   NOT NULL UNIQUE,
  at         BIGINT NOT NULL,
  actor      TEXT   NOT NULL,     -- 'key:key_…', 'cli:<uid>', 'configuration'
  action     TEXT   NOT NULL,     -- 'key.created', …
  subject    TEXT   NOT NULL,     -- the id of what was changed
  owner_id   TEXT,                -- whose it was, where it was somebody's
  request_id TEXT,
  address    TEXT,                -- of the caller, where there was one
  details    TEXT   NOT NULL,     -- JSON object: before and after, without secrets
  mac        BLOB   NOT NULL      -- HMAC(audit key, previous mac || canonical row)
) /* STRICT */;

CREATE INDEX events_by_subject ON events (subject, seq);

-- The end of the chain: a cut tail or an older table put back no longer fits it. `mac` proves that we wrote the row.
CREATE TABLE event_head (
  one      BIGINT PRIMARY KEY CHECK (one = 1),
  count    BIGINT NOT NULL,
  last_mac BLOB   NOT NULL,
  mac      BLOB   NOT NULL
) /* STRICT */;

-- Written at most once in five seconds, only to learn whether writing works.
CREATE TABLE heartbeat (
  one     BIGINT PRIMARY KEY CHECK (one = 1),
  beat_at BIGINT NOT NULL
) /* STRICT */;

INSERT INTO heartbeat (one, beat_at) VALUES (1, 0);
