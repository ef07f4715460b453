// Which pictures the page of a cell shows, and whose they are.
import {type PictureSet, type ScoreFile} from '../data/format';
import {type Row} from '../data/rows';

export interface ShownPicture {
  readonly path: string;
  readonly label: string;
  /** Of a picture that is not of this very cell: of which it is. */
  readonly remark: string;
}

const pictureNames: Readonly<Record<string, string>> = {
  trigger: 'Trigger',
  clean: 'Clean',
  triggered: 'Triggered',
  difference: 'Difference, amplified',
  synthetic: 'Synthetic images',
};

// Only what the site itself wrote under media: names in scores are a stranger's.
function picturePath(path: string | null | undefined): string | undefined {
  return path && /^media\/[0-9a-f]+\.png$/.test(path) ? path : undefined;
}

type Names = Pick<
  Row,
  | 'dataset'
  | 'attack'
  | 'distiller'
  | 'teacherNetwork'
  | 'studentNetwork'
  | 'defense'
  | 'teacherSeed'
  | 'studentSeed'
>;

function hasSameNetworks(row: Names, set: PictureSet): boolean {
  return row.teacherNetwork === set.teacher_network && row.studentNetwork === set.student_network;
}

function isOf(row: Names, set: PictureSet): boolean {
  return (
    hasSameNetworks(row, set) &&
    row.defense === set.defense &&
    row.teacherSeed === set.teacher_seed &&
    row.studentSeed === set.student_seed
  );
}

function remarkOf(kind: string, row: Names, set: PictureSet): string {
  if (isOf(row, set)) return '';
  const teacher = String(set.teacher_seed);
  if (kind !== 'synthetic') return `of the attack, teacher seed ${teacher}`;
  const cell = set.undefended ? 'the undefended cell' : `the cell of ${set.defense}`;
  const networks = hasSameNetworks(row, set)
    ? ''
    : ` and ${set.teacher_network} → ${set.student_network}`;
  const seeds = `${teacher} (teacher) · ${String(set.student_seed)} (student)`;
  return `of ${cell} with seeds ${seeds}${networks}, not of this one`;
}

/** What a cell has itself; for what it has not, the set of its data set, attack and distiller. */
export function shownPictures(
  row: Names,
  media: ScoreFile['media'],
  sets: readonly PictureSet[],
): ShownPicture[] {
  const set = sets.find(
    one =>
      one.dataset === row.dataset && one.attack === row.attack && one.distiller === row.distiller,
  );
  return Object.entries(pictureNames).flatMap(([kind, label]): ShownPicture[] => {
    const own = picturePath(media[kind]);
    if (own !== undefined) return [{path: own, label, remark: ''}];
    const shared = picturePath(set?.media[kind]);
    if (!set || shared === undefined) return [];
    return [{path: shared, label, remark: remarkOf(kind, row, set)}];
  });
}
