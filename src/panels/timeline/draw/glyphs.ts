import type { RunClass } from '../run-class';

/** Marks of the states in a 16 × 16 box, drawn as paths because fonts lack some of them. One definition for canvas and DOM. */
export interface Glyph {
  d: string;
  fill: boolean;
}

export const GLYPHS: Readonly<Record<RunClass | 'retry' | 'stuck', Glyph>> = {
  completed: { d: 'M3 8.5l3.4 3.5L13 4.5', fill: false },
  failed: { d: 'M4 4l8 8M12 4l-8 8', fill: false },
  lost: { d: 'M9.5 1.5L3.5 9h4l-1 5.5L12.5 7h-4z', fill: true },
  cancelled: { d: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zM4.2 11.8l7.6-7.6', fill: false },
  retried: { d: 'M12.5 8a4.5 4.5 0 1 1-1.6-3.4M11.4 1.8v3.2H8.2', fill: false },
  running: { d: 'M4.5 3v10l8-5z', fill: true },
  pending: { d: 'M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10z', fill: false },
  stuck: {
    d: 'M4 2.5h8M4 13.5h8M5 2.5c0 3 2.2 4 3 5.5c.8-1.5 3-2.5 3-5.5M5 13.5c0-3 2.2-4 3-5.5c.8 1.5 3 2.5 3 5.5',
    fill: false,
  },
  unknown: { d: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.9-1.1 1.7M8 12.6v.4', fill: false },
  retry: { d: 'M12.5 8a4.5 4.5 0 1 1-1.6-3.4M11.4 1.8v3.2H8.2', fill: false },
};
