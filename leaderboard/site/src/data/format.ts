// What `dfkd site` writes for this application; leaderboard/pages/README.md is the contract.
// Strings come from strangers: they become text and nothing else.

export interface MatrixEntry {
  readonly name: string;
  readonly file: string;
  readonly summary: string;
  readonly demonstration: boolean;
  readonly has_file: boolean;
  readonly scores: number;
  readonly planned: number | null;
  readonly absent: number;
  readonly newest: string;
}

export interface Plugin {
  readonly title: string;
  readonly summary: string;
  readonly family: string;
  readonly access: string;
  readonly control: boolean;
  readonly revision: number | null;
  readonly paper: string;
  readonly bibtex: string;
  readonly code: string;
  readonly page: string;
}

export type PluginKind = 'attack' | 'defense' | 'distiller' | 'dataset';

export interface SiteFile {
  readonly schema: string;
  readonly newest: string;
  readonly version: string;
  readonly commit: string;
  readonly matrices: readonly MatrixEntry[];
  readonly plugins: Readonly<Record<PluginKind, Readonly<Record<string, Plugin>>>>;
  readonly statuses: Readonly<Record<string, string>>;
  readonly flags: Readonly<Record<string, string>>;
  readonly tracks: Readonly<Record<string, string>>;
  readonly verification: Readonly<Record<string, string>>;
}

/** An entry of a matrix: its id there, and what is known of its plugin. */
export interface EntryId {
  readonly id: string;
  readonly safe: string;
  readonly plugin?: string;
  readonly family?: string;
  readonly access?: string;
  readonly control?: boolean;
  readonly attack_aware?: boolean;
  readonly none?: boolean;
  /** Of defences, the plugins of the parts. */
  readonly parts?: readonly string[];
  /** Of distillers, what they take beside their track; null of those that nobody has run. */
  readonly side?: string | null;
  /** Of attacks, the plugins of the defences that they were built against. */
  readonly adapts_to?: readonly string[];
}

/** One value a row, or one for all of them. */
export type Column<Value> = readonly (Value | null)[] | Value | null;

export type Columns = Readonly<Record<string, Column<number>>>;

export interface MatrixFile {
  readonly schema: string;
  readonly name: string;
  readonly file: string;
  readonly scores: number;
  readonly absent: number;
  readonly absent_not_listed: number;
  readonly shard: number;
  readonly ids: {
    readonly dataset: readonly EntryId[];
    readonly attack: readonly EntryId[];
    readonly teacher_network: readonly EntryId[];
    readonly student_network: readonly EntryId[];
    readonly distiller: readonly EntryId[];
    readonly defense: readonly EntryId[];
    readonly track: readonly string[];
    readonly status: readonly string[];
    readonly flags: readonly (readonly string[])[];
    readonly reason: readonly string[];
    readonly device: readonly string[];
    readonly gate: readonly string[];
    readonly day: readonly string[];
    readonly verification: readonly string[];
    readonly evaluated_on: readonly string[];
  };
  readonly columns: Columns;
}

/** A column of scores.csv. */
export interface Field {
  readonly name: string;
  readonly unit: string;
  readonly meaning: string;
}

/** Further columns of the rows that have a score. */
export interface MoreFile {
  readonly schema: string;
  /** Of the matrix. */
  readonly name: string;
  readonly ids: Readonly<Record<string, readonly string[]>>;
  readonly columns: Columns;
  /** All columns of scores.csv in their order, whether they are here or in the rows. */
  readonly fields: readonly Field[];
}

/** Pictures for the cells of a data set, attack and distiller that have none of their own. */
export interface PictureSet {
  readonly dataset: string;
  readonly attack: string;
  readonly distiller: string;
  /** Whose they are. */
  readonly teacher_network: string;
  readonly student_network: string;
  readonly defense: string;
  readonly undefended: boolean;
  readonly teacher_seed: number;
  readonly student_seed: number;
  readonly media: Readonly<Record<string, string>>;
}

export interface PicturesFile {
  readonly schema: string;
  readonly sets: readonly PictureSet[];
}

/** What is known of one cell; of `score` only what the page of a cell shows is described. */
export interface CellFile {
  readonly score: ScoreFile;
  readonly digest: string;
  readonly curves: Readonly<Record<string, readonly (number | null)[]>> | null;
  readonly log: Readonly<Record<string, readonly (readonly [number, number | null])[]>> | null;
  readonly matrix_file: unknown;
  readonly command: string | null;
  readonly verify: string | null;
}

export interface ScoreFile {
  readonly entries: Readonly<Record<string, ScoreEntry | null>>;
  readonly media: Readonly<Record<string, string | null>>;
  readonly [member: string]: unknown;
}

export interface ScoreEntry {
  readonly plugin: string;
  readonly revision: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly attack_aware?: boolean;
  readonly parts?: readonly ScoreEntry[];
}
