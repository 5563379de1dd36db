import type { DataFrame } from '@grafana/data';

/** In place of an answer that the source cannot give: no field, and a notice that says why. */
export function unreportedFrame(refId: string, why: string): DataFrame {
  return { refId, fields: [], length: 0, meta: { notices: [{ severity: 'info', text: why }] } };
}

/** Why there is nothing to show, where all that came is such frames. */
export function unreportedText(frames: readonly DataFrame[]): string | undefined {
  const texts = frames.flatMap(({ fields, meta }) =>
    fields.length > 0 ? [] : (meta?.notices ?? []).flatMap(({ text }) => text)
  );
  return frames.some(({ fields }) => fields.length > 0) || texts.length === 0
    ? undefined
    : [...new Set(texts)].join(' ');
}
