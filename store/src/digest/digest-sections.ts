import { cutWhole } from '../../../src/diagnosis/normalise';
import { sayDuration } from '../agent/durations';
import type { Language } from '../alerts/alerts-config';
import type { CauseLine, Digest, Totals } from './digest';
import { digestWords } from './digest-words';

/** The digest as lines under headings, before it is text or HTML. Values are as they are: nothing is escaped yet. */
export interface DigestSections {
  title: string;
  lead: string[];
  sections: Array<{ heading: string; lines: Array<{ name: string; fact: string; trend?: string }>; foot?: string }>;
}

const LONGEST_NAME = 120;
const MOST_TASKS_NAMED = 3;
const BLOCKS = '▁▂▃▄▅▆▇█';

export function digestSections(digest: Digest, language: Language): DigestSections {
  const words = digestWords(language);
  const number = (value: number) => value.toLocaleString(language === 'en' ? 'en-US' : 'zh-CN');
  const score = (value: number) => String(Math.round(value));
  const cause = ({ title, tasks, count, lastAt }: CauseLine) => ({
    name: short(title),
    fact: words.causeLine(number(count), listOf(tasks), timeOf(lastAt)),
  });
  const { totals, before } = digest;
  const all = [
    {
      heading: words.failing,
      lines: digest.failing.map(({ task, failed, ended, failedBefore }) => ({
        name: short(task),
        fact: words.failingLine(number(failed), number(ended), number(failedBefore)),
      })),
    },
    { heading: words.fresh, lines: digest.fresh.map(cause) },
    {
      heading: words.resolved,
      lines: digest.resolved.map(cause),
    },
    {
      heading: words.health,
      lines: digest.health.map(({ task, score: now, scoreBefore, trend, mostly }) => ({
        name: short(task),
        fact: [words.healthLine(score(now), scoreBefore === undefined ? undefined : score(scoreBefore)), mostly]
          .filter((part) => part !== undefined)
          .map(short)
          .join(' · '),
        trend: sparkline(trend),
      })),
    },
    {
      heading: words.abnormal,
      lines: digest.abnormal.map(({ kind, count, countBefore }) => ({
        name: short(kind),
        fact: words.countLine(number(count), number(countBefore)),
      })),
    },
    {
      heading: words.slower,
      lines: digest.slower.map(({ task, p95Ms, p95BeforeMs }) => ({
        name: short(task),
        fact: words.slowerLine(sayDuration(p95Ms), sayDuration(p95BeforeMs)),
      })),
    },
    {
      heading: words.waiting,
      lines: digest.waiting.map(({ source, queue, pending, waitP95Ms, oldestPendingAt }) => ({
        name: short(`${queue} (${source})`),
        fact: words.pendingLine(
          number(pending),
          waitP95Ms === undefined ? undefined : sayDuration(waitP95Ms),
          oldestPendingAt === undefined ? undefined : timeOf(oldestPendingAt)
        ),
      })),
    },
  ];
  return {
    title: words.title(dayOf(digest.range.from), dayOf(digest.range.to)),
    lead: [
      words.totals(number(totals.ended), number(totals.tasks), number(totals.failed), rateOf(totals)),
      ...(before.ended > 0 ? [words.against(rateOf(before))] : []),
      ...(totals.failed === 0 && totals.ended > 0 ? [words.allWell] : []),
      ...(digest.lasting > 0 ? [words.lasting(digest.lasting)] : []),
    ],
    sections: all.filter(({ lines }) => lines.length > 0),
  };
}

function sparkline(values: ReadonlyArray<number | null>): string {
  return values
    .map((value) =>
      value === null ? '·' : (BLOCKS[Math.min(BLOCKS.length - 1, Math.floor((value / 100) * BLOCKS.length))] ?? '')
    )
    .join('');
}

function rateOf({ failed, ended }: Totals): string {
  return ended === 0 ? '–' : `${((100 * failed) / ended).toFixed(failed > 0 && failed / ended < 0.01 ? 2 : 1)} %`;
}

function listOf(names: readonly string[]): string {
  const more = names.length - MOST_TASKS_NAMED;
  return `${names.slice(0, MOST_TASKS_NAMED).map(short).join(', ')}${more > 0 ? ` +${more}` : ''}`;
}

function short(text: string): string {
  return cutWhole(text.replace(/[\p{Cc}\s]+/gu, ' ').trim(), LONGEST_NAME);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
