import { createHash, randomBytes } from "node:crypto";
import { bytes, int, message } from "../protobuf.ts";

/**
 * This module encodes W&B records with the field numbers of wandb's published protobuf schema. Each function
 * returns one field of `Record`, the body; {@link record} adds the sequence number.
 */

/** Encodes a complete record from its sequence number and its body. */
export const record = (number: number, body: Buffer): Buffer => Buffer.concat([int(1, number), body]);

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, item) =>
    typeof item === "number" && !Number.isFinite(item) ? String(item) : item,
  );

const timestamp = (field: number, seconds: number): Buffer =>
  message(field, int(1, Math.floor(seconds)), int(2, Math.floor((seconds % 1) * 1e9)));

/** Encodes the header record, with the name and version of the producer. */
export const header = (producer: string): Buffer =>
  message(21, message(1, bytes(1, producer), bytes(2, "0.70.0")));

/** Properties of a W&B run. */
export interface RunDescription {
  readonly id: string;
  readonly project: string;
  readonly entity?: string | undefined;
  readonly group?: string | undefined;
  readonly name?: string | undefined;
  readonly notes?: string | undefined;
  readonly tags: readonly string[];
  readonly host: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly startSeconds: number;
}

/** Encodes the record that starts a run. */
export function run(description: RunDescription): Buffer {
  const { id, entity, project, group, name, notes, tags, host, config, startSeconds } = description;
  const updates = Object.entries({ ...config, _wandb: {} }).map(([key, value]) =>
    message(1, bytes(2, key), bytes(16, json(value ?? null))),
  );
  return message(
    17,
    bytes(1, id),
    ...(entity ? [bytes(2, entity)] : []),
    bytes(3, project),
    message(4, ...updates),
    ...(group ? [bytes(6, group)] : []),
    ...(name ? [bytes(8, name)] : []),
    ...(notes ? [bytes(9, notes)] : []),
    ...tags.map((tag) => bytes(10, tag)),
    bytes(13, host),
    timestamp(17, startSeconds),
  );
}

/** Encodes names and values. A `nested_key` of one element keeps a slash as part of the name. */
function keyValueItems(values: Readonly<Record<string, unknown>>): Buffer[] {
  return Object.entries(values).map(([key, value]) => message(1, bytes(2, key), bytes(16, json(value))));
}

/** Encodes a row of the history. */
export const history = (step: number, values: Readonly<Record<string, unknown>>): Buffer =>
  message(2, ...keyValueItems(values), message(2, int(1, step)));

/** Encodes the summary, the last value of each metric. */
export const summary = (values: Readonly<Record<string, unknown>>): Buffer =>
  message(3, ...keyValueItems(values));

/** Encodes system metrics at a time in seconds since 1970. */
export const systemStats = (seconds: number, values: Readonly<Record<string, number>>): Buffer =>
  message(
    7,
    timestamp(2, seconds),
    ...Object.entries(values).map(([key, value]) => message(3, bytes(1, key), bytes(16, json(value)))),
  );

/** Encodes the announcement of a file in the run's `files/` folder. */
export const savedFile = (relativePath: string): Buffer =>
  message(6, message(1, bytes(1, relativePath), int(2, 0)));

/** Encodes the end of the run. */
export const exit = (code: number, runtimeSeconds: number): Buffer =>
  message(18, int(1, code), int(2, Math.round(runtimeSeconds)));

/** File of an artifact. */
export interface ArtifactFile {
  /** Path inside the artifact, with forward slashes. */
  readonly name: string;
  /** Absolute path of the file, which must still exist when the run is synced. */
  readonly localPath: string;
  /** Number of bytes. */
  readonly size: number;
  readonly md5: Buffer;
}

/** Versioned folder of files, such as a model. */
export interface Artifact {
  readonly name: string;
  readonly type: string;
  readonly aliases: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly files: readonly ArtifactFile[];
}

const clientId = (): string => randomBytes(64).toString("hex");

/** Returns the digest of a manifest: the MD5 of its version line and the sorted "path:md5" lines. */
function manifestDigest(files: readonly ArtifactFile[]): string {
  const hash = createHash("md5").update("wandb-artifact-manifest-v1\n");
  for (const file of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${file.name}:${file.md5.toString("hex")}\n`);
  }
  return hash.digest("hex");
}

/** Encodes an artifact with its manifest. */
export function artifact(description: RunDescription, content: Artifact): Buffer {
  const entries = content.files.map((file) =>
    message(
      4,
      bytes(1, file.name),
      bytes(2, file.md5.toString("base64")),
      int(4, file.size),
      bytes(6, file.localPath),
    ),
  );
  const manifest = [
    int(1, 1),
    bytes(2, "wandb-storage-policy-v1"),
    message(3, bytes(1, "storageLayout"), bytes(2, '"V2"')),
  ];
  return message(
    8,
    bytes(1, description.id),
    bytes(2, description.project),
    ...(description.entity ? [bytes(3, description.entity)] : []),
    bytes(4, content.type),
    bytes(5, content.name),
    bytes(6, manifestDigest(content.files)),
    bytes(8, json(content.metadata)),
    int(9, true),
    int(10, true),
    ...content.aliases.map((alias) => bytes(11, alias)),
    message(12, ...manifest, ...entries),
    int(14, true),
    bytes(15, clientId()),
    bytes(16, clientId()),
  );
}
