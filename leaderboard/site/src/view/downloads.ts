// Download what is on the screen: the cells that the filter left, the standings over them, what to
// cite.
import {type Field} from '../data/format';
import {
  bibtexOf,
  csvOf,
  dictionary,
  jsonLinesOf,
  jsonOf,
  latexOf,
  standingsDictionary,
} from '../download/files';
import {type Record_, recordsOf} from '../download/fields';
import {standingFields, standingRecordOf} from '../download/standings';
import {type Row} from '../data/rows';
import {type Address, formatAddress} from '../state/address';
import {filteredRows, shownRows} from '../state/filters';
import {type Context} from './context';
import {button, make} from './dom';
import {save} from './save';
import {groupsOf} from './standings';
import {scoredStandings} from './standings_table';

function viewRows(context: Context, address: Address): readonly Row[] {
  return shownRows(filteredRows(context.rows, address), address);
}

interface Table {
  readonly fields: readonly Field[];
  readonly records: readonly Record_[];
}

async function tableOf(context: Context, address: Address): Promise<Table> {
  const more = await context.more();
  return {fields: more.fields, records: recordsOf(viewRows(context, address), more)};
}

async function csv(table: Promise<Table>): Promise<string> {
  const {fields, records} = await table;
  return csvOf(
    fields.map(field => field.name),
    records,
  );
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

// The rows of all tables, one after the other.
function standingRecords(context: Context, address: Address): Record_[] {
  return groupsOf(context, address).flatMap(({first, rows, standings}) =>
    scoredStandings(standings, rows).map(standing => standingRecordOf(standing, first)),
  );
}

type About = () => Readonly<Record<string, string>>;

type Offer = (
  label: string,
  name: string,
  type: string,
  text: () => Promise<string> | string,
) => HTMLElement;

// A button that makes a file and says so.
function offerOf(context: Context): Offer {
  return (label, name, type, text) => {
    const made = () => {
      Promise.resolve(text()).then(
        content => {
          save(name, type, content);
          context.say(`${name} was made.`);
        },
        (error: unknown) => {
          context.say(error instanceof Error ? error.message : String(error));
        },
      );
    };
    // The file tells those apart whose labels are alike.
    return button(label, made, {'aria-label': `${label}, ${name}`});
  };
}

function cellOffers(context: Context, address: () => Address, about: About): HTMLElement[] {
  const {file} = context.matrix;
  const offer = offerOf(context);
  const table = () => tableOf(context, address());
  const records = async () => (await table()).records;
  return [
    offer('CSV', `${file}.csv`, 'text/csv', () => csv(table())),
    offer('JSON', `${file}.json`, 'application/json', async () => jsonOf(await records(), about())),
    offer('JSONL', `${file}.jsonl`, 'application/x-ndjson', async () =>
      jsonLinesOf(await records()),
    ),
    offer('Dictionary', 'dictionary.csv', 'text/csv', async () =>
      dictionary((await context.more()).fields),
    ),
  ];
}

function standingOffers(context: Context, address: () => Address, about: About): HTMLElement[] {
  const {file} = context.matrix;
  const offer = offerOf(context);
  const records = () => standingRecords(context, address());
  const names = standingFields.map(field => field.name);
  return [
    offer('CSV', `${file}.standings.csv`, 'text/csv', () => csvOf(names, records())),
    offer('JSON', `${file}.standings.json`, 'application/json', () =>
      jsonOf(records(), about(), 'standings'),
    ),
    offer('Dictionary', 'standings_dictionary.csv', 'text/csv', () =>
      standingsDictionary(standingFields),
    ),
    offer('LaTeX', `${file}.tex`, 'application/x-tex', () => latex(context, address())),
    offer('BibTeX', `${file}.bib`, 'application/x-bibtex', () =>
      bibtexOf(viewRows(context, address()), context.site),
    ),
  ];
}

function line(label: string, offers: readonly HTMLElement[]): HTMLElement {
  return make('p', {}, `${label}:`, ...offers.flatMap(offer => [' ', offer]));
}

/** `address`: of what is shown when a button is pressed. */
export function downloads(context: Context, address: () => Address): HTMLElement {
  const about = () => ({
    matrix: context.matrix.name,
    view: formatAddress(address()),
    newest: context.site.newest,
  });
  return make(
    'details',
    {class: 'downloads-menu'},
    make('summary', {}, 'Download this view'),
    line('Cells', cellOffers(context, address, about)),
    make(
      'p',
      {class: 'sub'},
      'The columns of scores.csv; times have six digits. Of detectors and of reactivation those ' +
        'that this matrix asks for.',
    ),
    line('Standings', standingOffers(context, address, about)),
    make(
      'p',
      {},
      'The whole site: ',
      make('a', {href: `${context.root}scores.sqlite`, download: true}, 'SQLite, all scores'),
      ' (of no view: written with the site, because a browser has no SQLite)',
    ),
  );
}
