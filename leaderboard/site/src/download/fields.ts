// Every field of a cell as a download has it, with what it means: one list for the files and their
// dictionary.
import {at} from '../arrays';
import {type MoreFile} from '../data/format';
import {type Row} from '../data/rows';

export type Value = string | number | boolean | null;

export interface Field {
  readonly name: string;
  readonly meaning: string;
  readonly of: (row: Row, more: MoreFile) => Value;
}

export type Record_ = Readonly<Record<string, Value>>;

const orNull = (value: number | string | undefined) => value ?? null;
const textOrNull = (value: string) => (value === '' ? null : value);

/** Of a further column; positions become what they point to. */
function further(name: string): (row: Row, more: MoreFile) => Value {
  return (row, {ids, columns}) => {
    const column = columns[name];
    const value = Array.isArray(column)
      ? ((column as readonly (number | null)[])[row.index] ?? null)
      : row.status === 'absent'
        ? null
        : ((column as number | null | undefined) ?? null);
    const names = ids[name];
    return names && value !== null ? at(names, value) : value;
  };
}

function furtherShare(name: string): (row: Row, more: MoreFile) => Value {
  const hits = further(name);
  const of = further(`${name}_of`);
  return (row, more) => {
    const [h, n] = [hits(row, more), of(row, more)];
    return typeof h === 'number' && typeof n === 'number' && n > 0 ? h / n : null;
  };
}

const coordinates: readonly Field[] = [
  {name: 'cell', meaning: 'the name of the cell, as in file names and links', of: row => row.id},
  {name: 'dataset', meaning: 'data set, as the matrix calls it', of: row => row.dataset},
  {name: 'attack', meaning: 'attack, as the matrix calls it', of: row => row.attack},
  {name: 'attack_plugin', meaning: 'the plugin behind it', of: row => textOrNull(row.attackPlugin)},
  {name: 'attack_family', meaning: 'its kind', of: row => textOrNull(row.attackFamily)},
  {name: 'teacher_network', meaning: 'network of the teacher', of: row => row.teacherNetwork},
  {name: 'student_network', meaning: 'network of the student', of: row => row.studentNetwork},
  {name: 'distiller', meaning: 'distiller, as the matrix calls it', of: row => row.distiller},
  {
    name: 'distiller_plugin',
    meaning: 'the plugin behind it',
    of: row => textOrNull(row.distillerPlugin),
  },
  {name: 'defense', meaning: 'defence, as the matrix calls it', of: row => row.defense},
  {
    name: 'defense_plugin',
    meaning: 'the plugin behind it',
    of: row => textOrNull(row.defensePlugin),
  },
  {name: 'access', meaning: 'data that the defence is given', of: row => textOrNull(row.access)},
  {name: 'attack_aware', meaning: 'its settings may know the attack', of: row => row.attackAware},
  {name: 'teacher_seed', meaning: 'seed of the teacher', of: row => row.teacherSeed},
  {name: 'student_seed', meaning: 'seed of the student', of: row => row.studentSeed},
  {name: 'track', meaning: 'data that the student may see', of: row => textOrNull(row.track)},
];

const results: readonly Field[] = [
  {name: 'status', meaning: 'how the cell ended; absent: planned, no score', of: row => row.status},
  {name: 'reason', meaning: 'why it did not end well', of: row => textOrNull(row.reason)},
  {name: 'flags', meaning: 'read with care, joined by spaces', of: row => row.flags.join(' ')},
  {
    name: 'counts',
    meaning:
      'no flag keeps the ASR out of means over attacks; where too few teachers of an attack are ' +
      'so it is in none all the same',
    of: row => (row.status === 'absent' ? null : row.counts),
  },
  {name: 'acc', meaning: 'accuracy on clean test images, in [0, 1]', of: row => orNull(row.acc)},
  {name: 'asr', meaning: 'attack success rate, in [0, 1]', of: row => orNull(row.asr)},
  {name: 'asr_hits', meaning: 'its hits', of: row => orNull(row.asrCount?.hits)},
  {name: 'asr_of', meaning: 'of so many triggered images', of: row => orNull(row.asrCount?.of)},
  {name: 'ra', meaning: 'triggered images recognized, in [0, 1]', of: furtherShare('ra')},
  {name: 'agreement', meaning: 'agreement with the teacher, in [0, 1]', of: further('agreement')},
  {name: 'floor', meaning: "ASR on a clean teacher's student", of: row => orNull(row.floor)},
  {name: 'teacher_acc', meaning: 'accuracy of the teacher', of: row => orNull(row.teacherAcc)},
  {name: 'teacher_asr', meaning: 'ASR of the teacher', of: row => orNull(row.teacherAsr)},
  {name: 'clean_acc', meaning: 'accuracy of the clean teacher', of: row => orNull(row.cleanAcc)},
  {name: 'gate', meaning: 'whether the attack took', of: row => textOrNull(row.gate)},
  {name: 'psnr', meaning: 'of the trigger, in dB', of: further('psnr')},
];

const costs: readonly Field[] = [
  {
    name: 'seconds',
    meaning: 'what is compared, seconds of `device`',
    of: row => orNull(row.seconds),
  },
  {name: 'device', meaning: 'CPU or GPU', of: row => textOrNull(row.device)},
  {name: 'wall_seconds', meaning: 'on the clock', of: further('wall_seconds')},
  {name: 'cpu_seconds', meaning: 'of all cores', of: further('cpu_seconds')},
  {name: 'gpu_seconds', meaning: 'of the device', of: further('gpu_seconds')},
  {name: 'peak_bytes', meaning: 'largest memory', of: further('peak_bytes')},
  {name: 'threads', meaning: 'of the processor', of: further('threads')},
  {name: 'deterministic', meaning: '1: equal bits when repeated', of: further('deterministic')},
];

const origins: readonly Field[] = [
  {name: 'verification', meaning: 'who checked it', of: row => textOrNull(row.verification)},
  {
    name: 'evaluated_on',
    meaning: 'images it was measured on',
    of: row => textOrNull(row.evaluatedOn),
  },
  {name: 'day', meaning: 'when it was computed', of: row => textOrNull(row.day)},
  {name: 'preset', meaning: 'options of the matrix', of: further('preset')},
  {name: 'profile', meaning: 'numerics', of: further('profile')},
  {name: 'version', meaning: 'of the program', of: further('version')},
  {name: 'commit', meaning: 'of the program', of: further('commit')},
  {name: 'fingerprint', meaning: 'SHA-256 of the decoded data set', of: further('fingerprint')},
];

export const fields: readonly Field[] = [...coordinates, ...results, ...costs, ...origins];

export function recordOf(row: Row, more: MoreFile): Record_ {
  return Object.fromEntries(fields.map(field => [field.name, field.of(row, more)]));
}
