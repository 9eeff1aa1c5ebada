import { setTimeout as pause } from "node:timers/promises";
import type { z } from "zod";
import {
  CollectError,
  HttpError,
  type OpenContext,
  type Partition,
  proxyAgents,
  requestJson,
} from "../../src/collect/index.js";
import { InputError } from "../../src/model/index.js";
import { openTokens } from "./auth.js";
import { ApiError } from "./classify.js";
import type { WorkspaceConfig } from "./config.js";
import { NEEDS, type Need } from "./permissions.js";
import { customerShape } from "./shapes.js";

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Session {
  /** The Workspace account, as customers.get described it when the session's partition was asked for. */
  customer: z.infer<typeof customerShape> | undefined;
  /** GET of the Directory API as the administrator: path below `/admin/directory/v1/`. */
  directory(path: string, query: Query, need: Need, signal: AbortSignal): Promise<unknown>;
  /** GET of the Licensing API, no faster than the configuration allows. */
  licensing(path: string, query: Query, need: Need, signal: AbortSignal): Promise<unknown>;
  /** GET of the Gmail API with a token of the mailbox's owner. */
  gmail(path: string, token: string, need: Need, signal: AbortSignal): Promise<unknown>;
  /** A token for the owner of a mailbox. */
  mailboxToken(address: string, need: Need, signal: AbortSignal): Promise<string>;
  close(): void;
}

/** Throws InputError where the configuration names no administrator. */
export function openSession(context: OpenContext<WorkspaceConfig>): Session {
  const { config, source } = context;
  const { endpoints, adminSubject } = config;
  if (adminSubject === undefined) {
    throw new InputError({
      what: `The source ${source} names no administrator to act for.`,
      fix: "Set `adminSubject` to the address of a Workspace administrator, as the collector's README says.",
      source,
    });
  }
  const agents = proxyAgents();
  const tokens = openTokens({
    agents,
    adminSubject,
    tokenUrl: endpoints.token,
    iamCredentialsUrl: endpoints.iamCredentials,
  });

  const get = async (url: string, token: string, need: Need, signal: AbortSignal): Promise<unknown> => {
    try {
      const headers = { authorization: `Bearer ${token}` };
      return (await requestJson(agents, { url, headers, signal })).body;
    } catch (error) {
      throw error instanceof HttpError ? new ApiError(error.response, need) : error;
    }
  };
  const asAdmin = async (url: string, need: Need, signal: AbortSignal): Promise<unknown> => {
    const { token, fresh } = await tokens.admin(need.scope, signal);
    try {
      return await get(url, token, need, signal);
    } catch (error) {
      if (fresh || !(error instanceof ApiError) || error.response.status !== 401) throw error;
      // It was revoked or ended early: a new one is worth one try.
      tokens.forget(need.scope);
      return get(url, (await tokens.admin(need.scope, signal)).token, need, signal);
    }
  };
  const paced = pacer(config.licensingRequestsPerSecond);

  return {
    customer: undefined,
    directory: (path, query, need, signal) =>
      asAdmin(`${endpoints.directory}/admin/directory/v1/${path}${queryOf(query)}`, need, signal),
    async licensing(path, query, need, signal) {
      await paced(signal);
      return asAdmin(`${endpoints.licensing}/apps/licensing/v1/${path}${queryOf(query)}`, need, signal);
    },
    gmail: (path, token, need, signal) => get(`${endpoints.gmail}/gmail/v1/${path}`, token, need, signal),
    mailboxToken: (address, need, signal) => tokens.user(address, need.scope, signal),
    close: () => {
      agents.destroy();
    },
  };
}

function queryOf(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** Keeps calls of one API apart whose quota is smaller than the source's. */
function pacer(perSecond: number): (signal: AbortSignal) => Promise<void> {
  let next = 0;
  return async (signal) => {
    const at = Math.max(next, Date.now());
    next = at + 1000 / perSecond;
    const wait = at - Date.now();
    if (wait > 0) await pause(wait, undefined, { signal });
  };
}

/** The Workspace account that is read, by its immutable id. https://developers.google.com/workspace/admin/directory/reference/rest/v1/customers/get */
export async function partitionsOf(
  session: Session,
  context: OpenContext<WorkspaceConfig>,
): Promise<readonly Partition[]> {
  const answer = await context.call("customers.get", (signal) =>
    session.directory(
      `customers/${context.config.customer}`,
      { fields: "id,customerDomain,customerCreationTime" },
      NEEDS.customer,
      signal,
    ),
  );
  const parsed = customerShape.safeParse(answer);
  if (!parsed.success) {
    const message = "customers.get did not say which Workspace account the administrator is of";
    throw new CollectError({ kind: "fatal", message }, message);
  }
  session.customer = parsed.data;
  const { id, customerDomain } = parsed.data;
  return [{ id, ...(customerDomain === undefined ? {} : { title: customerDomain }) }];
}
