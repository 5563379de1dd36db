/**
 * The part of Go's `text/template` that routes in a plugin.json use: `{{ .JsonData.url }}`, `{{ orEmpty .X.y }}` and
 * `{{ if .SecureJsonData.token }}…{{ else }}…{{ end }}`. A missing value prints `<no value>`, as in Go.
 */
export interface TemplateData {
  URL: string;
  JsonData: Readonly<Record<string, unknown>>;
  SecureJsonData: Readonly<Record<string, unknown>>;
}

type Piece = { text: string } | { action: string };

export class TemplateError extends Error {}

export function renderTemplate(template: string, data: TemplateData): string {
  const pieces = split(template);
  const { text, next } = renderBlock(pieces, 0, data, true);
  if (next < pieces.length) {
    throw new TemplateError(`[proxy] the template "${template}" has an "end" or "else" without an "if".`);
  }
  return text;
}

function split(template: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = 0;
  for (const match of template.matchAll(/\{\{-?\s*(.*?)\s*-?\}\}/g)) {
    pieces.push({ text: template.slice(rest, match.index) }, { action: match[1] ?? '' });
    rest = match.index + match[0].length;
  }
  pieces.push({ text: template.slice(rest) });
  return pieces;
}

/** Renders up to the `else` or `end` that closes the block (or the end of the template); `next` points at it. */
function renderBlock(
  pieces: readonly Piece[],
  from: number,
  data: TemplateData,
  wanted: boolean
): { text: string; next: number } {
  let text = '';
  let at = from;
  for (; at < pieces.length; at++) {
    const piece = pieces[at]!;
    if ('text' in piece) {
      text += wanted ? piece.text : '';
    } else if (piece.action === 'end' || piece.action === 'else') {
      break;
    } else if (piece.action.startsWith('if ')) {
      const holds = isTrue(evaluate(piece.action.slice(3), data));
      const first = renderBlock(pieces, at + 1, data, wanted && holds);
      let { next } = first;
      text += first.text;
      if (isAction(pieces[next], 'else')) {
        const second = renderBlock(pieces, next + 1, data, wanted && !holds);
        text += second.text;
        next = second.next;
      }
      if (!isAction(pieces[next], 'end')) {
        throw new TemplateError('[proxy] an "if" of a header template has no "end".');
      }
      at = next;
    } else if (wanted) {
      const value = evaluate(piece.action, data);
      text += value === undefined ? '<no value>' : String(value);
    }
  }
  return { text, next: at };
}

function isAction(piece: Piece | undefined, action: string): boolean {
  return piece !== undefined && 'action' in piece && piece.action === action;
}

function evaluate(expression: string, data: TemplateData): unknown {
  const orEmpty = /^orEmpty\s+(\S+)$/.exec(expression);
  const path = orEmpty?.[1] ?? expression;
  const steps = /^\.(URL|JsonData|SecureJsonData)((?:\.[A-Za-z_][A-Za-z0-9_]*)*)$/.exec(path);
  if (steps === null) {
    throw new TemplateError(
      `[proxy] the preview cannot read "{{ ${expression} }}". It knows .URL, .JsonData.x, .SecureJsonData.x, if and orEmpty.`
    );
  }
  let value: unknown = data[steps[1] as keyof TemplateData];
  for (const step of (steps[2] ?? '').split('.').filter(Boolean)) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  return orEmpty !== null ? (value ?? '') : value;
}

function isTrue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}
