import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** In front of a server that cannot cut its own connections: passes bytes on, until it is told to break off. */
export class Forwarder {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #cut = false;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const upstream = connect(target, "127.0.0.1");
      for (const socket of [client, upstream]) {
        this.#open.add(socket);
        // What comes in pieces would wait 40 ms for an acknowledgement between them, at every call.
        socket.setNoDelay();
        socket.on("error", () => socket.destroy());
        socket.on("close", () => {
          this.#open.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.on("data", (chunk) => upstream.write(chunk));
      upstream.on("data", (chunk) => {
        if (!this.#cut) {
          client.write(chunk);
          return;
        }
        this.#cut = false;
        client.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => client.destroy());
      });
    });
  }

  static async start(target: number): Promise<Forwarder> {
    const forwarder = new Forwarder(target);
    await new Promise<void>((resolve) => forwarder.#server.listen(0, "127.0.0.1", resolve));
    return forwarder;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the forwarder does not listen");
    return address.port;
  }

  /** Half of what the server says next is passed on; then the connection is gone. */
  cutNext(): void {
    this.#cut = true;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
