import { FieldType, MappingType } from '@grafana/data';
import type { DataFrame, FieldConfig } from '@grafana/data';
import type { Asset, AssetsAnswer, Freshness } from '../model/answer';
import { FRESHNESS } from '../model/answer';
import type { FrameContext } from './frame-context';
import { makeField, makeFrame, noticesOf, texts } from './make-frame';
import { spanFields } from './own-times';
import { stateColor } from './series-frames';
import { STATE_COLORS } from './state-colors';
import type { ColoredState } from './state-colors';
import { makers } from './table-frames';

const COLOR_OF: Readonly<Record<Freshness, ColoredState>> = {
  overdue: 'failed',
  late: 'lost',
  unknown: 'unknown',
  fresh: 'completed',
};

/** `assets`: one row each, with its age beside the instant when it was made. What is not reported is an empty cell. */
export function assetsFrames(
  { assets, skipped, assetsOmitted: omitted }: AssetsAnswer,
  context: FrameContext
): DataFrame[] {
  const { text, number, time } = makers(context);
  const of = <T>(read: (asset: Asset) => T) => assets.map(read);
  return [
    makeFrame(
      context,
      'assets',
      [
        text(
          'asset',
          of(({ name }) => name)
        ),
        makeField(context, 'freshness', FieldType.string, texts(of(({ freshness }) => freshness)), colored(context)),
        number(
          'age',
          of(({ madeAt }) => (madeAt === undefined ? undefined : Math.max(0, context.now - madeAt))),
          { unit: 'ms' }
        ),
        number(
          'checksFailed',
          of(({ checksFailed }) => checksFailed),
          stateColor(context, 'failed')
        ),
        number(
          'checksPassed',
          of(({ checksPassed }) => checksPassed)
        ),
        time(
          'madeAt',
          of(({ madeAt }) => madeAt)
        ),
        text(
          'runId',
          of(({ runId }) => runId)
        ),
        text(
          'upstream',
          of(({ upstream }) => (upstream.length === 0 ? undefined : upstream.join(', ')))
        ),
        text(
          'group',
          of(({ group }) => group)
        ),
        text(
          'location',
          of(({ location }) => location)
        ),
        ...spanFields(
          of(({ madeAt = context.now }) => ({ began: madeAt, ended: madeAt })),
          context
        ),
        text(
          'source',
          of(({ source }) => source)
        ),
      ],
      { view: 'assets', truncated: omitted !== undefined },
      { notices: noticesOf(context, { skipped, omitted }) }
    ),
  ];
}

function colored({ shade, words }: FrameContext): FieldConfig {
  const options = FRESHNESS.map((word, index) => [
    word,
    { text: words.freshness[word], color: STATE_COLORS[shade][COLOR_OF[word]], index },
  ]);
  return { mappings: [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }] };
}
