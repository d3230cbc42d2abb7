-- Keys that were found where they should not be: what was reported, what was done about it, and who is to be told. The rules of 0001 hold.

-- A report of a leak ended this former secret within its grace; it goes on saying so. Null: its grace ended it, or will.
ALTER TABLE superseded_secrets ADD COLUMN leaked_at BIGINT;

-- One row for each secret that was reported, a key's current one or a former one. It goes with its key's purge.
CREATE TABLE leaks (
  id            TEXT   PRIMARY KEY,             -- leak_…
  digest        BLOB   NOT NULL UNIQUE,         -- of the secret, as keys.digest and superseded_secrets.digest have it
  pepper_id     BIGINT NOT NULL REFERENCES master_keys (id),
  key_id        TEXT   NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
  exposure      TEXT   NOT NULL CHECK (exposure IN ('local', 'private', 'public')),  -- the worst that was reported
  outcome       TEXT   NOT NULL CHECK (outcome IN ('told', 'suspected', 'already_ended', 'secret_ended', 'revoked')),  -- the most that was done
  state         TEXT   NOT NULL CHECK (state IN ('open', 'confirmed', 'dismissed')),  -- what people say of it
  note          TEXT   NOT NULL,                -- theirs; empty: none
  judged_by     TEXT,                           -- who gave the state, in the words of events.actor; null: nobody yet
  judged_at     BIGINT,
  places        BIGINT NOT NULL,                -- that it was found at: those in leak_sightings, and each report of another one beyond their bound
  reports       BIGINT NOT NULL,                -- that named it, repeated ones among them
  first_seen_at BIGINT NOT NULL,
  last_seen_at  BIGINT NOT NULL,
  told_at       BIGINT NOT NULL,                -- when its owner was last to be told
  version       BIGINT NOT NULL DEFAULT 1,      -- counts its changes: the ETag
  CHECK ((judged_at IS NULL) = (judged_by IS NULL))
) /* STRICT */;

CREATE INDEX leaks_by_key ON leaks (key_id, id);

-- Where a secret was found: at most 100 places of a leak.
CREATE TABLE leak_sightings (
  leak_id       TEXT   NOT NULL REFERENCES leaks (id) ON DELETE CASCADE,
  place_digest  BLOB   NOT NULL,                -- SHA-256 of place: the same place is one row
  place         TEXT   NOT NULL,                -- JSON object in the reporter's words, 2 KiB at most, no key of ours in it
  exposure      TEXT   NOT NULL CHECK (exposure IN ('local', 'private', 'public')),  -- the worst that was reported of this place
  tool          TEXT   NOT NULL,                -- what found it, in the reporter's words; empty: not said
  reporter      TEXT   NOT NULL,                -- who said so first, in the words of events.actor
  authenticated BIGINT NOT NULL CHECK (authenticated IN (0, 1)),  -- did anybody say so who proved who they are?
  reports       BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at  BIGINT NOT NULL,
  PRIMARY KEY (leak_id, place_digest)
) /* STRICT */;

-- The outbox: which event is to be told to whom. Written with the event, so that none is lost and none is invented.
CREATE TABLE deliveries (
  id          TEXT   PRIMARY KEY,               -- dlv_…
  event_id    TEXT   NOT NULL REFERENCES events (id),
  kind        TEXT   NOT NULL CHECK (kind IN ('notice')),  -- in which form: 'notice' is words for people
  destination TEXT   NOT NULL,                  -- whom: 'owner:' and the id of an owner, whose people it goes to
  state       TEXT   NOT NULL CHECK (state IN ('due', 'done', 'given_up')),
  attempts    BIGINT NOT NULL,                  -- begun so far
  due_at      BIGINT NOT NULL,                  -- not before; whoever claims it puts it off until they count as failed
  created_at  BIGINT NOT NULL,
  ended_at    BIGINT,                           -- when it came to be done or given up
  UNIQUE (event_id, kind, destination),
  CHECK ((ended_at IS NULL) = (state = 'due'))
) /* STRICT */;

CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'due';
CREATE INDEX deliveries_by_age ON deliveries (created_at);
