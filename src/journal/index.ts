export type { AuditProblem, AuditReport } from "./audit.js";
export { type EventDraft, type Head, isSound } from "./chain.js";
export * from "./event.js";
export { journalFileEvents } from "./file.js";
export { type ImportOptions, type JournalImport, startImport } from "./import.js";
export {
  type Journal,
  type JournalOptions,
  openJournal,
  type Projector,
  type Projectors,
} from "./journal.js";
