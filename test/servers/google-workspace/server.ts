import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fault, FaultPlan } from "../faults.js";
import { type JsonAnswer, type JsonCall, JsonServer, type Served, withFault } from "../https.js";
import { type Asked, askedFor, type Listed, refusal } from "./apis.js";
import { badRequest, forbidden, notFound, scopeMissing, unauthenticated } from "./errors.js";
import { Grants } from "./grants.js";
import { keyless } from "./keyless.js";
import { keep, parseFields } from "./partial.js";
import { type Spoil, spoilt } from "./spoil.js";
import { ADMIN, emptyWorkspace, type WorkspaceState } from "./state.js";

/** How many objects the server puts into a page, if it is asked for more: the APIs may give fewer than asked for. */
const MOST_PER_PAGE = 2;

/**
 * A Google Workspace with the APIs that speak of it (Directory, Licensing, Gmail, and the token endpoint) on one
 * loopback port. Its state may be changed between calls.
 */
export class GoogleWorkspaceServer {
  state: WorkspaceState;
  readonly grants = new Grants();
  readonly plan = new FaultPlan();
  /** Objects in a page, at most. */
  pageSize = MOST_PER_PAGE;
  /** Sends objects whole, whatever fields were asked for, as a server that knows no partial responses. */
  wholeObjects = false;
  /** The list whose next answer that has any objects is sent with one of them spoilt. */
  spoil: { readonly list: string; readonly kind: Spoil } | undefined;
  /** Answers that were spoilt. */
  spoilt = 0;
  /** Called with every answer that is sent. */
  onAnswer: (answer: JsonAnswer) => void = () => undefined;
  readonly #server: JsonServer;
  readonly #dir = mkdtempSync(join(tmpdir(), "exitgraph-workspace-"));

  private constructor(server: JsonServer, state: WorkspaceState) {
    this.#server = server;
    this.state = state;
  }

  static async start(state: WorkspaceState = emptyWorkspace()): Promise<GoogleWorkspaceServer> {
    const holder: { self?: GoogleWorkspaceServer } = {};
    const server = await JsonServer.start((call) => holder.self?.serve(call) ?? "silent");
    holder.self = new GoogleWorkspaceServer(server, state);
    return holder.self;
  }

  get url(): string {
    return this.#server.url;
  }

  /** A source's own keys in the configuration. */
  get settings() {
    const { url } = this.#server;
    return {
      adminSubject: ADMIN,
      licensingRequestsPerSecond: 10_000,
      endpoints: {
        directory: url,
        licensing: url,
        gmail: url,
        token: `${url}/token`,
        iamCredentials: url,
      },
    };
  }

  /** The environment with the service account's key file. */
  environment(privateKeyId = "0123456789abcdef"): { readonly GOOGLE_APPLICATION_CREDENTIALS: string } {
    return { GOOGLE_APPLICATION_CREDENTIALS: this.file("key.json", this.grants.keyFile(privateKeyId)) };
  }

  /** The environment of a machine without a key: its own identity token is exchanged. */
  keylessEnvironment(): { readonly GOOGLE_APPLICATION_CREDENTIALS: string } {
    const subject = this.file("subject-token", keyless.subjectToken);
    const config = JSON.stringify(keyless.credentials(this.url, this.grants.email, subject));
    return { GOOGLE_APPLICATION_CREDENTIALS: this.file("keyless.json", config) };
  }

  file(name: string, content: string): string {
    const path = join(this.#dir, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  serve(call: JsonCall): Served {
    const served = this.#serve(call);
    if (served !== "silent") this.onAnswer("cut" in served ? served.cut : served);
    return served;
  }

  #serve(call: JsonCall): Served {
    if (call.url.pathname === "/token") {
      const mail = /\/gmail\.|mail\.google/.test(Grants.scopeOf(call) ?? "");
      const list = mail ? "mailbox token" : "administrator's token";
      return withFault(this.plan.take({ list, next: false }), () =>
        this.#spoiling(list, this.grants.answer(call, this.state)),
      );
    }
    const without = keyless.answer(call, this.grants);
    if (without !== undefined) return without;
    const asked = askedFor(call);
    if (asked === undefined) return notFound(call.url.pathname);
    const next = call.url.searchParams.has("pageToken");
    const fault = this.plan.take({ list: asked.list, partition: this.state.customer.id, next });
    return withFault(fault, () => this.#spoiling(asked.list, this.#answer(call, asked, fault)));
  }

  #spoiling(list: string, answer: JsonAnswer): JsonAnswer {
    if (this.spoil?.list !== list) return answer;
    const bad = spoilt(list, this.spoil.kind, answer);
    if (bad === undefined) return answer;
    this.spoil = undefined;
    this.spoilt += 1;
    return bad;
  }

  #answer(call: JsonCall, asked: Asked, fault: Fault | undefined): JsonAnswer {
    const token = /^Bearer (.+)$/.exec(call.headers.authorization ?? "")?.[1];
    const holder = token === undefined ? undefined : this.grants.holder(token);
    if (holder === undefined) return unauthenticated();
    if (!asked.scopes.some((scope) => holder.scopes.has(scope))) return scopeMissing();
    const user = this.state.users.find(({ primaryEmail }) => primaryEmail === holder.subject);
    if (asked.admin && user?.isAdmin !== true && user?.isDelegatedAdmin !== true) return forbidden();
    const refused = refusal(call, asked);
    if (refused !== undefined) return refused;
    const answer = asked.answer(call, this.state, holder.subject);
    const body = "items" in answer ? this.#page(call, asked, answer, fault) : answer;
    if ((body.status ?? 200) !== 200) return body;
    const fields = call.url.searchParams.get("fields");
    if (fields === null || this.wholeObjects) return body;
    try {
      return { ...body, body: keep(body.body, parseFields(fields)) };
    } catch (error) {
      return badRequest(error instanceof Error ? error.message : "Invalid field selection");
    }
  }

  /** A page token is opaque: here, where the page begins and how often it was asked for. A list without objects has no key. */
  #page(call: JsonCall, { page }: Asked, { key, kind, items }: Listed, fault: Fault | undefined): JsonAnswer {
    const asked = Number(call.url.searchParams.get("maxResults") ?? page?.standard ?? MOST_PER_PAGE);
    const size = Math.min(asked, this.pageSize);
    const token = call.url.searchParams.get("pageToken");
    const begin = token === null ? 0 : beginOf(token);
    if (begin === undefined) return badRequest("Invalid Input: pageToken");
    const bent = fault?.kind;
    if (bent === "emptyPage") return { body: { kind, nextPageToken: tokenOf(begin, "again") } };
    const end = begin + size;
    const objects = items.slice(bent === "twice" ? Math.max(0, begin - 1) : begin, end);
    const more =
      bent === "sameCursor" ? (token ?? tokenOf(0, "first")) : end < items.length ? tokenOf(end, "") : "";
    return {
      body: {
        kind,
        ...(objects.length === 0 ? {} : { [key]: objects }),
        ...(more === "" ? {} : { nextPageToken: more }),
      },
    };
  }
}

const tokenOf = (begin: number, why: string) => Buffer.from(`page|${begin}|${why}`).toString("base64url");

function beginOf(token: string): number | undefined {
  const [word, begin] = Buffer.from(token, "base64url").toString("utf8").split("|");
  return word === "page" && /^\d+$/.test(begin ?? "") ? Number(begin) : undefined;
}
