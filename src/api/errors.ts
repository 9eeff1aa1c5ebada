import { GraphQLError } from "graphql";
import type { GraphStore } from "../graph/index.js";
import { InputError } from "../model/index.js";

/** What the caller asked for is wrong; the caller reads the message. Every other error is masked. */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_USER_INPUT" } });
}

/** Tells the caller what an InputError says of the question: that nobody, or several people, are called that. */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof InputError ? badInput(error.message) : error;
  }
}

/** A failure of the store. It is no InputError, whatever the store called it, so its text stays inside. */
export class StoreFailure extends Error {
  constructor(cause: unknown) {
    super("the store failed", { cause });
    this.name = "StoreFailure";
  }
}

/** The reads of a store whose errors (statements, addresses, users) never reach a caller as an InputError. */
export function maskedStore(store: GraphStore): GraphStore {
  return {
    engine: store.engine,
    location: store.location,
    async *read(cypher, options) {
      try {
        yield* store.read(cypher, options);
      } catch (error) {
        throw new StoreFailure(error);
      }
    },
    async rows(cypher, params, signal) {
      try {
        return await store.rows(cypher, params, signal);
      } catch (error) {
        throw new StoreFailure(error);
      }
    },
    write: () => Promise.reject(new Error("the API only reads")),
    checkpoint: () => Promise.reject(new Error("the API only reads")),
    close: () => Promise.reject(new Error("the API does not own the store")),
  };
}
