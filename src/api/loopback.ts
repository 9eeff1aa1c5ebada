import { isIPv4 } from "node:net";
import { InputError } from "../model/index.js";

/** True for an address that only this machine can reach. A name other than `localhost` may point anywhere. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIPv4(host) && host.startsWith("127.");
}

/** Refuses any address but loopback: the API knows nobody yet, so whoever can reach it may read everything. */
export function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new InputError({
    what: `serve does not listen on ${host}.`,
    means: "The API does not authenticate yet, so it answers on loopback only.",
    fix: "Leave --host away, or put a proxy that authenticates in front of 127.0.0.1.",
  });
}

/**
 * True where a Host header names this machine. A web page whose name is made to point at 127.0.0.1 is of the same
 * origin for its browser, which then asks with that page's name in this header (DNS rebinding).
 */
export function namesLoopback(host: string | undefined): boolean {
  if (host === undefined) return false;
  const name = /^(\[[0-9a-f:]+\]|[^:]+)(:\d+)?$/i.exec(host)?.[1]?.toLowerCase();
  return name !== undefined && isLoopback(name.replace(/^\[|\]$/g, ""));
}
