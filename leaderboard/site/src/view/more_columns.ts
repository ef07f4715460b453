// Columns of the table of cells whose file (data/<file>.more.js) is loaded when a reader first sees
// the table: the first table of a page waits for nothing that it does not show.
import {countAt, numberAt} from '../data/counts';
import {type MoreFile} from '../data/format';
import {type Count, type Row} from '../data/rows';
import {type Context} from './context';

export class MoreColumns {
  private file: MoreFile | undefined;
  private asked = false;
  private settled = false;
  private waiting: (() => void)[] = [];
  private missing = 'still loading';

  constructor(private readonly context: Pick<Context, 'file' | 'more' | 'say'>) {}

  numberOf(name: string, row: Row): number | undefined {
    if (!this.file || row.index >= this.context.file.scores) return undefined;
    return numberAt(this.file.columns, name, row.index);
  }

  countOf(name: string, row: Row): Count | undefined {
    if (!this.file || row.index >= this.context.file.scores) return undefined;
    return countAt(this.file.columns, [`${name}_hits`, `${name}_of`], row.index);
  }

  /** Why no row has a number yet, '' once the file is there. */
  get why(): string {
    return this.file ? '' : this.missing;
  }

  /** Fills a cell now, and once more when it is known whether its number is there. */
  fill(cell: () => void): void {
    cell();
    if (!this.settled) this.waiting.push(cell);
  }

  /** Once, whoever asks. `then`: after the cells that wait are filled. */
  async load(then: () => void): Promise<void> {
    if (this.asked) return;
    this.asked = true;
    try {
      this.file = await this.context.more();
    } catch (error) {
      this.missing = error instanceof Error ? error.message : String(error);
      this.context.say(this.missing);
    }
    this.settled = true;
    for (const cell of this.waiting) cell();
    this.waiting = [];
    then();
  }
}
