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

-- Named sets of scopes, kept by the admin and in force for all keys that bear the name.
CREATE TABLE roles (
  name        TEXT   PRIMARY KEY,
  description TEXT   NOT NULL,
  scopes      TEXT   NOT NULL,  -- JSON array, sorted, each once; never a reserved one
  version     BIGINT NOT NULL DEFAULT 1,
  created_at  BIGINT NOT NULL
) /* STRICT */;
