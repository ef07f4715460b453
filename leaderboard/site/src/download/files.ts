// Tables as files: CSV, JSON, JSONL, LaTeX, BibTeX. Pure: a view's rows in, text out.
import {type Field, type Plugin, type PluginKind, type SiteFile} from '../data/format';
import {type Row} from '../data/rows';
import {type Standing, type Standings} from '../statistics/standings';
import {percent} from '../view/words';
import {type Record_, type Value} from './fields';

// What is no visible text, as bench/core/printable.cc has it.
const controls = '\\u0000-\\u001f\\u007f-\\u009f';
const marks = '\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff';
const invisible = new RegExp(`[${controls}${marks}\\u{e0000}-\\u{e007f}]`, 'gu');

function escaped(sign: string): string {
  const short = {'\n': '\\n', '\r': '\\r', '\t': '\\t'}[sign];
  if (short !== undefined) return short;
  const code = sign.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x80 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

// As in scores.csv: a cell that a spreadsheet would compute begins with a quote, and none breaks a
// line; RFC 4180 for the rest.
function csvCell(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = (/^[=+\-@]/.test(value) ? `'${value}` : value).replace(invisible, escaped);
  return /[",]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function csvOf(names: readonly string[], records: readonly Record_[]): string {
  const lines = records.map(record => names.map(name => csvCell(record[name] ?? null)).join(','));
  return [names.join(','), ...lines].map(line => `${line}\r\n`).join('');
}

/** `what`: the member that the records are. */
export function jsonOf(
  records: readonly Record_[],
  about: Readonly<Record<string, string>>,
  what: 'cells' | 'standings' = 'cells',
): string {
  return `${JSON.stringify({...about, [what]: records}, null, 1)}\n`;
}

export function jsonLinesOf(records: readonly Record_[]): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('');
}

/** What each column of scores.csv means, as dictionary.csv has it. */
export function dictionary(fields: readonly Field[]): string {
  const records = fields.map(({name, unit, meaning}) => ({column: name, unit, meaning}));
  return csvOf(['column', 'unit', 'meaning'], records);
}

/** What each column of the standings means. */
export function standingsDictionary(
  of: readonly {readonly name: string; readonly meaning: string}[],
): string {
  const records = of.map(({name, meaning}) => ({name, meaning}));
  return csvOf(['name', 'meaning'], records);
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** Text as LaTeX prints it. */
export function latexText(text: string): string {
  return text.replace(/[\\~^#$%&_{}]/g, sign => special[sign] ?? `\\${sign}`);
}

function latexNumber(mean: number | undefined, low?: number, high?: number): string {
  if (mean === undefined) return '--';
  if (low === undefined || high === undefined) return percent(mean);
  return `${percent(mean)} {\\small [${percent(low)}, ${percent(high)}]}`;
}

// With the ranks that are possible; in brackets if it is over fewer cells than the others'.
function latexRank({rank, rankInterval, rankApart}: Standing): string {
  if (rank === undefined) return rankApart === undefined ? '--' : `(${String(rankApart)})`;
  if (!rankInterval) return String(rank);
  const {low, high} = rankInterval;
  return `${String(rank)} {\\small [${String(low)}, ${String(high)}]}`;
}

/** A table for the package booktabs. */
export function latexOf(title: string, standings: Standings): string {
  const rows = standings.rows.map(row => {
    const cells = [
      latexRank(row),
      latexText(row.defense),
      latexNumber(row.asr?.mean, row.asr?.interval?.low, row.asr?.interval?.high),
      latexNumber(row.worst?.mean),
      latexNumber(row.acc?.mean, row.acc?.interval?.low, row.acc?.interval?.high),
      latexNumber(row.der?.mean),
    ];
    return `${cells.join(' & ')} \\\\`;
  });
  return [
    `% ${title.replace(/[\r\n]/g, ' ')}`,
    '\\begin{tabular}{rlrrrr}',
    '\\toprule',
    'Rank & Defence & ASR (\\%) & worst & ACC (\\%) & DER (\\%) \\\\',
    '\\midrule',
    ...rows,
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n');
}

function pluginsOf(row: Row): [PluginKind, string][] {
  return [
    ['attack', row.attackPlugin],
    ['distiller', row.distillerPlugin],
    ...row.defensePlugin.split('+').map((one): [PluginKind, string] => ['defense', one]),
  ];
}

/** What to cite for these rows: each work once, in the order of the plugins' names. */
export function bibtexOf(rows: readonly Row[], site: SiteFile): string {
  const found = new Map<string, string>();
  for (const row of rows) {
    for (const [kind, name] of pluginsOf(row)) {
      const plugin: Plugin | undefined = site.plugins[kind][name];
      if (plugin?.bibtex) found.set(plugin.bibtex, name);
    }
  }
  const entries = [...found].sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0));
  return entries.map(([entry]) => `${entry.trim()}\n`).join('\n');
}
