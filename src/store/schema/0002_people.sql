-- People who sign in, teams with members, and what a key's whole life needs. The rules of 0001 hold.

-- Counts the changes of a row: the ETag, and what If-Match is compared with.
ALTER TABLE owners ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE keys ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- A removed owner stays as long as its keys do, for the audit; nothing lists it, and its external_id and e-mail are free again.
ALTER TABLE owners ADD COLUMN removed_at BIGINT;
-- The system that a secret came from whose hash was imported; null where it was made here. Others may hold that hash too, and prefix and
-- last_four of it may be unknown: empty. A rotation gives the key a secret of our own, and the origin stays with the former one.
ALTER TABLE keys ADD COLUMN origin TEXT;
ALTER TABLE superseded_secrets ADD COLUMN origin TEXT;
CREATE INDEX keys_imported ON keys (origin) WHERE origin IS NOT NULL;
CREATE INDEX superseded_secrets_imported ON superseded_secrets (origin) WHERE origin IS NOT NULL;

ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member'));
ALTER TABLE users ADD COLUMN password TEXT;               -- argon2id in PHC form; null: cannot sign in by password
ALTER TABLE users ADD COLUMN password_changed_at BIGINT;
ALTER TABLE users ADD COLUMN last_seen_at BIGINT;         -- true to a minute
-- An admin's password works until then although sign_in.sso_only is set; null: not armed.
ALTER TABLE users ADD COLUMN break_glass_until BIGINT;

CREATE INDEX users_by_role ON users (role, id);

-- Who is in which team, and what they may do there. A team admin may do everything.
CREATE TABLE memberships (
  team_id     TEXT   NOT NULL REFERENCES owners (id),
  user_id     TEXT   NOT NULL REFERENCES owners (id),
  role        TEXT   NOT NULL CHECK (role IN ('admin', 'member')),
  permissions TEXT   NOT NULL,  -- JSON array of '$manage_api_keys', '$read_members', …
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL,
  PRIMARY KEY (team_id, user_id)
) /* STRICT */;

CREATE INDEX memberships_by_user ON memberships (user_id, team_id);

-- Sessions of people in browsers. The token is not here: only its HMAC.
CREATE TABLE sessions (
  id            TEXT   PRIMARY KEY,
  digest        BLOB   NOT NULL UNIQUE,
  user_id       TEXT   NOT NULL REFERENCES users (id),
  created_at    BIGINT NOT NULL,
  last_used_at  BIGINT NOT NULL,  -- true to a minute; the idle timeout counts from it
  expires_at    BIGINT NOT NULL,  -- the absolute timeout
  confirmed_at  BIGINT NOT NULL,  -- when the password was given last
  address       TEXT,
  user_agent    TEXT
) /* STRICT */;

CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX sessions_by_use ON sessions (last_used_at);

-- One-time links by which an invited person sets a password, or sets it anew.
CREATE TABLE invitations (
  digest     BLOB   PRIMARY KEY,
  user_id    TEXT   NOT NULL REFERENCES users (id),
  created_by TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
) /* STRICT */;

CREATE INDEX invitations_by_user ON invitations (user_id);
CREATE INDEX invitations_by_end ON invitations (expires_at);

-- The second factor: a TOTP secret, sealed with a key derived from the master key.
CREATE TABLE second_factors (
  user_id      TEXT   PRIMARY KEY REFERENCES users (id),
  secret       BLOB   NOT NULL,
  confirmed_at BIGINT,            -- null until a first code has proved it
  last_step    BIGINT NOT NULL,   -- the time step of the last code taken: none is taken twice
  failures     BIGINT NOT NULL,   -- wrong codes in a row, counted in transactions of their own
  last_failure_at BIGINT
) /* STRICT */;

CREATE TABLE recovery_codes (
  user_id TEXT   NOT NULL REFERENCES users (id),
  digest  BLOB   NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (user_id, digest)
) /* STRICT */;

-- What an OpenID provider calls a person: the issuer and its subject, and nothing else, link an account.
CREATE TABLE identities (
  id        TEXT   NOT NULL UNIQUE,  -- what the API calls it
  issuer    TEXT   NOT NULL,
  subject   TEXT   NOT NULL,
  user_id   TEXT   NOT NULL REFERENCES users (id),
  linked_at BIGINT NOT NULL,
  PRIMARY KEY (issuer, subject)
) /* STRICT */;

CREATE INDEX identities_by_user ON identities (user_id);

-- Failed attempts by bucket ('account:…', 'network:…', both together), for throttling sign-in.
CREATE TABLE throttles (
  bucket   TEXT   PRIMARY KEY,
  failures BIGINT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at  BIGINT NOT NULL
) /* STRICT */;

CREATE INDEX throttles_by_time ON throttles (last_at);

-- Networks from which a person has signed in: an attack from elsewhere does not lock them out there.
CREATE TABLE known_networks (
  user_id TEXT   NOT NULL REFERENCES users (id),
  network TEXT   NOT NULL,
  last_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, network)
) /* STRICT */;

-- Embedded panels: a token for one user and at most one team. `code` exchanges once for a new token, which takes the place of the first.
-- A row stays for an hour after its end.
CREATE TABLE portal_sessions (
  id              TEXT   PRIMARY KEY,
  digest          BLOB   NOT NULL UNIQUE,
  code            BLOB   UNIQUE,            -- null: none, or used
  code_expires_at BIGINT,
  user_id         TEXT   NOT NULL REFERENCES users (id),
  team_id         TEXT   REFERENCES owners (id),
  scopes          TEXT,                     -- JSON array that narrows the owner's grantable scopes; null: all of them
  allowed_origin  TEXT,                     -- the only foreign origin whose pages may use it
  created_by      TEXT   NOT NULL,
  created_at      BIGINT NOT NULL,
  expires_at      BIGINT NOT NULL           -- or when it was ended
) /* STRICT */;

CREATE INDEX portal_sessions_by_user ON portal_sessions (user_id, id);
CREATE INDEX portal_sessions_by_end ON portal_sessions (expires_at);
CREATE INDEX portal_sessions_by_origin ON portal_sessions (allowed_origin, expires_at);

-- Switches that an admin has changed; what is not here is as the configuration says.
CREATE TABLE settings (
  name       TEXT   PRIMARY KEY,
  value      TEXT   NOT NULL,  -- JSON
  version    BIGINT NOT NULL,  -- counts its changes; the sum over all is the ETag of the settings
  changed_at BIGINT NOT NULL
) /* STRICT */;

-- What was made under an Idempotency-Key: the same request again within a day is answered from here. Never a secret.
CREATE TABLE once (
  actor   TEXT   NOT NULL,
  name    TEXT   NOT NULL,
  request BLOB   NOT NULL,  -- SHA-256 of method, path and body
  subject TEXT   NOT NULL,  -- the id of what was made
  answer  TEXT,             -- JSON; null where the answer held a secret
  at      BIGINT NOT NULL,
  PRIMARY KEY (actor, name)
) /* STRICT */;

CREATE INDEX once_by_time ON once (at);
