// Download what is on the screen: the cells that the filter left, the standings over them, what to
// cite.
import {dictionary, bibtexOf, csvOf, jsonLinesOf, jsonOf, latexOf} from '../download/files';
import {fields, type Record_, recordOf} from '../download/fields';
import {type Row} from '../data/rows';
import {type Address, formatAddress} from '../state/address';
import {filteredRows, shownRows} from '../state/filters';
import {type Context} from './context';
import {button, make} from './dom';
import {save} from './save';
import {groupsOf} from './standings';

function viewRows(context: Context, address: Address): readonly Row[] {
  return shownRows(filteredRows(context.rows, address), address);
}

async function recordsOf(context: Context, address: Address): Promise<Record_[]> {
  const more = await context.more();
  return viewRows(context, address).map(row => recordOf(row, more));
}

function latex(context: Context, address: Address): string {
  return groupsOf(context, address)
    .map(({first, standings}) => {
      const networks = `${first.teacherNetwork} to ${first.studentNetwork}`;
      const title = `${first.distiller} on ${first.dataset}, ${networks}`;
      return latexOf(title, standings);
    })
    .join('\n');
}

/** `address`: of what is shown when a button is pressed. */
export function downloads(context: Context, address: () => Address): HTMLElement {
  const {file} = context.matrix;
  const offer = (label: string, name: string, type: string, text: () => Promise<string> | string) =>
    button(label, () => {
      Promise.resolve(text()).then(
        content => {
          save(name, type, content);
          context.say(`${name} was made.`);
        },
        (error: unknown) => {
          context.say(error instanceof Error ? error.message : String(error));
        },
      );
    });
  const names = fields.map(field => field.name);
  const about = () => ({
    matrix: context.matrix.name,
    view: formatAddress(address()),
    newest: context.site.newest,
  });
  return make(
    'details',
    {class: 'downloads-menu'},
    make('summary', {}, 'Download this view'),
    make(
      'p',
      {},
      'Cells: ',
      offer('CSV', `${file}.csv`, 'text/csv', async () =>
        csvOf(names, await recordsOf(context, address())),
      ),
      ' ',
      offer('JSON', `${file}.json`, 'application/json', async () =>
        jsonOf(await recordsOf(context, address()), about()),
      ),
      ' ',
      offer('JSONL', `${file}.jsonl`, 'application/x-ndjson', async () =>
        jsonLinesOf(await recordsOf(context, address())),
      ),
      ' ',
      offer('Dictionary', 'dictionary.csv', 'text/csv', dictionary),
    ),
    make(
      'p',
      {},
      'Standings: ',
      offer('LaTeX', `${file}.tex`, 'application/x-tex', () => latex(context, address())),
      ' ',
      offer('BibTeX', `${file}.bib`, 'application/x-bibtex', () =>
        bibtexOf(viewRows(context, address()), context.site),
      ),
    ),
    make(
      'p',
      {},
      'The whole site: ',
      make('a', {href: `${context.root}scores.sqlite`, download: true}, 'SQLite, all scores'),
    ),
  );
}
