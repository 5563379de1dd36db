import type React from 'react';
import type { Scene } from '../draw/scene';
import { stepLane, stepRun } from '../draw/step-run';
import { zoomAt } from '../time-scale';
import type { LaneRun } from '../lanes/run-identity';
import type { Range } from './use-range-override';

interface Options {
  scene: () => Scene | undefined;
  focus: LaneRun | undefined;
  onFocus: (run: LaneRun) => void;
  onRange: (range: Range) => void;
  onEnter: (scene: Scene, run: LaneRun) => void;
  onFold: (run: LaneRun) => void;
  /** Alert rule for the lane. */
  onAlert: ((run: LaneRun) => void) | undefined;
  /** Escape; true when there was something to leave. */
  onEscape: () => boolean;
  onSearch: () => void;
}

const ZOOM = 1.5;

/** What keys do on the plot. Keys with modifiers, and keys that are not ours, are left alone. */
export function keyHandler(options: Options): (event: React.KeyboardEvent) => void {
  return (event) => {
    const scene = options.scene();
    if (scene && !event.altKey && !event.ctrlKey && !event.metaKey && press(scene, event.key, options)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
}

function press(scene: Scene, key: string, options: Options): boolean {
  const { focus } = options;
  const step = keyStep(scene, key, focus);
  if (step.moves) {
    if (step.to) {
      options.onFocus(step.to);
    }
    return true;
  }
  switch (key) {
    case 'Enter':
      if (focus) {
        options.onEnter(scene, focus);
      }
      return focus !== undefined;
    case ' ':
      if (focus) {
        options.onFold(focus);
      }
      return focus !== undefined;
    case 'a':
      if (focus && options.onAlert) {
        options.onAlert(focus);
        return true;
      }
      return false;
    case 'Escape':
      return options.onEscape();
    case '/':
      options.onSearch();
      return true;
    case '+':
    case '=':
    case '-': {
      const { scale, rows } = scene;
      const at = focus ? rows.columns.began[focus.row]! : scale.time(scale.width / 2);
      options.onRange(zoomAt(scale, at, key === '-' ? ZOOM : 1 / ZOOM));
      return true;
    }
    default:
      return false;
  }
}

function keyStep(scene: Scene, key: string, focus: LaneRun | undefined): { moves: boolean; to?: LaneRun } {
  switch (key) {
    case 'ArrowRight':
      return { moves: true, to: stepRun(scene, focus, 1) };
    case 'ArrowLeft':
      return { moves: true, to: stepRun(scene, focus, -1) };
    case 'Home':
      return { moves: true, to: stepRun(scene, focus, -Infinity) };
    case 'End':
      return { moves: true, to: stepRun(scene, focus, Infinity) };
    case 'ArrowDown':
      return { moves: true, to: stepLane(scene, focus, 1) };
    case 'ArrowUp':
      return { moves: true, to: stepLane(scene, focus, -1) };
    default:
      return { moves: false };
  }
}
