import { expect, it } from "vitest";
import { configSchema } from "./config.js";
import { IdList } from "./guids.js";

const tenantId = "7E570000-0000-4000-8000-000000000001";

it("takes a tenant by its id, and nothing it does not know", () => {
  expect(configSchema.parse({ tenantId })).toMatchObject({
    tenantId: tenantId.toLowerCase(),
    endpoint: "https://graph.microsoft.com",
    mailForwarding: true,
  });
  expect(configSchema.safeParse({ tenantId: "contoso.example" }).success).toBe(false);
  expect(configSchema.safeParse({ tenantId, clientSecret: "s" }).success).toBe(false);
  expect(configSchema.safeParse({ tenantId, secretVariable: "SECRET" }).success).toBe(false);
  expect(configSchema.safeParse({ tenantId, endpoint: "http://graph.microsoft.com" }).success).toBe(false);
  expect(configSchema.parse({ tenantId, endpoint: "https://graph.microsoft.us/" }).endpoint).toBe(
    "https://graph.microsoft.us",
  );
});

it("keeps ids in their order, each once, whatever they look like", () => {
  const ids = new IdList();
  const guid = (number: number) => {
    const part = String((number >> 1) + 1).padStart(6, "0");
    return number % 2 === 0
      ? `${part}00-0000-4222-8333-000000000000`
      : `00000000-0000-4222-8333-${part}000000`;
  };
  // Two by two they mix alike, so that only looking tells them apart.
  for (let number = 0; number < 200; number++) ids.add(guid(number));
  ids.add("not a guid");
  ids.add(guid(7));
  ids.add("not a guid");
  expect(ids.size).toBe(201);
  expect([...ids].slice(-2)).toEqual([guid(199), "not a guid"]);
  expect([...ids.slices(100)].map((slice) => slice.length)).toEqual([100, 100, 1]);
});
