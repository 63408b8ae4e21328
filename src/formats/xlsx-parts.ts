import { xmlText } from './xml-text.js';

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Cell styles by their index in `xl/styles.xml`. */
export const STYLE = { plain: 0, header: 1, formulaLike: 2, instant: 3 } as const;

export const SHEET_HEAD =
  `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">` +
  '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';

export function sheetPath(ordinal: number): string {
  return `xl/worksheets/sheet${ordinal}.xml`;
}

/** All parts of a workbook but its sheets, as ECMA-376 lays them out. */
export function workbookParts(names: readonly string[]): readonly (readonly [string, string])[] {
  const sheets = names.map((name, i) => ({ name, id: i + 1 }));
  return [
    ['[Content_Types].xml', contentTypes(sheets)],
    ['_rels/.rels', relationships([['officeDocument', 'xl/workbook.xml']])],
    ['xl/workbook.xml', workbook(sheets)],
    [
      'xl/_rels/workbook.xml.rels',
      relationships([...sheets.map(({ id }) => ['worksheet', `worksheets/sheet${id}.xml`]), ['styles', 'styles.xml']]),
    ],
    ['xl/styles.xml', STYLES],
  ];
}

interface NamedSheet {
  readonly name: string;
  readonly id: number;
}

function contentTypes(sheets: readonly NamedSheet[]): string {
  const part = (path: string, type: string): string =>
    `<Override PartName="/${path}" ContentType="${SHEET_TYPE}.${type}+xml"/>`;
  return (
    `${HEAD}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    part('xl/workbook.xml', 'sheet.main') +
    part('xl/styles.xml', 'styles') +
    sheets.map(({ id }) => part(sheetPath(id), 'worksheet')).join('') +
    '</Types>'
  );
}

function relationships(targets: readonly (readonly string[])[]): string {
  const one = ([type, target]: readonly string[], i: number): string =>
    `<Relationship Id="rId${i + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${targets.map(one).join('')}</Relationships>`;
}

function workbook(sheets: readonly NamedSheet[]): string {
  const one = ({ name, id }: NamedSheet): string => `<sheet name="${xmlText(name)}" sheetId="${id}" r:id="rId${id}"/>`;
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.map(one).join('')}</sheets></workbook>`;
}

/** Cell formats in the order of `STYLE`. A cell with `quotePrefix` stays a text even when somebody edits it. */
const STYLES =
  `${HEAD}<styleSheet xmlns="${MAIN}">` +
  '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/></numFmts>' +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  '<cellXfs count="4">' +
  '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' +
  '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>' +
  '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>' +
  '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' +
  '</cellXfs></styleSheet>';
