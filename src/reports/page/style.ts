import { type Markup, markup } from './markup.js';

/** The style of a printed report: A4 across, black on white, and nothing from elsewhere. */
export const STYLE: Markup = markup`
@page { size: A4 landscape; margin: 12mm 12mm 14mm; }
* { box-sizing: border-box; }
html { color: #1d2b28; background: #fff; font: 11.5px/1.45 "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
html:lang(en) { font-family: system-ui, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans CJK SC", sans-serif; }
body { margin: 0 auto; max-width: 273mm; padding: 8mm 0; }
header { display: flex; justify-content: space-between; align-items: end; border-bottom: 3px solid #00725c; padding-bottom: 6px; margin-bottom: 12px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; }
header p { margin: 0; text-align: right; color: #46544f; }
h2 { font-size: 16px; margin: 22px 0 2px; padding-left: 8px; border-left: 5px solid #00725c; break-after: avoid; }
.note { margin: 0 0 8px; color: #46544f; max-width: 200mm; break-after: avoid; }
.figures { display: flex; gap: 10px; margin: 0 0 6px; padding: 0; list-style: none; }
.figures li { flex: 1; border: 1px solid #c9d3d0; border-radius: 4px; padding: 8px 10px; }
.figures b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures span { display: block; color: #46544f; }
table { border-collapse: collapse; width: 100%; margin: 8px 0 12px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; padding: 4px 0; break-after: avoid; }
table.small { break-inside: avoid; }
thead { display: table-header-group; break-after: avoid; }
tr { break-inside: avoid; }
th { border-bottom: 1.5px solid #1d2b28; font-weight: 600; vertical-align: bottom; }
th, td { padding: 3px 7px; }
td { border-bottom: 1px solid #e4e7e6; }
.text { text-align: left; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
tr.not-visited td { background: #fbe4e6; font-weight: 600; }
tr.possible td { background: #f7eedd; }
.patterns { position: absolute; }
.picture { display: block; width: 100%; margin: 8px 0 12px; break-inside: avoid; }
.heat { max-height: 120mm; }
.bars { width: auto; height: 190px; }
svg { fill: #1d2b28; }
svg text { font-size: 11px; }
svg text.name { text-anchor: end; }
svg text.value { text-anchor: middle; }
svg text.tick { text-anchor: middle; fill: #46544f; font-size: 10px; }
svg text.key { font-size: 10px; fill: #46544f; }
footer { margin-top: 18px; border-top: 1px solid #c9d3d0; padding-top: 6px; color: #46544f; font-size: 10px; break-inside: avoid; }
footer code { font-size: 9px; overflow-wrap: anywhere; }
@media print { body { padding: 0; max-width: none; } }
`;
