// pidusage 4 ships without types; this is the part of them that we use.
declare module 'pidusage' {
  interface Usage {
    pid: number;
    ppid: number;
    /** Resident, in bytes. */
    memory: number;
    /** CPU time used so far, in milliseconds. */
    ctime: number;
  }
  export default function pidusage(
    pids: number[],
    options?: { usePs?: boolean }
  ): Promise<Record<string, Usage | null | undefined>>;
}
