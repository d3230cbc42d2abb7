// GET /v1/invoices/{id}: a route handler that is called with a good key only, and knows whose it is.

import { requireApiKey } from "@keystead/sdk/next";
import { keystead } from "../../../../keystead.ts";

interface Context {
  params: Promise<{ id: string }>;
}

const options = {
  scopes: ["invoices:read"],
  onError: (error: unknown) => console.error("keys cannot be checked:", error instanceof Error ? error.message : error),
};

export const GET = requireApiKey<Request, [Context]>(keystead, options, async (_request, { owner }, { params }) => {
  const { id } = await params;
  return Response.json({ id, of: owner?.displayName });
});
