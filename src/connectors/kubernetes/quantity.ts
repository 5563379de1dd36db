const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * A quantity of Kubernetes as a number: `500m` is 0.5, `64Mi` 67108864, `1e3` 1000. `undefined` for what is none.
 * Source: apimachinery, `resource.Quantity`.
 */
export function readQuantity(value: unknown): number | undefined {
  const [, digits, unit = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]i?|Ki)?$/.exec(String(value)) ?? [];
  const factor = FACTORS[unit];
  const number = Number(digits);
  return digits === undefined || factor === undefined || Number.isNaN(number) ? undefined : number * factor;
}
