import { layoutOf } from './layout';

const CONTENT = {
  groups: 1,
  scoreLines: 2,
  sentences: ['failures 22 % of 186 runs, allowed 2 %'],
  quiet: ['exits: nothing deducted'],
  hasHistory: true,
};

describe('layoutOf', () => {
  it('shows the number alone where sentences do not fit', () => {
    expect(layoutOf(200, 120, CONTENT, 'auto').kind).toBe('number');
    expect(layoutOf(1000, 100, CONTENT, 'auto').kind).toBe('number');
  });

  it('gives the history what the reasons leave, and nothing when that is too little to read', () => {
    const roomy = layoutOf(720, 260, CONTENT, 'auto');
    expect(roomy).toMatchObject({ kind: 'detail', beside: true, historyTicks: true });
    expect(roomy.historyHeight).toBeGreaterThan(50);
    const full = layoutOf(720, 260, { ...CONTENT, sentences: Array.from({ length: 8 }, () => 'a reason') }, 'auto');
    expect(full.historyHeight).toBe(0);
  });

  it('counts characters of Chinese as two, so that long sentences keep their lines', () => {
    const words = (text: string) =>
      layoutOf(500, 300, { ...CONTENT, sentences: [text, text, text] }, 'auto').historyHeight;
    expect(words('失'.repeat(60))).toBeLessThan(words('a'.repeat(60)));
  });

  it('lists several groups when asked to, at any size', () => {
    expect(layoutOf(200, 120, { ...CONTENT, groups: 3 }, 'all').kind).toBe('list');
    expect(layoutOf(720, 260, { ...CONTENT, groups: 1 }, 'all').kind).toBe('detail');
  });
});
