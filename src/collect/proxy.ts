import * as http from "node:http";
import * as https from "node:https";
import { BlockList, isIP } from "node:net";
import { Agent, type AgentConnectOpts } from "agent-base";
import { HttpProxyAgent } from "http-proxy-agent";
import { HttpsProxyAgent } from "https-proxy-agent";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a request, as curl reads it: `https_proxy`, `http_proxy`, `all_proxy` and
 * `no_proxy`, in small or capital letters; without a scheme the proxy speaks plain HTTP. An entry of NO_PROXY is a
 * domain with all below it, an address, a network (`10.0.0.0/8`), or `*`; it may end in a port. Undefined where the
 * request goes there directly.
 */
export function proxyFor(
  target: { readonly secure: boolean; readonly host: string; readonly port: number },
  environment: Environment = process.env,
): URL | undefined {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined;
  const named = read(target.secure ? "https_proxy" : "http_proxy") ?? read("all_proxy");
  if (named === undefined) return undefined;
  const host = target.host.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  const exempt = (read("no_proxy") ?? "").toLowerCase().split(/[\s,]+/);
  if (exempt.some((entry) => entry !== "" && matches(entry, host, target.port))) return undefined;
  const address = named.includes("://") ? named : `http://${named}`;
  // The address may hold a password, so it is not quoted.
  if (!URL.canParse(address)) throw new Error("the proxy that the environment names is not a URL");
  return new URL(address);
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const withPort = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort !== null && Number(withPort[2]) !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  const [network, bits] = name.split("/");
  const family = isIP(network ?? "");
  if (bits !== undefined && network !== undefined && family !== 0 && isIP(host) === family) {
    const list = new BlockList();
    const type = family === 4 ? "ipv4" : "ipv6";
    if (Number(bits) > (family === 4 ? 32 : 128)) return false;
    list.addSubnet(network, Number(bits), type);
    return list.check(host, type);
  }
  return host === name || host.endsWith(`.${name}`);
}

/** Agents for SDKs and for node:http(s). Close them with `destroy` when the session ends. */
export interface ProxyAgents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
  destroy(): void;
}

/**
 * Agents that go through the proxy the environment names for each request, or directly where it names none. HTTPS is
 * tunnelled (CONNECT), so certificates are those of the target; private CAs come from NODE_EXTRA_CA_CERTS, which Node
 * reads itself.
 */
export function proxyAgents(): ProxyAgents {
  const httpAgent = new EnvironmentAgent();
  const httpsAgent = new EnvironmentAgent();
  return {
    httpAgent,
    httpsAgent,
    destroy: () => {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** Chooses per request, and keeps one pool of connections per proxy and one for what goes there directly. */
class EnvironmentAgent extends Agent {
  readonly #proxied = new Map<string, http.Agent>();
  readonly #direct = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  };

  constructor() {
    super({ keepAlive: true });
  }

  connect(_request: http.ClientRequest, options: AgentConnectOpts): http.Agent {
    const secure = options.secureEndpoint;
    const host = options.host ?? "localhost";
    const proxy = proxyFor({ secure, host, port: Number(options.port) });
    if (proxy === undefined) return secure ? this.#direct.https : this.#direct.http;
    const key = `${secure ? "https" : "http"} ${proxy.href}`;
    let agent = this.#proxied.get(key);
    if (agent === undefined) {
      agent = secure
        ? new HttpsProxyAgent(proxy, { keepAlive: true })
        : new HttpProxyAgent(proxy, { keepAlive: true });
      this.#proxied.set(key, agent);
    }
    return agent;
  }

  override destroy(): void {
    for (const agent of [...this.#proxied.values(), this.#direct.http, this.#direct.https]) agent.destroy();
    super.destroy();
  }
}
