import { installTestCertificate } from "./tls.js";

/** Runs once, before the tests whose servers speak TLS and live in the same process. */
export default async function setup(): Promise<() => void> {
  return installTestCertificate();
}
