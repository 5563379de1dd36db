/** Units as type names, so that signatures read aloud. They are plain numbers at run time. */

/** Milliseconds since 1970-01-01T00:00:00Z. Fractions are allowed (some sources report microseconds). */
export type EpochMs = number;

/** A length of time in milliseconds. */
export type DurationMs = number;

/**
 * CPU time in seconds, summed over all cores.
 * @minimum 0
 */
export type CpuSeconds = number;

/**
 * Bytes, never kilobytes: sources that report KiB are converted in their connector.
 * @minimum 0
 */
export type Bytes = number;

/** A number from 0 to 1. */
export type Ratio = number;

/** Pixels as CSS counts them; a canvas multiplies by the device's ratio at its edge. */
export type CssPixels = number;
