import { CHINESE } from './zh-hans';

/** Turns an English sentence of a dashboard into the language that is being generated. */
export type Say = (english: string) => string;

export interface Language {
  code: 'en-US' | 'zh-Hans';
  /** Appended to every uid, because both sets may be loaded side by side. */
  uidSuffix: '' | '-zh';
  say: Say;
}

export const ENGLISH_DASHBOARDS: Language = { code: 'en-US', uidSuffix: '', say: (english) => english };

export const CHINESE_DASHBOARDS: Language = {
  code: 'zh-Hans',
  uidSuffix: '-zh',
  say: (english) => {
    const words = CHINESE[english];
    if (words === undefined) {
      throw new Error(`[dashboards] zh-hans.ts has no words for "${english}". Write them there.`);
    }
    return words;
  },
};

export const LANGUAGES: readonly Language[] = [ENGLISH_DASHBOARDS, CHINESE_DASHBOARDS];
