import type { GetAccountAuthorizationDetailsCommandOutput, Tag } from "@aws-sdk/client-iam";
import type { AwsIamConfig } from "./config.js";

/**
 * An answer without the tags that nobody asked for: people write anything into tags, secrets among it, and a page is
 * kept where it is recorded.
 */
export function withoutOtherTags(
  answer: GetAccountAuthorizationDetailsCommandOutput,
  { ownerTags, emailTags }: AwsIamConfig,
): GetAccountAuthorizationDetailsCommandOutput {
  const wanted = new Set([...ownerTags, ...emailTags].map((name) => name.toLowerCase()));
  const trimmed = <T extends { Tags?: Tag[] | undefined }>(entries: T[] | undefined) =>
    entries?.map((entry) => ({
      ...entry,
      ...(entry.Tags === undefined
        ? {}
        : { Tags: entry.Tags.filter(({ Key = "" }) => wanted.has(Key.toLowerCase())) }),
    }));
  return {
    ...answer,
    UserDetailList: trimmed(answer.UserDetailList),
    RoleDetailList: trimmed(answer.RoleDetailList),
  };
}
