import { stringify } from "yaml";
import { SKUS, TENANT } from "./entra-model.js";
import { googleIds, OWNER_LABEL } from "./google-model.js";
import { HR_COLUMNS, HR_STATUS_VALUES, HR_TYPE_VALUES } from "./hr.js";
import { DOMAIN } from "./people.js";
import { AWS_SOURCE, ENTRA_SOURCE, GOOGLE_CLOUD_SOURCE, HR_SOURCE, WORKSPACE_SOURCE } from "./story.js";
import { WORKSPACE_PRODUCT, WORKSPACE_SKU } from "./workspace-model.js";

/** The exitgraph.yaml of the made-up company: every source from its recording. */
export function configText(seed: string): string {
  const cost = (costPerSeat: number) => ({ costPerSeat, currency: "EUR" });
  const recording = (source: string) => `recordings/${source}`;
  const text = stringify(
    {
      store: { engine: "embedded" },
      company: {
        name: "Larkfield Instruments (made up)",
        timeZone: "Europe/Berlin",
        domains: [DOMAIN, `corp.${DOMAIN}`],
      },
      sources: {
        [HR_SOURCE]: {
          type: "hr-csv",
          path: "people.csv",
          columns: HR_COLUMNS,
          statusValues: HR_STATUS_VALUES,
          typeValues: HR_TYPE_VALUES,
          dateFormats: ["dd.MM.yyyy"],
        },
        [ENTRA_SOURCE]: {
          type: "entra",
          recording: recording(ENTRA_SOURCE),
          tenantId: TENANT,
          seatCosts: Object.fromEntries(Object.entries(SKUS).map(([sku, one]) => [sku, cost(one.cost)])),
        },
        [WORKSPACE_SOURCE]: {
          type: "google-workspace",
          recording: recording(WORKSPACE_SOURCE),
          products: [WORKSPACE_PRODUCT],
          seatCosts: { [WORKSPACE_SKU.id]: cost(WORKSPACE_SKU.cost) },
        },
        [GOOGLE_CLOUD_SOURCE]: {
          type: "google-cloud",
          recording: recording(GOOGLE_CLOUD_SOURCE),
          organization: googleIds.organization(seed),
          wholeExport: true,
          ownerLabels: [OWNER_LABEL],
        },
        [AWS_SOURCE]: { type: "aws-iam", recording: recording(AWS_SOURCE) },
      },
      correlate: { mapping: "accounts.csv", userNames: ["{first}.{last}", "{f}{last}"] },
    },
    { lineWidth: 0 },
  );
  return `# A company that does not exist, made by exitgraph.\n${text}`;
}
