import { kindsFor, suggestRules, type History } from '../../../alerting/suggest-rule';
import { PROFILES } from '../../../prometheus/profiles/index';
import { RUNLANE_STORE } from '../../../prometheus/profiles/runlane-store';
import { historyText, originText, ruleSentence, ruleTitle, subjectText } from './rule-words';

const HOUR = 3_600_000;
const KNOWN: History = { spanMs: HOUR, ended: 400, failed: 24, p99DurationMs: 4837, p99WaitMs: 90_000 };
const FEW: History = { spanMs: HOUR, ended: 3, failed: 3 };
const NBSP = '\u00a0';

function say(only: Record<string, string>, history?: History): string[] {
  return suggestRules({ profile: RUNLANE_STORE, only, history }).map(
    (rule) => `${ruleTitle(rule.name)}: ${ruleSentence(rule, history)} ${originText(rule, history)}`
  );
}

test('puts thresholds into words, with what is usual beside them', () => {
  const said = say({ task: 'mail' }, KNOWN);
  expect(said[0]).toBe(
    `Fails too often: More than 12${NBSP}% of the runs that end within 15 min fail; usual are 6${NBSP}%. From its own history`
  );
  expect(said).toContain(
    'Takes too long: The slowest 1 % of the runs within 15 min take 9.7 s or longer; usual are 4.8 s. From its own history'
  );
  expect(say({ queue: 'fast' }, KNOWN)[1]).toBe(
    'Runs wait too long: The oldest run has been waiting for more than 4 min 30 s; 99 % wait less than 1 min 30 s. From its own history'
  );
  expect(say({ worker: 'w1' }, KNOWN)[0]).toMatch(
    /^Is lost: Nothing has been heard of it for more than 5 min .* Our default$/
  );
});

test('says when the figure is our default, and whether for want of runs', () => {
  expect(say({ task: 'mail' }, FEW)[0]).toBe(
    `Fails too often: More than 25${NBSP}% of the runs that end within 6 h fail. Our default: too few runs here to know`
  );
  expect(say({ task: 'mail' })[0]).toMatch(/ fail\. Our default$/);
  expect(say({ task: 'mail' }, FEW)[1]).toMatch(/^Ends abnormally: .* Our default$/);
});

test('has words for every rule that can be suggested, whatever the exporter', () => {
  for (const profile of PROFILES) {
    for (const fact of ['task', 'queue', 'worker']) {
      const only = { [fact]: 'x' };
      kindsFor(only).forEach((name) => expect(ruleTitle(name)).not.toBe(name));
      for (const rule of suggestRules({ profile, only, history: KNOWN })) {
        expect(ruleSentence(rule, KNOWN)).toMatch(/^[A-Z0-9].*\.$/);
        expect(ruleSentence(rule, undefined)).not.toMatch(/NaN|undefined|\{\{/);
      }
    }
  }
});

test('says what is known here', () => {
  expect(historyText(KNOWN, false)).toBe('History: 400 runs ended in the range shown (1 h), 24 of them failed.');
  expect(historyText(KNOWN, true)).toMatch(/of the runs that were sent, 400 ended within 1 h/);
  expect(historyText({ ...FEW, ended: 0 }, false)).toMatch(/^No run/);
  expect(historyText(undefined, false)).toMatch(/Zoom in/);
});

test('names stay on one line and are not taken for markup', () => {
  expect(subjectText({ fact: 'task', name: 'a\nb\t<b>"c"</b>', source: 'shop' })).toBe('Task a b <b>"c"</b> (shop)');
  expect(subjectText({ fact: 'queue', name: 'fast' })).toBe('Queue fast');
});
