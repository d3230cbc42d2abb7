// What an admin grants a user or a team: scopes that their keys may have, and limits that all of their keys share.

import { TextArea } from "@keystead/parts/field.tsx";
import { ApiError, type RateLimit } from "@keystead/sdk";
import { several, text } from "./act.tsx";
import { lib } from "./words.ts";

interface Terms {
  scopes_grantable: readonly string[];
  rate_limits: readonly RateLimit[];
}

/** `wrong` of an action that sends `termsOf`. */
export function TermsFields({ terms, wrong }: { terms: Terms; wrong: (field: string) => string | null }) {
  return (
    <>
      <TextArea
        label={lib.scopes.label}
        hint={lib.scopes.hint}
        name="scopes"
        defaultValue={terms.scopes_grantable.join("\n")}
        wrong={wrong("/scopes_grantable")}
      />
      <TextArea
        label={lib.limits.label}
        hint={lib.limits.hint}
        name="limits"
        defaultValue={terms.rate_limits.map(line).join("\n")}
        wrong={wrong("/rate_limits")}
      />
    </>
  );
}

/** Of a form with those fields. `before` keeps what a line does not say. */
export function termsOf(values: FormData, before: readonly RateLimit[] = []): Terms {
  const rows = text(values, "limits")
    .split("\n")
    .map((row) => row.trim())
    .filter((row) => row !== "");
  const rate_limits = rows.map((row) => {
    const [name = "", limit, window_s, ...rest] = row.split(/\s+/);
    const [many, seconds] = [Number(limit), Number(window_s)];
    if (rest.length > 0 || !Number.isInteger(many) || !Number.isInteger(seconds))
      throw new ApiError({ status: 0, code: "unprocessable", message: lib.limits.wrong, field: "/rate_limits" });
    const old = before.find((one) => one.name === name);
    return { ...old, name, limit: many, window_s: seconds, ...(old?.burst && { burst: Math.min(old.burst, many) }) };
  });
  return { scopes_grantable: several(values, "scopes"), rate_limits };
}

function line({ name, limit, window_s }: RateLimit): string {
  return `${name} ${limit} ${window_s}`;
}
