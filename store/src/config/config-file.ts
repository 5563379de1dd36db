import { readFileSync } from 'node:fs';
import { ConfigError, configFromEnvironment, parseConfig } from './config';
import type { StoreConfig } from './config';

const LOOK_EVERY_MS = 1_000;

/**
 * The config as it is now. A changed file is read again within two seconds or so; a wrong one is told and the config stays as
 * it was. It is compared by its text, which also sees the swapped links of mounted config maps. Who writes a file empties
 * it first, and the first half of a config is mostly a config too, in which retention or tokens have fallen back to what they
 * are by default: so a text counts once two looks have found it, and an empty one never.
 */
export class ConfigFile {
  current: StoreConfig;
  private text: string | undefined;
  private unsettled: string | undefined;
  private told: string | undefined;

  /** @throws ConfigError when the file cannot be read or is wrong. */
  constructor(
    private readonly file: string | undefined,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    /** What else speaks against a config: a message, or nothing. */
    private readonly objection: (config: StoreConfig) => string | undefined = () => undefined
  ) {
    this.current = this.checked(
      file === undefined ? configFromEnvironment(environment) : this.take(file, this.read(file))
    );
  }

  watch(onChange: (config: StoreConfig) => void, onProblem: (error: Error) => void): () => void {
    const { file } = this;
    if (file === undefined) {
      return () => undefined;
    }
    const look = () => {
      try {
        const text = this.read(file);
        this.told = undefined;
        const isSettled = text === this.unsettled;
        this.unsettled = text;
        if (text !== this.text && isSettled) {
          this.current = this.checked(this.take(file, text, refuseEmpty));
          onChange(this.current);
        }
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        if (problem.message !== this.told) {
          this.told = problem.message;
          onProblem(problem);
        }
      }
    };
    const timer = setInterval(look, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }

  private checked(config: StoreConfig): StoreConfig {
    const objection = this.objection(config);
    if (objection !== undefined) {
      throw new ConfigError('', [objection]);
    }
    return config;
  }

  private read(file: string): string {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new ConfigError(file, [
        ` cannot be read (${error instanceof Error ? error.message : String(error)}). Check the path given with --config.`,
      ]);
    }
  }

  private take(
    file: string,
    text: string,
    refuse: (file: string, text: string) => void = () => undefined
  ): StoreConfig {
    this.text = text;
    refuse(file, text);
    return parseConfig(text, file, this.environment);
  }
}

/** @throws ConfigError for what a writer leaves that has died or met a full disk. */
function refuseEmpty(file: string, text: string): void {
  if (text.trim() === '') {
    throw new ConfigError(file, [
      ' is empty, as a writer that failed leaves it. Write {} where all defaults are wanted.',
    ]);
  }
}
