// Read by the compiler, never run: what the documentation shows must have the types that it shows.

import {
  ApiError,
  type KeysteadClientApp,
  type KeysteadServerApp,
  type TeamApiKey,
  type TeamApiKeyFirstView,
  type UserApiKey,
  type UserApiKeyFirstView,
} from "@keystead/sdk";
import { requireApiKey as forExpress } from "@keystead/sdk/express";
import { requireApiKey as forHono, type KeysteadVariables } from "@keystead/sdk/hono";
import { requireApiKey as forNext } from "@keystead/sdk/next";
import express from "express";
import { Hono } from "hono";

export async function keys(app: KeysteadServerApp, page: KeysteadClientApp): Promise<string> {
  const user = await app.getUser({ apiKey: "sk_live_…", ip: undefined });
  const team = await app.getTeam("team_01k9…", { signal: AbortSignal.timeout(1_000) });
  if (!user || !team) throw new ApiError({ status: 404, code: "not_found", message: "nobody" });
  const first: UserApiKeyFirstView = await user.createApiKey({ description: "laptop", expiresAt: null });
  const ci: TeamApiKeyFirstView = await team.createApiKey({
    description: "ci",
    expiresAt: new Date(),
    isPublic: false,
  });
  const listed: UserApiKey[] = await user.listApiKeys();
  const theirs: TeamApiKey[] = await team.listApiKeys();
  const rotated: UserApiKeyFirstView = (await listed[0]?.rotate({ graceSeconds: 60 })) ?? first;
  const ends: (string | null | undefined)[] = [listed[0]?.value.lastFour, theirs[0]?.value.prefix];
  const mine = await page.getUser({ or: "throw" });
  await mine.getTeam("team_01k9…")?.createApiKey({ description: "ci", expiresAt: null });
  // @ts-expect-error: the choice of an end is the caller's
  await user.createApiKey({ description: "laptop" });
  // @ts-expect-error: after the first view there is no secret
  const secret: string = listed[0]?.value;
  // @ts-expect-error: a page opens no portal sessions
  mine.createPortalSession();
  return [secret, first.value, ci.value, rotated.value, ...ends].join();
}

export function routes(app: KeysteadServerApp): void {
  const server = express();
  server.use("/v1", forExpress(app));
  server.get("/v1/x", forExpress(app, { scopes: ["x"], ip: (request) => request.ip }), (request, response) => {
    response.json({ owner: request.keystead?.owner?.id });
  });
  const api = new Hono<{ Variables: KeysteadVariables }>();
  api.use("/v1/*", forHono(app, { ip: (c) => c.req.header("x-real-ip") }));
  api.get("/v1/x", forHono(app), (c) => c.json({ owner: c.get("keystead").owner?.id }));
  const GET = forNext(
    app,
    { scopes: ["x"] },
    async (request, { owner }, context: { params: Promise<{ id: string }> }) => {
      return Response.json({ url: request.url, owner: owner?.id, ...(await context.params) });
    },
  );
  const answer: Promise<Response> = GET(new Request("https://x.example"), { params: Promise.resolve({ id: "1" }) });
  answer.catch(() => {});
}
