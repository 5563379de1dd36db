import uPlot from 'uplot';
import { STATE_COLORS, type Columns } from './data';

/**
 * The peer of the frame benchmark: uPlot 1.6.32, which Grafana's own time panels use, with the custom path renderer that
 * a lane chart needs. It gets what it is good at: columns sorted by x, its own scales, culling by its own index window,
 * one Path2D per state.
 */
export function mountUPlot(host: HTMLElement, columns: Columns, width: number, height: number) {
  const order = Uint32Array.from(columns.begin, (_, i) => i).sort((a, b) => columns.begin[a]! - columns.begin[b]!);
  const x = Float64Array.from(order, (i) => columns.begin[i]! / 1000);
  const y = Float64Array.from(order, (i) => columns.lane[i]!);
  const end = Float64Array.from(order, (i) => columns.end[i]! / 1000);
  const state = Uint8Array.from(order, (i) => columns.state[i]!);

  const plot = new uPlot(
    {
      width,
      height,
      pxAlign: 0,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: [-0.5, columns.lanes - 0.5] } },
      series: [
        {},
        {
          paths: (u, _series, from, to) => {
            const paths = STATE_COLORS.map(() => new Path2D());
            const laneHeight = u.bbox.height / columns.lanes;
            for (let i = from; i <= to; i++) {
              const left = u.valToPos(x[i]!, 'x', true);
              const right = u.valToPos(end[i]!, 'x', true);
              const top = u.bbox.top + y[i]! * laneHeight;
              paths[state[i]!]!.rect(left, top, Math.max(1, right - left), laneHeight - 1);
            }
            u.ctx.save();
            paths.forEach((path, index) => {
              u.ctx.fillStyle = STATE_COLORS[index]!;
              u.ctx.fill(path);
            });
            u.ctx.restore();
            return null;
          },
          points: { show: false },
        },
      ],
    },
    [x as unknown as number[], y as unknown as number[]],
    host
  );
  return {
    frame(from: number, to: number) {
      plot.batch(() => plot.setScale('x', { min: from / 1000, max: to / 1000 }));
      plot.ctx.getImageData(0, 0, 1, 1);
    },
    destroy: () => plot.destroy(),
  };
}
