import type { RawPage } from "../../src/collect/index.js";
import type { Session } from "./client.js";
import { type GoogleCloudConfig, isSearch } from "./config.js";
import { POLICIES, RESOURCES } from "./memo.js";
import { type Io, placeOf, type Read, said, someOf } from "./reading.js";
import { type Project, policyShape } from "./shapes.js";

/** Only labels that name an owner: the others are the company's own business. */
function ownerLabels(project: Project, config: GoogleCloudConfig): Project {
  const wanted = new Set(config.ownerLabels.map((name) => name.toLowerCase()));
  const labels = Object.fromEntries(
    Object.entries(project.labels).filter(([name]) => wanted.has(name.toLowerCase())),
  );
  return { ...project, labels };
}

/** What `partitions` read already: the hierarchy is walked once, and each part of it told where it belongs. */
export const readResources: Read = async function* (session, partition, io) {
  io.scope(RESOURCES);
  const place = placeOf(session, partition);
  if ("kind" in place) {
    const { project } = place;
    const found = project === undefined ? {} : { project: ownerLabels(project, io.config) };
    const gone = place.kind === "gone" ? { gone: place.why } : {};
    yield { partition: partition.id, ...found, ...gone, ...(isSearch(io.config) ? { searched: true } : {}) };
    return;
  }
  const [first] = place.gaps;
  const nothing = place.organization === undefined && place.folders.length === 0;
  if (nothing && first !== undefined) throw first.error;
  yield {
    partition: partition.id,
    ...(place.organization === undefined ? {} : { organization: place.organization }),
    folders: place.folders,
  };
  for (const { error } of place.gaps) io.partial(said(error));
};

/** The organisation's and its folders' policies, or one project's: version 3, else conditions would be hidden. */
export const readPolicies: Read = async function* (session, partition, io) {
  io.scope(POLICIES);
  const place = placeOf(session, partition);
  if ("kind" in place) {
    if (place.kind === "there") yield await policyPage(session, partition.id, partition.id, io);
    io.memo.policiesRead = true;
    return;
  }
  const names = new Set([
    place.name,
    ...place.folders.filter(({ state }) => state !== "DELETE_REQUESTED").map(({ name }) => name),
  ]);
  const whole = yield* someOf([...names], "policies of the organisation and its folders", io, (name) =>
    policyPage(session, partition.id, name, io),
  );
  const isKnown = !place.gaps.some((gap) => gap.of === "folders");
  if (!isKnown) io.partial("not every folder is known, so neither is every policy");
  io.memo.policiesRead = whole && isKnown;
};

async function policyPage(session: Session, partition: string, resource: string, io: Io): Promise<RawPage> {
  const kind = resource.slice(0, resource.indexOf("/"));
  const policy = await io.call(`resourcemanager.${kind}.getIamPolicy`, (signal) =>
    session.manager(`resourcemanager.${kind}.getIamPolicy`, signal, async (settings) => {
      const request = { resource, options: { requestedPolicyVersion: 3 } };
      const [answer] =
        kind === "organizations"
          ? await session.organizations.getIamPolicy(request, settings)
          : kind === "folders"
            ? await session.folders.getIamPolicy(request, settings)
            : await session.projects.getIamPolicy(request, settings);
      return policyShape.parse(answer);
    }),
  );
  return { partition, resource, policy };
}
