import { DataSet } from 'vis-data/peer';
import { Timeline } from 'vis-timeline/peer';
import { STATE_COLORS, laneName, type Columns } from './data';

/** The peer of the first-paint benchmark: vis-timeline 8.5.4, one DOM node an item. Resolves after its frame is painted. */
export async function paintVisTimeline(host: HTMLElement, columns: Columns): Promise<void> {
  const groups = new DataSet(Array.from({ length: columns.lanes }, (_, lane) => ({ id: lane, content: laneName(lane) })));
  const items = new DataSet(
    Array.from(columns.begin, (begin, i) => ({
      id: i,
      group: columns.lane[i]!,
      start: begin,
      end: columns.end[i]!,
      content: '',
      style: `background:${STATE_COLORS[columns.state[i]!]}`,
    }))
  );
  const timeline = new Timeline(host, items, groups, {
    start: columns.from,
    end: columns.to,
    stack: false,
    height: '800px',
    verticalScroll: true,
  });
  await new Promise<void>((resolve) => timeline.on('changed', () => resolve()));
  await painted();
  timeline.destroy();
}

/** Resolves when the frame that holds the latest changes has been handed to the screen. */
export function painted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
}
