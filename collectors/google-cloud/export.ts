import { CollectError, type ExportDealer, type RawPage, type VendorExport } from "../../src/collect/index.js";
import { type Asset, assetOf, relativeName, TYPES } from "./asset.js";
import { type GoogleCloudConfig, rootsOf } from "./config.js";
import { parseMember } from "./members.js";
import {
  ACCOUNT_POLICIES,
  ACCOUNTS,
  KEYS,
  POLICIES,
  POOLS,
  RESOURCES,
  ROLES,
  STREAMS,
  type StreamName,
  setOf,
} from "./memo.js";
import { isCustomRole } from "./privilege.js";
import { policyShape } from "./shapes.js";

/** `gcloud asset export --content-type=resource` and `--content-type=iam-policy`, one after the other in one file. */
export const assetExport: VendorExport<GoogleCloudConfig> = {
  file: "cloud-assets",
  open: (config) => new AssetDealer(config),
};

interface Page {
  readonly stream: StreamName;
  readonly partition: string;
}
type Told = Page & { readonly page: RawPage };

/** What the lines of one project or root amount to. */
interface Place {
  described: boolean;
  policy: boolean;
  accounts: number;
  /** Custom roles that its policies name. */
  readonly roles: Set<string>;
  /** Pools whose principals its policies name. */
  readonly pools: Set<string>;
}

/** `--content-type` of an export. */
type Content = "resource" | "iam-policy";

const OURS: ReadonlySet<string> = new Set(Object.values(TYPES));

/**
 * Deals an export's lines to the partitions that a read of the API would have. An export says what there is; that
 * something is not there it only says of what it was asked for, so each partition is told what the file lacks.
 */
class AssetDealer implements ExportDealer {
  readonly #config: GoogleCloudConfig;
  readonly #places = new Map<string, Place>();
  /** Types of which there is a resource, and types of which there is an IAM policy: each content is an export of its own. */
  readonly #types: Readonly<Record<Content, Set<string>>> = { resource: new Set(), "iam-policy": new Set() };
  #placeless = 0;
  readonly #folders = new Set<string>();
  /** Folders by the root whose lines name them. */
  readonly #ancestors = new Map<string, Set<string>>();
  readonly #roles = new Map<string, RawPage>();
  readonly #pools = new Map<string, { data: RawPage; partition: string }>();
  readonly #providers = new Map<string, RawPage[]>();

  constructor(config: GoogleCloudConfig) {
    this.#config = config;
  }

  *deal(line: RawPage): Iterable<Page> {
    const asset = assetOf(line);
    if (asset === undefined) {
      const message = "a line of cloud-assets.ndjson is no asset: it has no name and asset type";
      throw new CollectError({ kind: "fatal", message }, message);
    }
    // Which types were chosen a line of another type does not say: it may itself be one of a choice.
    if (asset.data !== undefined) this.#types.resource.add(asset.type);
    if (asset.policy !== undefined) this.#types["iam-policy"].add(asset.type);
    if (!OURS.has(asset.type)) return;
    const partition = this.#partitionOf(asset);
    if (partition === undefined) {
      this.#placeless += 1;
      return;
    }
    const place = this.#place(partition);
    if (asset.data !== undefined) yield* this.#resource(asset, asset.data, partition, place);
    if (asset.policy !== undefined) yield* this.#policy(asset, asset.policy, partition, place);
  }

  *end(): Iterable<Told> {
    for (const [partition, place] of this.#places) {
      const isProject = partition.startsWith("projects/");
      for (const stream of STREAMS) {
        const why = [
          ...this.#shortOf(partition, place, stream, isProject),
          ...(this.#placeless === 0
            ? []
            : [`${this.#placeless} lines of the export do not say where they belong`]),
        ];
        const lacks = why.length === 0 ? {} : { lacks: why.join("; ") };
        if (stream === ROLES) yield { stream, partition, page: { roles: this.#rolesFor(place), ...lacks } };
        else yield { stream, partition, page: lacks };
        if (stream === POOLS) yield* this.#poolPages(partition, place);
      }
    }
  }

  *#resource(
    { type, name }: Asset,
    data: Readonly<Record<string, unknown>>,
    partition: string,
    place: Place,
  ): Iterable<Page> {
    switch (type) {
      case TYPES.organization:
      case TYPES.folder:
      case TYPES.project:
        if (name.endsWith(`/${partition}`) || type === TYPES.project) place.described = true;
        if (type === TYPES.folder) this.#folders.add(name.slice(name.lastIndexOf("folders/")));
        yield { stream: RESOURCES, partition };
        return;
      case TYPES.account:
        place.accounts += 1;
        yield { stream: ACCOUNTS, partition };
        return;
      case TYPES.key:
        yield { stream: KEYS, partition };
        return;
      case TYPES.role:
        if (typeof data.name === "string") this.#roles.set(data.name, data);
        yield { stream: ROLES, partition };
        return;
      case TYPES.pool:
        this.#pools.set(poolName(name, partition), {
          data: { ...data, name: poolName(name, partition) },
          partition,
        });
        return;
      case TYPES.provider: {
        const pool = poolName(name.replace(/\/providers\/[^/]+$/, ""), partition);
        const own = `${pool}/providers/${name.slice(name.lastIndexOf("/") + 1)}`;
        this.#providers.set(pool, [...(this.#providers.get(pool) ?? []), { ...data, name: own }]);
        return;
      }
    }
  }

  *#policy(
    asset: Asset,
    raw: Readonly<Record<string, unknown>>,
    partition: string,
    place: Place,
  ): Iterable<Page> {
    const policy = policyShape.safeParse(raw);
    for (const { role, members } of policy.data?.bindings ?? []) {
      if (isCustomRole(role)) place.roles.add(role);
      for (const text of members) {
        const member = parseMember(text);
        if (member.kind === "federated") place.pools.add(member.pool);
      }
    }
    if (asset.type === TYPES.account) yield { stream: ACCOUNT_POLICIES, partition };
    else if (relativeName(asset) !== undefined) {
      if (relativeName(asset) === partition) place.policy = true;
      yield { stream: POLICIES, partition };
    }
  }

  /** What the file would have to hold for a stream of a partition to be complete, and does not. */
  *#shortOf(partition: string, place: Place, stream: StreamName, isProject: boolean): Iterable<string> {
    switch (stream) {
      case RESOURCES: {
        if (!place.described) yield "the export holds no resource of it";
        if (!isProject) yield* this.#notAsked("resource", TYPES.folder);
        const missing = [...(this.#ancestors.get(partition) ?? [])].filter(
          (name) => !this.#folders.has(name),
        );
        if (missing.length > 0) yield `the export lacks ${missing.length} folders that its lines name`;
        return;
      }
      case ACCOUNTS:
        if (isProject) yield* this.#notAsked("resource", TYPES.account);
        return;
      case POLICIES:
        if (!place.policy) yield "the export holds no IAM policy of it (content type iam-policy)";
        // A folder without a policy has no line, so whether those of folders were asked for no folder can say.
        if (!isProject) yield* this.#notAsked("iam-policy", TYPES.folder);
        return;
      case ACCOUNT_POLICIES:
        if (place.accounts > 0) yield* this.#notAsked("iam-policy", TYPES.account);
        return;
      case ROLES: {
        const missing = [...place.roles].filter((name) => !this.#roles.has(name));
        if (missing.length > 0) yield `the export lacks ${missing.length} custom roles that policies name`;
        return;
      }
      case KEYS:
        if (place.accounts > 0) yield* this.#notAsked("resource", TYPES.key);
        return;
      case POOLS:
        // Of the hierarchy's own policies too: whom they let in through pools their providers say.
        if (isProject || place.pools.size > 0) {
          yield* this.#notAsked("resource", TYPES.pool);
          yield* this.#notAsked("resource", TYPES.provider);
        }
        return;
    }
  }

  /**
   * Nothing where the export was asked for a type: it holds one of it, or whoever made it says that no types were
   * chosen. That takes no effect on a content type of which there is no line at all.
   */
  *#notAsked(content: Content, type: string): Iterable<string> {
    const types = this.#types[content];
    if (types.has(type) || (this.#config.wholeExport && types.size > 0)) return;
    const what = content === "resource" ? `no ${type}` : `no IAM policy of a ${type}`;
    yield `the export holds ${what} (content type ${content}): either there is none, or it was not asked for; export without --asset-types, and say so by wholeExport: true`;
  }

  /** Roles of somebody else that policies of the partition name. */
  #rolesFor(place: Place): readonly RawPage[] {
    return [...place.roles].flatMap((name) => {
      const role = name.startsWith("organizations/") ? this.#roles.get(name) : undefined;
      return role === undefined ? [] : [role];
    });
  }

  *#poolPages(partition: string, place: Place): Iterable<Told> {
    for (const [name, pool] of this.#pools) {
      const isOwn = pool.partition === partition;
      if (!isOwn && !place.pools.has(name)) continue;
      const providers = this.#providers.get(name) ?? [];
      const page = isOwn ? { pool: pool.data, providers } : { elsewhere: pool.data, providers };
      yield { stream: POOLS, partition, page };
    }
  }

  /** A project's lines are the project's; those of the hierarchy are those of the root above them. */
  #partitionOf(asset: Asset): string | undefined {
    const line = asset.ancestors.length > 0 ? asset.ancestors : [relativeName(asset) ?? ""];
    const project = line.find((name) => /^projects\/\d+$/.test(name));
    // As a read of the API would have them: below the configured root that comes first.
    const root =
      rootsOf(this.#config).find((name) => line.includes(name)) ??
      line.find((name) => /^organizations\/\d+$/.test(name));
    if (root !== undefined) {
      const above = line.slice(0, line.indexOf(root));
      for (const name of above) if (name.startsWith("folders/")) setOf(this.#ancestors, root).add(name);
    }
    return project ?? root;
  }

  #place(partition: string): Place {
    const found = this.#places.get(partition) ?? {
      described: false,
      policy: false,
      accounts: 0,
      roles: new Set<string>(),
      pools: new Set<string>(),
    };
    this.#places.set(partition, found);
    return found;
  }
}

/** The relative name with the project's number, as policies have it. */
function poolName(full: string, partition: string): string {
  const relative = full.replace(/^\/\/iam\.googleapis\.com\//, "");
  const [, , ...rest] = relative.split("/");
  return partition.startsWith("projects/") ? [partition, ...rest].join("/") : relative;
}
