import type { WatchOptions } from './run-options';
export async function watchCommand(options: WatchOptions): Promise<void> {
  void options;
}
