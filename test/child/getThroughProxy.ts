import * as http from "node:http";
import * as https from "node:https";
import { proxyAgents } from "../../src/collect/index.js";

/** Gets each URL of the command line as an SDK would, and prints what came of it, a line each. */
const agents = proxyAgents();

function get(url: string): Promise<string> {
  return new Promise((resolve) => {
    const secure = url.startsWith("https:");
    const request = secure
      ? https.get(url, { agent: agents.httpsAgent })
      : http.get(url, { agent: agents.httpAgent });
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => {
        resolve(`${response.statusCode ?? 0} ${body}`);
      });
    });
    request.on("error", (error) => {
      resolve("code" in error ? String(error.code) : error.message);
    });
  });
}

for (const url of process.argv.slice(2)) console.log(await get(url));
agents.destroy();
