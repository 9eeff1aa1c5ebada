import { type Fault, FaultPlan, type ServedCall } from "../faults.js";
import { type JsonCall, JsonServer, type Served } from "../https.js";
import type { ApiError } from "./errors.js";
import { type Estate, smallEstate } from "./estate.js";
import { IamApi } from "./iam.js";
import { isError, ManagerServer } from "./manager.js";
import { withoutId } from "./mangle.js";
import { TokenService } from "./tokens.js";

export { type ApiError, ERRORS } from "./errors.js";
export * from "./estate.js";

/** How many objects the server puts into a page: few, so that a small estate has several pages of everything. */
const MOST_PER_PAGE = 2;

/**
 * Google Cloud on loopback, over TLS: Resource Manager v3 by gRPC, the IAM API v1 and the Security Token Service by
 * HTTPS. It has an estate that a test changes between reads, and refuses what the real one would refuse: calls without
 * a token or with one of other scopes, page tokens of another list, names that are malformed.
 */
export class GoogleCloudServer {
  estate: Estate = smallEstate();
  readonly plan = new FaultPlan();
  readonly tokens = new TokenService();
  /** Objects in a page, at most. */
  pageSize = MOST_PER_PAGE;
  /** Stands in the text and the details of every error, as texts of Google may repeat what is the company's. */
  errorNote = "";
  /** Of the next such answer that has an object one lacks its id. */
  mangled: ((call: ServedCall) => boolean) | undefined;
  /** Called with everything that is given, before it goes out. */
  onAnswer: (given: object) => void = () => {};
  /** Answers that lacked an id. */
  mangles = 0;
  /** Project that calls were counted for, as the last caller named it. */
  quotaProject: string | undefined;
  readonly #manager: ManagerServer;
  readonly #iam: IamApi;
  #https: JsonServer | undefined;

  private constructor() {
    this.#manager = new ManagerServer(this);
    this.#iam = new IamApi(this);
  }

  static async start(): Promise<GoogleCloudServer> {
    const google = new GoogleCloudServer();
    await google.#manager.start();
    google.#https = await JsonServer.start((call) => google.#answer(call));
    return google;
  }

  get url(): string {
    if (this.#https === undefined) throw new Error("the server does not listen");
    return this.#https.url;
  }

  /** Keys of a source that reads it. */
  get settings() {
    return { resourceManagerEndpoint: this.#manager.endpoint, iamEndpoint: this.url };
  }

  get environment(): Readonly<Record<string, string>> {
    return this.tokens.environment(`${this.url}/v1/token`);
  }

  reset(): void {
    this.estate = smallEstate();
    this.pageSize = MOST_PER_PAGE;
    this.plan.clear();
    this.tokens.mark = "";
    this.tokens.failing = undefined;
    this.onAnswer = () => {};
    this.errorNote = "";
    this.mangled = undefined;
    this.mangles = 0;
  }

  async stop(): Promise<void> {
    await this.#manager.stop();
    await this.#https?.stop();
    this.tokens.remove();
  }

  #answer(call: JsonCall): Served {
    if (call.url.pathname === "/token") return this.tokens.grant(new URLSearchParams(String(call.body)));
    if (call.url.pathname === "/v1/token") {
      const fault = this.take({ list: "token", next: false });
      if (fault?.kind === "silent") return "silent";
      const answer = this.tokens.exchange(new URLSearchParams(String(call.body)));
      this.onAnswer(answer);
      return fault?.kind === "cut" ? { cut: answer } : answer;
    }
    const { "x-goog-user-project": quota } = call.headers;
    this.quotaProject = typeof quota === "string" ? quota : undefined;
    return this.#iam.answer(call);
  }

  take(call: ServedCall): Fault | undefined {
    return this.plan.take(call);
  }

  /** What goes out for what is to be given. */
  gave<T extends object>(call: ServedCall, given: T): T {
    const bent = this.#bent(call, given);
    this.onAnswer(bent);
    return bent;
  }

  #bent<T extends object>(call: ServedCall, given: T): T {
    if (isError(given)) {
      const { message, metadata } = given;
      const note = this.errorNote;
      return note === ""
        ? given
        : { ...given, message: `${message} ${note}`, metadata: { ...metadata, note } };
    }
    if (this.mangled?.(call) !== true) return given;
    const without = withoutId(call.list, given);
    if (without === undefined) return given;
    this.mangled = undefined;
    this.mangles += 1;
    return without;
  }

  /** Which partition a resource is of: a project by its number, everything above projects as it is named. */
  partitionOf(resource: string): string {
    if (!resource.startsWith("projects/")) return resource;
    const id = resource.slice("projects/".length);
    return this.estate.projects.find(({ projectId }) => projectId === id)?.name ?? resource;
  }

  /** A policy as it is given at a version: below 3 a conditional binding is masked. */
  policyOf(resource: string, version: number): object | ApiError {
    const bindings = this.estate.policies.get(resource)?.bindings ?? [];
    const conditional = bindings.some(({ condition }) => condition !== undefined);
    const masked = bindings.map(({ condition, ...binding }, index) =>
      condition === undefined
        ? binding
        : { ...binding, role: `${binding.role}_withcond_${String(index).padStart(20, "0")}` },
    );
    return {
      version: conditional && version >= 3 ? 3 : 1,
      etag: "BwXhqDVCnVc=",
      bindings: version >= 3 ? bindings : masked,
    };
  }
}
