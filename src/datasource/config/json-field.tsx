import { Field, TextArea } from '@grafana/ui';
import React from 'react';
import { FIELD_WIDTH } from './config-props';

interface Props {
  id: string;
  label: string;
  description: string;
  value: string;
  placeholder: string;
  rows: number;
  /** Reads the text's value; throws with what is wrong with it. */
  decode: (value: unknown) => unknown;
  onChange: (text: string) => void;
}

/** JSON text with what is wrong with it said below. Empty is right. */
export function JsonField({ id, label, description, value, placeholder, rows, decode, onChange }: Props) {
  const problem = jsonProblem(value, decode);
  return (
    <Field label={label} description={description} invalid={problem !== undefined} error={problem}>
      <TextArea
        id={id}
        cols={FIELD_WIDTH}
        rows={rows}
        spellCheck={false}
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Field>
  );
}

function jsonProblem(text: string, decode: (value: unknown) => unknown): string | undefined {
  if (text.trim() === '') {
    return undefined;
  }
  try {
    decode(JSON.parse(text));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
