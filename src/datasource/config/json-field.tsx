import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Field, TextArea, useStyles2 } from '@grafana/ui';
import React from 'react';
import { sayPlainly } from '../say-error';
import { FIELD_WIDTH } from './config-props';

interface Props {
  id: string;
  label: string;
  description: string;
  value: string;
  /** Shown while the field is empty, and put in with a click. */
  example: string;
  rows: number;
  /** Reads the text's value; throws with what is wrong with it. */
  decode: (value: unknown) => unknown;
  onChange: (text: string) => void;
}

/** JSON text with what is wrong with it said below. Empty is right. */
export function JsonField({ id, label, description, value, example, rows, decode, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const problem = jsonProblem(value, decode);
  return (
    <>
      <Field label={label} description={description} invalid={problem !== undefined} error={problem}>
        <TextArea
          id={id}
          className={styles.text}
          cols={FIELD_WIDTH}
          rows={rows}
          spellCheck={false}
          value={value}
          placeholder={example}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </Field>
      {value.trim() === '' && (
        <Button variant="secondary" size="sm" onClick={() => onChange(example)}>
          {t('datasource.config.example', 'Start from this example')}
        </Button>
      )}
    </>
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
    return error instanceof Error ? sayPlainly(error) : String(error);
  }
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
});
