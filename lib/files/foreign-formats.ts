/** First bytes of llama.cpp's format. */
export const GGUF = Buffer.from("GGUF");

/** Formats by their first bytes, with the remedy. */
export const BINARY_FORMATS: readonly (readonly [Buffer, string])[] = [
  [GGUF, "is a model in llama.cpp's format (GGUF); expected the original model, with safetensors"],
  [
    Buffer.from("PAR1"),
    "is a Parquet file; save it as JSON Lines, in pandas with to_json(orient='records', lines=True)",
  ],
  [Buffer.from("ARROW1"), "is an Arrow file; save it as JSON Lines"],
  // The form of `save_to_disk` of the package datasets: a marker, the length of the schema, which is below 16 MiB.
  [
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    "is an Arrow stream; save it as JSON Lines, in datasets with to_json()",
  ],
  [Buffer.from("FEA1"), "is a Feather file; save it as JSON Lines"],
  [Buffer.from("\x93NUMPY", "latin1"), "is an array of NumPy; save the texts as CSV or JSON Lines"],
  [Buffer.from("\x89HDF", "latin1"), "is an HDF5 file; save the table as CSV"],
  [Buffer.from("$FL2@(#)"), "is a file of SPSS; save it as CSV UTF-8"],
  [Buffer.from("<stata_dta>"), "is a file of Stata; save it as CSV, with export delimited"],
  ...["RDX2\n", "RDX3\n"].map((magic): readonly [Buffer, string] => [
    Buffer.from(magic),
    'is a workspace of R; save the table with write.csv(..., fileEncoding = "UTF-8")',
  ]),
  ...[2, 3, 4, 5].map((version): readonly [Buffer, string] => [
    Buffer.from([0x80, version]),
    "is a pickle of Python; save the table as JSON Lines, in pandas with to_json(orient='records', lines=True)",
  ]),
  [Buffer.from("7z\xbc\xaf", "latin1"), "is a 7-Zip archive; unpack it"],
  [Buffer.from("Rar!\x1a\x07"), "is a RAR archive; unpack it"],
  [Buffer.from("%PDF-"), "is a PDF document"],
  [Buffer.from([0x1f, 0x8b]), "is compressed with gzip; unpack it with gunzip"],
  [Buffer.from("BZh"), "is compressed with bzip2; unpack it with bunzip2"],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), "is compressed with xz; unpack it with unxz"],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "is compressed with zstd; unpack it with unzstd"],
  [
    Buffer.from("PK\x03\x04"),
    "is a zip archive or an Excel workbook; unpack it, or save the sheet as CSV UTF-8",
  ],
  [Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), "is an old Office document; save it as CSV UTF-8"],
  [Buffer.from("SQLite format"), "is an SQLite database; export the table as CSV"],
];

const SUBTITLES = "holds subtitles; save their text without numbers and times";

/** Formats of text that hold more than words, with the remedy. Their marks would count as words of the document. */
const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/^\{\\rtf\d/, "is a document in the Rich Text Format (RTF); save it as plain text"],
  [/^\s*<\?xml\s/, "is an XML document; save its text without the markup"],
  [
    /^@(?:UTF8|Begin)\s/,
    'is a transcript in the CHAT format of CHILDES and TalkBank; write its turns as "A:: Hello."',
  ],
  [/^File type = "ooTextFile/, "is an annotation of Praat; save its text without the times"],
  [/^WEBVTT\s/, SUBTITLES],
  [/^\d+\s*\n(?:\d+:)?\d\d:\d\d[,.]\d{3} --> /, SUBTITLES],
  [
    /^(?:#[^\n]*\n|\n)*1(?:-\d+)?\t[^\t\n]+\t[^\t\n]*\t[^\t\n]+\t[^\t\n]*\t[^\t\n]*\t(?:\d+|_)\t/,
    "holds tagged tokens (CoNLL-U); for tokens, use the JSON Lines that score --tagged writes",
  ],
];

/** Decodes the start of a document, of which only characters of ASCII matter. */
function startText(bytes: Buffer): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return bytes.toString("utf16le").slice(1);
  if (first === 0xfe && second === 0xff) {
    const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
    return even.swap16().toString("utf16le").slice(1);
  }
  return bytes.toString("latin1").replace(/^\xef\xbb\xbf/, "");
}

/**
 * Says whether a document begins like a format whose marks are no words of the text.
 * @returns a predicate with the remedy; undefined for plain text
 */
export function describeMarkup(start: Buffer): string | undefined {
  const text = startText(start).replaceAll(/\r\n?/g, "\n");
  return MARKUP.find(([pattern]) => pattern.test(text))?.[1];
}
