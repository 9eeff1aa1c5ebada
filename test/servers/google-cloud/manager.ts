import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { fromJSON, type PackageDefinition } from "@grpc/proto-loader";
import { z } from "zod";
import type { Fault } from "../faults.js";
import { testCertificate } from "../tls.js";
import { type ApiError, ERRORS, rpcError } from "./errors.js";
import { CREATED, type Folder, type Project } from "./estate.js";
import { Forwarder } from "./forwarder.js";
import type { GoogleCloudServer } from "./index.js";
import { pageOf, sizeOf } from "./paging.js";

/** Read or read and write: either is enough to read. https://cloud.google.com/resource-manager/reference/rest/v3/projects/list */
const SCOPES = [
  "https://www.googleapis.com/auth/cloud-platform",
  "https://www.googleapis.com/auth/cloud-platform.read-only",
];

const request = z.object({
  name: z.string().default(""),
  resource: z.string().default(""),
  parent: z.string().default(""),
  pageToken: z.string().default(""),
  pageSize: z.number().default(0),
  showDeleted: z.boolean().default(false),
  options: z.object({ requestedPolicyVersion: z.number().default(0) }).nullish(),
});
type Request = z.infer<typeof request>;

interface Method {
  /** The list's name in a FaultPlan. */
  readonly list: string;
  readonly permission: string;
  answer(asked: Request, fault: Fault | undefined): object | ApiError;
}

/**
 * Resource Manager v3 over gRPC and TLS, from the SDK's own description of the protocol: organisations, folders and
 * projects with their policies. https://cloud.google.com/resource-manager/reference/rpc/google.cloud.resourcemanager.v3
 */
export class ManagerServer {
  readonly #google: GoogleCloudServer;
  readonly #server = new Server();
  #forwarder: Forwarder | undefined;

  constructor(google: GoogleCloudServer) {
    this.#google = google;
  }

  async start(): Promise<void> {
    const packages = protocol();
    const service = (name: string) => serviceOf(packages, `google.cloud.resourcemanager.v3.${name}`);
    this.#server.addService(service("Organizations"), this.#implementation(this.#organizations()));
    this.#server.addService(service("Folders"), this.#implementation(this.#folders()));
    this.#server.addService(service("Projects"), this.#implementation(this.#projects()));
    const { cert, key } = testCertificate();
    const credentials = ServerCredentials.createSsl(null, [
      { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) },
    ]);
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    this.#forwarder = await Forwarder.start(port);
  }

  get endpoint(): string {
    if (this.#forwarder === undefined) throw new Error("the server does not listen");
    return `localhost:${this.#forwarder.port}`;
  }

  async stop(): Promise<void> {
    await this.#forwarder?.stop();
    this.#server.forceShutdown();
  }

  #organizations(): Readonly<Record<string, Method>> {
    return {
      // https://cloud.google.com/resource-manager/reference/rest/v3/organizations/get
      GetOrganization: {
        list: "organization",
        permission: "resourcemanager.organizations.get",
        answer: ({ name }) => {
          const found = this.#google.estate.organizations.find((one) => one.name === name);
          return found === undefined
            ? ERRORS.denied("resourcemanager.organizations.get", name)
            : { ...found, createTime: TIME, etag: "BwX" };
        },
      },
      GetIamPolicy: this.#policy("organization policy", "resourcemanager.organizations.getIamPolicy"),
    };
  }

  #folders(): Readonly<Record<string, Method>> {
    return {
      GetFolder: {
        list: "folder",
        permission: "resourcemanager.folders.get",
        answer: ({ name }) => {
          const found = this.#google.estate.folders.find((one) => one.name === name);
          return found === undefined ? ERRORS.denied("resourcemanager.folders.get", name) : folderOf(found);
        },
      },
      // https://cloud.google.com/resource-manager/reference/rest/v3/folders/list: direct children of one parent
      ListFolders: {
        list: "folders",
        permission: "resourcemanager.folders.list",
        answer: (asked, fault) => {
          const bad = this.#badParent(asked, "resourcemanager.folders.list");
          if (bad !== undefined) return bad;
          const all = this.#google.estate.folders.filter(({ parent }) => parent === asked.parent);
          return this.#listed(all.filter(shown(asked)).map(folderOf), "folders", asked, fault);
        },
      },
      GetIamPolicy: this.#policy("folder policy", "resourcemanager.folders.getIamPolicy"),
    };
  }

  #projects(): Readonly<Record<string, Method>> {
    return {
      // https://cloud.google.com/resource-manager/reference/rest/v3/projects/get: what one may not see, and what does
      // not exist, is answered alike
      GetProject: {
        list: "project",
        permission: "resourcemanager.projects.get",
        answer: ({ name }) => {
          const found = this.#google.estate.projects.find((one) => one.name === name);
          return found === undefined || found.hidden === true
            ? ERRORS.denied("resourcemanager.projects.get", name)
            : projectOf(found);
        },
      },
      // https://cloud.google.com/resource-manager/reference/rest/v3/projects/list: direct children, strongly consistent
      ListProjects: {
        list: "projects",
        permission: "resourcemanager.projects.list",
        answer: (asked, fault) => {
          const bad = this.#badParent(asked, "resourcemanager.projects.list");
          if (bad !== undefined) return bad;
          const all = this.#google.estate.projects.filter(({ parent }) => parent === asked.parent);
          return this.#listed(all.filter(shown(asked)).map(projectOf), "projects", asked, fault);
        },
      },
      // https://cloud.google.com/resource-manager/reference/rest/v3/projects/search: what the caller may see
      SearchProjects: {
        list: "search",
        permission: "resourcemanager.projects.get",
        answer: (asked, fault) =>
          this.#listed(
            this.#google.estate.projects.filter(({ hidden }) => hidden !== true).map(projectOf),
            "projects",
            asked,
            fault,
          ),
      },
      GetIamPolicy: this.#policy("project policy", "resourcemanager.projects.getIamPolicy"),
    };
  }

  #badParent({ parent }: Request, permission: string): ApiError | undefined {
    if (!/^(organizations|folders)\/\d+$/.test(parent)) return ERRORS.invalid("parent is malformed");
    const { organizations, folders } = this.#google.estate;
    const isThere = [...organizations, ...folders].some(({ name }) => name === parent);
    return isThere ? undefined : ERRORS.denied(permission, parent);
  }

  #listed(
    all: readonly object[],
    field: string,
    asked: Request,
    fault: Fault | undefined,
  ): object | ApiError {
    if (asked.pageSize < 0) return ERRORS.invalid("page_size is negative");
    const size = sizeOf(asked.pageSize, this.#google.pageSize);
    const page = pageOf(all, `${field} ${asked.parent}`, asked.pageToken, size, fault);
    return page === undefined
      ? ERRORS.invalid("page_token is invalid")
      : { [field]: page.items, nextPageToken: page.next };
  }

  /** Without version 3 conditions are hidden. https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
  #policy(list: string, permission: string): Method {
    return {
      list,
      permission,
      answer: ({ resource, options }) => {
        const { estate } = this.#google;
        const isThere = [...estate.organizations, ...estate.folders, ...estate.projects].some(
          (one) =>
            one.name === resource && one.state === "ACTIVE" && !("hidden" in one && one.hidden === true),
        );
        return isThere
          ? this.#google.policyOf(resource, options?.requestedPolicyVersion ?? 0)
          : ERRORS.denied(permission, resource);
      },
    };
  }

  #implementation(methods: Readonly<Record<string, Method>>): UntypedServiceImplementation {
    const implementation: UntypedServiceImplementation = {};
    for (const [name, method] of Object.entries(methods)) implementation[name] = this.#handler(method);
    return implementation;
  }

  #handler({ list, answer }: Method): handleUnaryCall<unknown, object> {
    return (call, callback) => {
      const asked = request.parse(call.request);
      const subject = asked.resource || asked.name || asked.parent;
      const served = {
        list,
        ...(subject === "" ? {} : { partition: this.#google.partitionOf(subject) }),
        next: asked.pageToken !== "",
      };
      const fault = this.#google.take(served);
      if (fault?.kind === "silent") return;
      const refused = this.#refusal(call.metadata) ?? (fault?.kind === "answer" ? errorIn(fault) : undefined);
      const given = this.#google.gave(served, refused ?? answer(asked, fault));
      if (fault?.kind === "cut") this.#forwarder?.cutNext();
      if (isError(given)) callback(rpcError(given));
      else callback(null, given);
    };
  }

  #refusal(metadata: Metadata): ApiError | undefined {
    const [authorization] = metadata.get("authorization");
    const scopes = this.#google.tokens.scopesOf(authorization?.toString());
    if (scopes === undefined) return ERRORS.unauthenticated();
    return scopes.some((scope) => SCOPES.includes(scope)) ? undefined : ERRORS.scopes();
  }
}

const TIME = { seconds: String(Date.parse(CREATED) / 1000), nanos: 0 };
const folderOf = (folder: Folder) => ({ ...folder, createTime: TIME, etag: "BwX" });
const projectOf = ({ hidden: _, ...project }: Project) => ({ ...project, createTime: TIME, etag: "BwX" });
/** Those whose deletion was requested are listed only if asked for. */
const shown =
  ({ showDeleted }: Request) =>
  ({ state }: { readonly state: string }) =>
    showDeleted || state === "ACTIVE";

export const isError = (given: object | ApiError): given is ApiError => "http" in given && "status" in given;

/** A fault that answers holds its ApiError as its body. */
const apiError = z.custom<ApiError>(
  (value) => typeof value === "object" && value !== null && "http" in value,
);
export function errorIn(fault: Extract<Fault, { kind: "answer" }>): ApiError {
  const parsed = apiError.safeParse(fault.body);
  if (parsed.success) return parsed.data;
  return { http: fault.status, code: status.INTERNAL, status: "INTERNAL", message: "an error" };
}

/** The protocol as the SDK has it. */
function protocol(): PackageDefinition {
  const require = createRequire(import.meta.url);
  const sdk = dirname(require.resolve("@google-cloud/resource-manager/package.json"));
  const text = readFileSync(join(sdk, "build", "protos", "protos.json"), "utf8");
  const tree = z
    .object({
      nested: z.record(
        z.string(),
        z.custom<never>(() => true),
      ),
    })
    .parse(JSON.parse(text));
  return fromJSON(tree, { longs: String, enums: String, defaults: true, oneofs: true });
}

function serviceOf(packages: PackageDefinition, name: string): ServiceDefinition {
  const found = packages[name];
  if (found === undefined || !isService(found)) throw new Error(`the SDK describes no ${name}`);
  return found;
}

const isService = (definition: object): definition is ServiceDefinition =>
  Object.values(definition).every(
    (method) => typeof method === "object" && method !== null && "requestDeserialize" in method,
  );
