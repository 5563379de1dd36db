/** Labels as they stand between the braces: `source="shop",task="mail.send"`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([label, text]) => `${label}="${escaped(text)}"`)
    .join(',');
}

/** One sample in Prometheus' text format 0.0.4, with labels that `labelsText` has made. */
export function labelledLine(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`;
}

/** One sample in Prometheus' text format 0.0.4. */
export function sampleLine(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  return labelledLine(name, labelsText(labels), value);
}

/** A family of samples with its header. */
export function familyText(name: string, type: 'counter' | 'gauge' | 'histogram', help: string, lines: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
