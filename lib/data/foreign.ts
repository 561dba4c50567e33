/** Files that are not text, by their first bytes in hexadecimal, and what to do about them. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ["1f8b", "it is compressed with gzip; unpack it with gunzip"],
  ["425a68", "it is compressed with bzip2; unpack it with bunzip2"],
  ["fd377a585a", "it is compressed with xz; unpack it with unxz"],
  ["28b52ffd", "it is compressed with zstd; unpack it with unzstd"],
  ["504b0304", "it is a zip archive or an Excel workbook; unpack it, or save the sheet as CSV UTF-8"],
  ["d0cf11e0", "it is an old Office document; save it as CSV UTF-8"],
  [
    "50415231",
    "it is a Parquet file; save it as JSON Lines, in pandas with to_json(orient='records', lines=True)",
  ],
  ["4152524f5731", "it is an Arrow file; save it as JSON Lines"],
  ["53514c69746520666f726d6174", "it is an SQLite database; export the table as CSV"],
  ["255044462d", "it is a PDF document"],
];

/** Returns why the first bytes of a file are no text; undefined when they can be. */
export function describeForeignFile(head: Uint8Array): string | undefined {
  const hex = Buffer.from(head.subarray(0, 16)).toString("hex");
  const known = FOREIGN.find(([magic]) => hex.startsWith(magic));
  if (known) return known[1];
  const start = Buffer.from(head.subarray(0, 256)).toString("latin1");
  if (start.startsWith("version https://git-lfs")) {
    return "it is a pointer of Git LFS and not the file; fetch the file with: git lfs pull";
  }
  if (/^\s*<(?:!doctype html|html)/i.test(start)) return "it is an HTML page; download the file itself";
  return undefined;
}
