import { PROFILES } from '../prometheus/profiles';
import { makeRules } from './rules';
import { chineseDescription } from './zh-hans';

it('has a sentence for what each rule of each exporter can find, with the number where there is one', () => {
  const rules = PROFILES.flatMap((profile) => makeRules(profile));
  expect(rules.length).toBeGreaterThan(19);
  for (const rule of rules) {
    const numbers = (pieces: readonly unknown[]) => pieces.filter((piece) => typeof piece !== 'string').length;
    const chinese = chineseDescription(rule);
    expect([rule.uid, chinese === undefined]).toEqual([rule.uid, false]);
    expect([rule.uid, numbers(chinese ?? [])]).toEqual([
      rule.uid,
      numbers(rule.message.description.filter((piece) => typeof piece === 'string' || 'value' in piece)),
    ]);
  }
});
