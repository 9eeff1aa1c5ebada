import { v3 } from "@google-cloud/resource-manager";
import {
  CollectError,
  type OpenContext,
  type ProxyAgents,
  proxyAgents,
  proxyFor,
  requestJson,
} from "../../src/collect/index.js";
import type { GoogleCloudConfig } from "./config.js";
import { type Credentials, headersOf, openCredentials } from "./credentials.js";
import { GoogleError } from "./errors.js";
import type { Hierarchy } from "./hierarchy.js";
import { pacer } from "./limits.js";

const MANAGER = "cloudresourcemanager.googleapis.com";
const IAM = "https://iam.googleapis.com";
/** The engine's own limit of one try is longer, so that a call that hangs is told by the SDK first. */
const TIMEOUT_MS = 60_000;

/** What every call of the SDK is made with. */
export interface CallSettings {
  readonly autoPaginate: false;
  readonly retry: null;
  readonly timeout: number;
  readonly otherArgs: { readonly options: { readonly interceptors: readonly unknown[] } };
}

export interface Session {
  readonly organizations: v3.OrganizationsClient;
  readonly folders: v3.FoldersClient;
  readonly projects: v3.ProjectsClient;
  /** One call of Resource Manager that takes `permission`; `run` hands the settings on to the SDK. Throws GoogleError. */
  manager<T>(
    permission: string,
    signal: AbortSignal,
    run: (settings: CallSettings) => Promise<T>,
  ): Promise<T>;
  /** One call of the IAM API (`/v1/…`), for JSON. Throws GoogleError. */
  iam(permission: string, call: IamCall): Promise<unknown>;
  /** What `partitions` found; the streams read from there. */
  hierarchy: Hierarchy;
  /** What several partitions need and one call gives: custom roles of the organisation, pools of other projects. */
  readonly shared: Map<string, Promise<object | undefined>>;
  close(): Promise<void>;
}

export interface IamCall {
  readonly method?: "GET" | "POST";
  /** `projects/p/serviceAccounts`, each part encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export async function openSession({ config }: OpenContext<GoogleCloudConfig>): Promise<Session> {
  const agents = proxyAgents();
  let credentials: Credentials;
  let options: ReturnType<typeof clientOptions>;
  try {
    credentials = await openCredentials(agents);
    options = clientOptions(config, credentials);
  } catch (error) {
    agents.destroy();
    throw error;
  }
  const organizations = new v3.OrganizationsClient(options);
  const folders = new v3.FoldersClient(options);
  const projects = new v3.ProjectsClient(options);
  const pace = pacer();
  const managerUrl = `https://${config.resourceManagerEndpoint ?? MANAGER}`;
  return {
    organizations,
    folders,
    projects,
    hierarchy: { roots: [], projects: new Map() },
    shared: new Map(),
    async manager(permission, signal, run) {
      await pace(signal);
      try {
        // The SDK asks the same client for the token: fetched here, its errors say what they are.
        await headersOf(credentials.manager, managerUrl);
        return await run(settingsFor(signal));
      } catch (error) {
        throw new GoogleError(permission, error);
      }
    },
    iam: (permission, call) => callIam(config.iamEndpoint ?? IAM, agents, credentials, permission, call),
    async close() {
      await Promise.all([organizations, folders, projects].map((client) => client.close()));
      agents.destroy();
    },
  };
}

/** No retry but the engine's, one page a call, and an end when the signal says so: gax itself knows no signal. */
function settingsFor(signal: AbortSignal): CallSettings {
  const interceptor = (options: unknown, next: (options: unknown) => Cancellable): Cancellable => {
    const call = next(options);
    const cancel = () => {
      call.cancelWithStatus(1, "cancelled");
    };
    if (signal.aborted) setImmediate(cancel);
    else signal.addEventListener("abort", cancel, { once: true });
    return call;
  };
  return {
    autoPaginate: false,
    retry: null,
    timeout: TIMEOUT_MS,
    otherArgs: { options: { interceptors: [interceptor] } },
  };
}

interface Cancellable {
  cancelWithStatus(status: number, details: string): void;
}

async function callIam(
  base: string,
  agents: ProxyAgents,
  credentials: Credentials,
  permission: string,
  { method = "GET", path, query = {}, signal }: IamCall,
): Promise<unknown> {
  const url = new URL(`${base.replace(/\/$/, "")}/v1/${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  try {
    const headers = await headersOf(credentials.iam, base);
    const body = method === "POST" ? { body: "{}" } : {};
    const answer = await requestJson(agents, { method, url, headers, signal, ...body });
    return answer.body;
  } catch (error) {
    throw new GoogleError(permission, error);
  }
}

/**
 * Where gRPC connects to. It reads proxies from the environment by rules of its own; here it goes by those of every
 * other client, through a tunnel (CONNECT).
 */
function clientOptions(config: GoogleCloudConfig, credentials: Credentials) {
  const [host = MANAGER, port = "443"] = (config.resourceManagerEndpoint ?? MANAGER).split(":");
  const proxy = proxyFor({ secure: true, host, port: Number(port) });
  const options = {
    apiEndpoint: proxy === undefined ? host : proxy.hostname.replace(/^\[|\]$/g, ""),
    port: proxy === undefined ? Number(port) : Number(proxy.port || "80"),
    "grpc.enable_http_proxy": 0,
    "grpc.enable_retries": 0,
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 5_000,
    ...(proxy === undefined ? {} : tunnel(proxy, host, port)),
  };
  // The SDK brings a copy of the library of its own, whose classes are other classes to the compiler.
  Reflect.set(options, "authClient", credentials.manager);
  return options;
}

function tunnel(proxy: URL, host: string, port: string): Record<string, string> {
  if (proxy.protocol !== "http:") {
    const message =
      "gRPC goes through proxies that speak HTTP only, and the environment names another; exempt cloudresourcemanager.googleapis.com with NO_PROXY, or name an http:// proxy";
    throw new CollectError({ kind: "fatal", message }, message);
  }
  const user = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  return {
    "grpc.http_connect_target": `dns:${host}:${port}`,
    "grpc.default_authority": host,
    ...(user === "" ? {} : { "grpc.http_connect_creds": password === "" ? user : `${user}:${password}` }),
  };
}
