/** The part of archiver 7 that is used here; the package brings no types. */
declare module 'archiver' {
  import type { Transform } from 'node:stream';

  interface Archive extends Transform {
    append(content: Buffer, entry: { name: string; date: Date; mode: number }): this;
    finalize(): Promise<void>;
    pointer(): number;
  }
  export default function archiver(format: 'zip', options: { zlib: { level: number } }): Archive;
}
