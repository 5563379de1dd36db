import { useMemo } from 'react';
import { applyFieldOverrides, type DataFrame, type PanelProps } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import { readRuns, type Reading } from '../../../frames/run-columns';
import type { TimelineOptions } from '../options';
import { PLAIN } from '../words';
import { askableQueries, holdsAllRuns, searchQuery, type TimelineQuery } from './source-questions';
import { useSource } from './use-source';

/** Keys follow each other faster than this. */
const TYPING_MS = 300;

type Props = Pick<PanelProps<TimelineOptions>, 'data' | 'replaceVariables' | 'fieldConfig' | 'timeZone'>;

interface FoundRuns {
  /** What the source found last; before it has answered at all, and where it is not asked, what came. */
  reading: Reading;
  /** What is to be looked for in it; nothing while the source is asked: what it will find is not known yet. */
  text: string;
  /** Whether it is what the source found. */
  isFound: boolean;
  /** What is to be known about the search. */
  notice: string | undefined;
  /** The queries to ask for runs that the panel does not hold; `undefined` where nobody can be asked. */
  queries: TimelineQuery[] | undefined;
}

/** A search looks through what the panel holds; where that is not every run, the source looks. */
export function useFoundRuns(props: Props, came: Reading, sought: string): FoundRuns {
  const { data, replaceVariables } = props;
  const text = sought.trim();
  const isWhole = holdsAllRuns(came);
  const queries = useMemo(
    () => (isWhole ? undefined : askableQueries(data.request, text, replaceVariables)),
    [isWhole, data.request, text, replaceVariables]
  );
  const asked = text === '' ? undefined : queries?.map((query) => searchQuery(query, text));
  const { series, current, error } = useSource(data.request, asked, TYPING_MS);
  const frames = useOverrides(props, asked && series);
  const found = useMemo(() => {
    const result = frames && readRuns(frames);
    return result?.ok ? result.reading : undefined;
  }, [frames]);
  const isFound = found !== undefined;
  return { reading: found ?? came, text: queries ? '' : text, isFound, queries, notice: notice() };

  function notice(): string | undefined {
    if (text === '' || isWhole || (current && isFound)) {
      return undefined;
    }
    if (queries === undefined) {
      return t('search.lanes-only', 'Not all runs are here: the search sees the others by the name of their lane only');
    }
    return current && error !== undefined
      ? t('search.failed', 'The source could not be searched: {{why}}', { why: error, ...PLAIN })
      : t('search.asking', 'Not all runs are here: searching at the source …');
  }
}

/** Frames as a panel gets them: with the links and the display of the panel's own field options. */
export function useOverrides(props: Props, frames: DataFrame[] | undefined): DataFrame[] | undefined {
  const theme = useTheme2();
  const { fieldConfig, replaceVariables, timeZone } = props;
  return useMemo(
    () => frames && applyFieldOverrides({ data: frames, fieldConfig, replaceVariables, theme, timeZone }),
    [frames, fieldConfig, replaceVariables, theme, timeZone]
  );
}
