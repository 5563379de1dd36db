import { readFileSync } from 'node:fs';
import { ConfigError, configFromEnvironment, parseConfig } from './config';
import type { StoreConfig } from './config';

const LOOK_EVERY_MS = 1_000;

/**
 * The config as it is now. A changed file is read again within a second or so; a wrong one is told and the config stays as
 * it was. It is compared by its text, which also sees the swapped links of mounted config maps.
 */
export class ConfigFile {
  current: StoreConfig;
  private text: string | undefined;
  private told: string | undefined;

  /** @throws ConfigError when the file cannot be read or is wrong. */
  constructor(
    private readonly file: string | undefined,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    /** What else speaks against a config: a message, or nothing. */
    private readonly objection: (config: StoreConfig) => string | undefined = () => undefined
  ) {
    this.current = this.checked(file === undefined ? configFromEnvironment(environment) : this.read(file));
  }

  watch(onChange: (config: StoreConfig) => void, onProblem: (error: Error) => void): () => void {
    const { file } = this;
    if (file === undefined) {
      return () => undefined;
    }
    const look = () => {
      const before = this.text;
      try {
        const config = this.read(file);
        if (this.text !== before) {
          this.current = this.checked(config);
          onChange(this.current);
        }
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        if (problem.message !== this.told || this.text !== before) {
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

  private read(file: string): StoreConfig {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw new ConfigError(file, [
        ` cannot be read (${error instanceof Error ? error.message : String(error)}). Check the path given with --config.`,
      ]);
    }
    this.text = text;
    return parseConfig(text, file, this.environment);
  }
}
