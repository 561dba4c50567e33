/** Colours as custom properties, for light and dark screens. */
const COLORS = `
:root {
  --ink: #1c2330; --soft: #5b6575; --line: #dfe3ea; --paper: #fff; --ground: #f5f6f8;
  --good: #0a7d4b; --bad: #b3261e;
  --c0: #1f5fbf; --c1: #c4611a; --c2: #23845c; --c3: #8a4fb0; --c4: #8a6d1d; --c5: #3b7f93;
  color-scheme: light dark;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ink: #e6e9ef; --soft: #a0a9b8; --line: #323a47; --paper: #1b2029; --ground: #12151b;
    --good: #5cc998; --bad: #ff8a80;
    --c0: #7aa7ec; --c1: #e9995c; --c2: #6cc49a; --c3: #c394e0; --c4: #d3b35b; --c5: #7fc0d3;
  }
}
`;

/** Page frame, headings and running text. */
const TEXT = `
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main { max-width: 1080px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.2rem; margin: 40px 0 4px; }
h3 { font-size: .98rem; margin: 0; }
p { margin: 4px 0 12px; max-width: 72ch; }
.soft, figcaption p, .note { color: var(--soft); font-size: .88rem; }
.note b { color: var(--ink); }
code { overflow-wrap: anywhere; font-size: .92em; }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
.verdict { border-left: 4px solid var(--c0); padding: 2px 0 2px 12px; font-size: 1.05rem; }
.warning { border-left: 4px solid var(--bad); padding: 2px 0 2px 12px; }
`;

/** The row of key figures, and the frame that all boxes share. */
const CARDS = `
.cards {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(175px, 1fr));
  gap: 12px;
  margin: 20px 0;
}
.card, .chart, .sample, .table, details {
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 10px;
  padding: 14px 16px;
}
.card b {
  display: block;
  font-size: 1.3rem;
  line-height: 1.3;
  overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums;
}
.card span { display: block; color: var(--soft); font-size: .84rem; line-height: 1.4; }
`;

/** Returns one rule for each of the six line colours, which the classes c0 to c5 select. */
const seriesRules = (element: string, property: string): string =>
  [0, 1, 2, 3, 4, 5].map((n) => `${element}.c${n} { ${property}: var(--c${n}); }`).join("\n");

/** Line charts: grid of figures, axes, lines, pointer cursor and legend. */
const CHARTS = `
.charts {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
  gap: 14px;
  margin-top: 12px;
}
.chart { margin: 0; min-width: 0; }
.plot { margin-top: 6px; touch-action: pan-y; }
.plot svg { width: 100%; height: auto; display: block; }
figcaption p { margin: 2px 0 0; }

.grid { stroke: var(--line); }
.base { stroke: var(--soft); stroke-dasharray: 4 3; }
.tick, .axis { fill: var(--soft); font-size: 12px; }
.cursor { stroke: var(--soft); visibility: hidden; }
.cursor.on { visibility: visible; }

.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.line.raw { stroke-width: 1; opacity: .35; }
${seriesRules("path", "stroke")}

.legend {
  list-style: none;
  display: flex;
  flex-wrap: wrap;
  gap: 2px 16px;
  margin: 6px 0 0;
  padding: 0;
  font-size: .86rem;
  color: var(--soft);
}
.legend i {
  display: inline-block;
  width: 14px;
  border-top: 3px solid;
  border-radius: 2px;
  margin-right: 6px;
  vertical-align: middle;
}
.legend b { color: var(--ink); font-variant-numeric: tabular-nums; }
${seriesRules("i", "border-color")}
`;

/** Tables and interval drawings. The layered backgrounds shade the edge beyond which a table can be scrolled. */
const TABLES = `
.table {
  overflow-x: auto;
  padding: 4px 0;
  margin-top: 12px;
  background:
    linear-gradient(to right, var(--paper) 40%, transparent) 0 / 48px 100% no-repeat local,
    linear-gradient(to left, var(--paper) 40%, transparent) 100% / 48px 100% no-repeat local,
    linear-gradient(to right, var(--line), transparent) 0 / 14px 100% no-repeat scroll,
    linear-gradient(to left, var(--line), transparent) 100% / 14px 100% no-repeat scroll,
    var(--paper);
}
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: normal; vertical-align: bottom; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th:first-child, .texts td, .texts th { text-align: left; }
tbody th { font-weight: 400; white-space: normal; width: 36%; min-width: 8.5em; }
.texts td { white-space: normal; overflow-wrap: anywhere; }
td small { color: var(--soft); font-size: .92em; }
th small { display: block; color: var(--soft); font-size: .88em; }
[title] { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 12px 0; font-size: .9rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.notes { margin: 12px 0; padding-left: 1.2em; max-width: 80ch; font-size: .92rem; }

.interval {
  display: block;
  margin-left: auto;
  stroke: var(--soft);
  stroke-width: 1.5;
  fill: var(--soft);
}
.interval.up { stroke: var(--c0); fill: var(--c0); }
.interval.down { stroke: var(--c1); fill: var(--c1); }
.interval .zero { stroke: var(--line); stroke-width: 1; }
.interval text { fill: var(--soft); stroke: none; font-size: 10px; }
.good { color: var(--good); }
.bad { color: var(--bad); }
`;

/** Sample dialogues with the answers side by side. */
const SAMPLES = `
.samples { display: grid; gap: 14px; margin-top: 12px; }
.sample .turns { margin: 0 0 8px; padding: 0; list-style: none; }
.sample .turns li { padding-left: 2.2em; text-indent: -2.2em; overflow-wrap: anywhere; }
.sample .who { display: inline-block; width: 2.2em; text-indent: 0; color: var(--soft); font-weight: 600; }

.answers {
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 215px), 1fr));
  gap: 10px;
}
.answer { border-left: 3px solid var(--line); padding: 2px 0 2px 10px; overflow-wrap: anywhere; }
.answer.child { border-color: var(--c0); }
.answer.teacher { border-color: var(--c1); }
.answer.human { border-color: var(--c2); }
.answer small { display: block; color: var(--soft); }
`;

/** Sections that can be opened and closed. */
const DETAILS = `
details { margin-top: 8px; padding: 9px 16px; }
summary { cursor: pointer; font-weight: 600; }
summary span { white-space: nowrap; color: var(--soft); font-weight: 400; font-size: .88rem; }
details .table { border: 0; padding: 0; }
pre { overflow-x: auto; font-size: .82rem; }
`;

/** Tablets: the interval goes below its change, so that all columns fit. */
const MEDIUM_SCREENS = `
@media screen and (max-width: 900px) {
  td small { display: block; }
  th, td { padding: 5px 7px; }
}
`;

/** Wide screens: the titles of narrow columns do not break after each word. */
const WIDE_SCREENS = `
@media screen and (min-width: 901px) {
  thead th { min-width: 6.5em; }
}
`;

/** Large phones: tables put the name of a row on a line above its values. */
const NARROW_TABLES = `
@media screen and (max-width: 640px) {
  .table { padding: 2px 0; }
  .wide { display: none; }
  tr { display: grid; grid-template-columns: var(--columns); border-top: 1px solid var(--line); }
  th, td { border-top: 0; padding: 3px 4px; font-size: .8rem; white-space: normal; }
  thead tr { border-top: 0; }
  thead th:first-child { display: none; }
  tbody th { width: auto; grid-column: 1 / -1; padding: 6px 6px 0; font-size: .86rem; }
}
`;

/** Phones: tighter spacing and larger axis labels. */
const NARROW_SCREENS = `
@media screen and (max-width: 480px) {
  main { padding: 16px 12px 48px; }
  h1 { font-size: 1.35rem; }
  .cards { grid-template-columns: 1fr 1fr; }
  .card { padding: 10px 12px; }
  .card b { font-size: 1.02rem; }
  .tick, .axis { font-size: 18px; }
  details { padding: 9px 10px; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 6px; }
}
`;

const PRINT = `
@media print {
  body { background: #fff; font-size: 11pt; }
  main { max-width: none; padding: 0; }
  .chart, .sample, .card, tr { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  .table { overflow: visible; background: none; }
  details th small { display: none; }
  .legend i, .line, .interval { print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

/** The style sheet of the report and the live page. Later parts override earlier ones, so their order matters. */
export const pageStyle = [
  COLORS,
  TEXT,
  CARDS,
  CHARTS,
  TABLES,
  SAMPLES,
  DETAILS,
  WIDE_SCREENS,
  MEDIUM_SCREENS,
  NARROW_TABLES,
  NARROW_SCREENS,
  PRINT,
].join("");
